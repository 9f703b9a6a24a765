"""Draws a policy: which clauses it has, about which facts, under which terms."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cosapien.generate.draw import Draw
from cosapien.generate.meaning.clauses import (
    PRECEDENCES,
    Clause,
    Condition,
    Default,
    Definition,
    Dimension,
    Exceptional,
    Likewise,
    Listing,
    NoDerivation,
    Obligation,
    Order,
    Policy,
    Referral,
    Rule,
    Scope,
    Term,
)
from cosapien.generate.meaning.counts import clause_counts
from cosapien.generate.meaning.names import CODE_LETTERS, code
from cosapien.generate.meaning.world import ATTRIBUTES, NOTICES, World
from cosapien.generate.spec import LANGUAGES, Dial

_TERM_LETTERS = ["A", "B", "C", "D", "E", "F", "G", "H", "K", "L", "M", "N", "P", "R", "S", "T"]
_TRIES = 50
"""Tries to draw a scope or a condition that no other clause has."""


def draw_policy(draw: Draw, world: World, dial: Dial) -> Policy:
    """A policy for a world.

    Args:
        draw: The stream.
        world: The world.
        dial: How difficult it is.
    """
    return Policy(tuple(_Drawing(draw, world, dial).clauses()))


def opposite(policy: Policy) -> Policy:
    """The policy that tells exactly what another one withholds.

    Every term means the contrary: of defined terms only the definitions differ, so that the two texts
    differ in a few words. What `NoDerivation` withholds is withheld by both.

    Args:
        policy: The other one.
    """
    return Policy(tuple(_opposite(clause) for clause in policy.clauses))


def _opposite(clause: Clause) -> Clause:
    if isinstance(clause, Definition):
        return replace(clause, first=1 - clause.first)
    if isinstance(clause, Rule | Default) and clause.term.dimension == "direct":
        return replace(clause, term=Term("direct", 1 - clause.term.side))
    return clause


class _Drawing:
    """One policy in the making: the kinds of its clauses first, then each by its number."""

    def __init__(self, draw: Draw, world: World, dial: Dial) -> None:
        self.draw, self.world, self.dial = draw, world, dial
        kinds: list[Dimension] = ["class", "circle", "series", "period"]
        self.shares = clause_counts(dial, world)
        self.dimensions = draw.sample(kinds, self.shares["term"]) or ["direct"]
        self.letters = draw.shuffled(_TERM_LETTERS)
        self.terms: list[Term] = []
        self.items = list(world.values)
        self.unused = draw.shuffled(world.attributes)
        self.unlisted: list[int] = []
        self.covering: dict[int, Rule] = {}
        self.depths: dict[int, int] = {}
        self.exceptions: dict[int, Exceptional] = {}

    def clauses(self) -> Iterator[Clause]:
        """All clauses by rising number; rules stand before what points at them."""
        draw, share = self.draw, self.shares
        number = 0
        for dimension in self.dimensions:
            if dimension != "direct":
                yield self.definition(number := number + 1, dimension)
        listed = list(range(number + 1, number + 1 + share["list"]))
        self.unlisted = list(listed)
        for number in listed:
            yield self.listing(number)
        todo = [kind for kind in ("rule", "exception", "same") for _ in range(share[kind])]
        todo = ["rule", *draw.shuffled(todo[1:])]  # a rule first: others point at one
        if not self._mixed():
            todo.sort(key=lambda kind: kind != "rule")
        for kind in todo:
            number += 1
            if kind == "rule":
                yield self.rule(number, listed)
            elif kind == "same":
                yield self.likewise(number)
            else:
                yield self.exception(number)
        yield Default(number := number + 1, self.term())
        if share["order"]:
            yield Order(number := number + 1, draw.pick(PRECEDENCES))
        if share["no_derivation"]:
            yield NoDerivation(number := number + 1)
        for referral in self.referrals(number, share["referral"]):
            number = referral.number
            yield referral
        for _ in range(share["obligation"]):
            yield self.obligation(number := number + 1)

    def _mixed(self) -> bool:
        """Whether exceptions stand among the rules instead of behind them all."""
        return self.dial.terms > 1

    def term(self, varied: bool = True) -> Term:
        """A term; of every dimension as many of one side as of the other.

        Args:
            varied: Whether it is for facts about several things; if not, it is none of a series.
        """
        for _ in range(_TRIES):
            if not self.terms:
                sides = [Term(dimension, side) for dimension in self.dimensions for side in (0, 1)]
                self.terms = self.draw.shuffled(sides)
            if varied or self.terms[-1].dimension != "series":
                break
            self.terms = self.draw.shuffled(self.terms) if len(self.terms) > 1 else []
        return self.terms.pop()

    def definition(self, number: int, dimension: Dimension) -> Definition:
        draw, members = self.draw, tuple[str | int, ...]()
        names = self.letters.pop(), self.letters.pop()
        if dimension == "circle":
            members = tuple(draw.sample(self.world.roles, len(self.world.roles) // 2))
        elif dimension == "series":
            half = draw.sample(range(len(self.world.entities)), len(self.world.entities) // 2)
            members = tuple(sorted(half))
        elif dimension == "period":
            members = (draw.between(11, 16),)
        return Definition(number, dimension, (names[0], names[1]), draw.below(2), members)

    def listing(self, number: int) -> Listing:
        return Listing(number, tuple(self.draw.sample(self.items, self.draw.between(3, 6))))

    def rule(self, number: int, listed: list[int]) -> Rule:
        """A rule: about what no rule has covered yet, or, where conflicts may be, about anything."""
        for _ in range(_TRIES):
            scope = self.scope(listed)
            if all(scope != other.scope for other in self.covering.values()):
                break
        # "series K only" of one thing would be a plain verdict that looks like a slip
        term = self.term(varied=bool(scope.attributes or scope.lists))
        rule = Rule(number, scope, term)
        self.covering[number] = rule
        self.depths[number] = 0
        return rule

    @property
    def may_overlap(self) -> bool:
        return self.dial.conflicts > 0

    def scope(self, listed: list[int]) -> Scope:
        draw, world = self.draw, self.world
        overlapping = draw.chance(self.dial.conflicts)
        if not overlapping and self.unused:
            taken = [self.unused.pop() for _ in range(min(len(self.unused), draw.between(1, 2)))]
            return Scope(attributes=tuple(taken))
        if not self.may_overlap:
            return Scope(attributes=(draw.pick(world.attributes),))
        if self.unlisted:  # a list that no rule points at would only mislead
            return Scope(lists=(self.unlisted.pop(),))
        kinds = ["topics", *["list"] * (2 * bool(listed))]
        if self.dimensions != ["series"]:
            kinds += ["things", "singly", "singly"]
        kind = draw.pick(kinds)
        if kind == "topics":
            return Scope(attributes=tuple(draw.sample(world.attributes, draw.between(1, 2))))
        if kind == "things":
            return Scope(entities=(draw.below(len(world.entities)),))
        if kind == "list":
            return Scope(lists=tuple(draw.sample(listed, draw.between(1, 2))))
        return Scope(items=tuple(draw.sample(self.items, draw.between(1, 3))))

    def likewise(self, number: int) -> Likewise:
        """One more fact for a rule, which does not cover it already."""
        to, rule = self.draw.pick(list(self.covering.items()))
        scope = rule.scope
        others = [
            item
            for item in self.items
            if item.attribute not in scope.attributes
            and item.entity not in scope.entities
            and item not in scope.items
        ]
        return Likewise(number, self.draw.pick(others or self.items), to)

    def exception(self, number: int) -> Exceptional:
        """An exception to a rule, or to another exception if the chain may be longer."""
        most = self.dial.depth
        deepest = max((d for d in self.depths.values() if d < most), default=0)
        deep = [n for n, depth in self.depths.items() if depth == deepest]
        any_ = [n for n, depth in self.depths.items() if depth < most]
        to = self.draw.pick(deep if self.draw.chance(50) else any_)
        made = Exceptional(number, to, self.condition(to))
        self.exceptions[number] = made
        self.depths[number] = self.depths[to] + 1
        return made

    def condition(self, to: int) -> Condition:
        """A condition that can be met where those above it in the chain are, and has not been used."""
        rule, above = self.chain(to)
        kinds = ["role", "role", "role", "day", "before", "from"]
        if self.covers_money(rule.scope):
            kinds += ["over", "under"]
        if self.dial.foreign:
            kinds.append("language")
        beside = [e.condition for e in self.exceptions.values() if e.to == to]
        taken = {condition.kind for condition in above}
        free = [kind for kind in kinds if kind not in taken] or kinds
        for _ in range(_TRIES):
            if (found := self.any_condition(self.draw.pick(free))) not in (*beside, *above):
                break
        return found

    def chain(self, to: int) -> tuple[Rule, list[Condition]]:
        """The rule that a chain of exceptions ends at, and the conditions on the way."""
        conditions = []
        while to in self.exceptions:
            conditions.append(self.exceptions[to].condition)
            to = self.exceptions[to].to
        return self.covering[to], conditions

    def covers_money(self, scope: Scope) -> bool:
        topics = any(ATTRIBUTES[name].kind == "money" for name in scope.attributes)
        return (
            topics
            or bool(scope.entities or scope.lists)
            or any(item.about.kind == "money" for item in scope.items)
        )

    def any_condition(self, kind: str) -> Condition:
        draw, world = self.draw, self.world
        if kind == "role":
            return Condition("role", draw.pick(world.roles))
        if kind in ("before", "from"):
            return Condition("before" if kind == "before" else "from", f"{draw.between(10, 16)}:00")
        if kind == "day":
            return Condition("day", draw.below(6))
        if kind == "language":
            return Condition("language", draw.pick(LANGUAGES))
        amount = 100 * draw.pick((25, 35, 45, 60, 75, 95, 120, 150, 180))
        return Condition("over" if kind == "over" else "under", amount)

    def referrals(self, number: int, count: int) -> Iterator[Referral]:
        """Referrals, no two of which fit one case: by topic, by who asks, or by topic and term."""
        draw, world = self.draw, self.world
        groups: list[tuple[tuple[str, ...], tuple[str, ...], Term | None]]
        told_by = [d for d in self.dimensions if d in ("circle", "series", "period")]
        if self._mixed() and count >= 4 and told_by:
            groups = [
                (topics, (), Term(dimension, side))
                for topics in _parts(draw.shuffled(world.attributes), count // 2)
                for dimension in [draw.pick(told_by)]
                for side in (0, 1)
            ]
        elif draw.chance(40) and count <= len(world.roles):
            groups = [((), part, None) for part in _parts(draw.shuffled(world.roles), count)]
        else:
            parts = _parts(draw.shuffled(world.attributes), count)
            groups = [(part, (), None) for part in parts]
        letters = draw.pick(CODE_LETTERS)
        used: set[str] = set()
        quiet = len(groups) // 3 if self.dial.terms else 0
        silent = set(draw.sample(range(len(groups)), quiet))
        for place, (attributes, roles, term) in enumerate(draw.shuffled(groups)):
            found = code(draw, letters, 3, used)
            used.add(found)
            named = None if place in silent else found
            yield Referral(number + place + 1, attributes, roles, named, term)

    def obligation(self, number: int) -> Obligation:
        topics = tuple(self.draw.sample(self.world.attributes, self.draw.between(1, 2)))
        return Obligation(number, topics, self.draw.pick(tuple(NOTICES)))


def _parts(items: Sequence[str], count: int) -> list[tuple[str, ...]]:
    """Items dealt into so many parts."""
    return [tuple(items[start::count]) for start in range(count)]
