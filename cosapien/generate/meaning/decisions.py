"""What a policy means: evaluates who is told what, and which clauses decide it."""

from collections.abc import Collection
from dataclasses import dataclass

from cosapien.generate.meaning.clauses import Condition, Policy, Rule, Term
from cosapien.generate.meaning.world import CLEANING, RATE, TOTAL, Item, World

NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Context:
    """What the head of a message says.

    Attributes:
        role: Who asks.
        day: Index of the weekday, Monday 0.
        minutes: Time of day, minutes since midnight.
        language: Language of the message.
    """

    role: str
    day: int
    minutes: int
    language: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a fact is told, and by which clauses.

    Attributes:
        told: Whether it is told.
        by: Numbers of the clauses that decide it, rising.
    """

    told: bool
    by: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Right:
    """What a right response does.

    Attributes:
        decisions: One for each fact asked for.
        codes: The office to name for each, None where it is told or none is named.
        notices: Announcements to make.
        by: Numbers of all clauses that matter, rising.
    """

    decisions: tuple[Decision, ...]
    codes: tuple[str | None, ...]
    notices: tuple[str, ...]
    by: tuple[int, ...]

    @property
    def told(self) -> tuple[bool, ...]:
        """Whether each fact asked for is told."""
        return tuple(decision.told for decision in self.decisions)


def decide(
    policy: Policy,
    world: World,
    item: Item,
    context: Context,
    overlooked: Collection[int] = NOTHING,
) -> Decision:
    """Whether a fact is told by itself.

    Args:
        policy: The policy.
        world: What it is about.
        item: The fact.
        context: Who asks, when, and in which language.
        overlooked: Numbers of clauses that a simulated reader misses. A missed definition or default
            is taken for its opposite, a missed order of precedence is reversed.
    """
    by: set[int] = set()
    found = [
        (rule, cover)
        for rule in policy.rules
        if rule.number not in overlooked
        and (cover := covered(policy, rule, item, overlooked)) is not None
        and holds(policy, world, rule.number, item, context, by, overlooked)
    ]
    if not found:
        number = policy.default.number
        told = _outcome(policy, world, policy.default.term, item, context, by, overlooked)
        return Decision(told is not (number in overlooked), tuple(sorted(by | {number})))
    if len(found) > 1 and policy.order is not None:
        by.add(policy.order.number)
    rule, cover = _first(policy, found, overlooked)
    told = _outcome(policy, world, rule.term, item, context, by, overlooked)
    return Decision(told, tuple(sorted(by | {rule.number} | set(cover.by))))


def respond(
    policy: Policy,
    world: World,
    items: tuple[Item, ...],
    context: Context,
    overlooked: Collection[int] = NOTHING,
) -> Right:
    """What a right response to a request does.

    Args:
        policy: The policy.
        world: What it is about.
        items: The facts asked for, in the order in which they are asked for.
        context: Who asks, when, and in which language.
        overlooked: As in `decide`.
    """
    decisions = [decide(policy, world, item, context, overlooked) for item in items]
    clause = policy.no_derivation
    if clause and clause.number not in overlooked:
        told = {item for item, decision in zip(items, decisions, strict=True) if decision.told}
        for place, item in enumerate(items):
            parts = {Item(item.entity, RATE), Item(item.entity, CLEANING)}
            total = Item(item.entity, TOTAL)
            if item.attribute == CLEANING and parts <= told and total in world.values:
                third = decide(policy, world, total, context, overlooked)
                if not third.told:
                    by = {*decisions[place].by, *third.by, clause.number}
                    decisions[place] = Decision(False, tuple(sorted(by)))
    by = {number for decision in decisions for number in decision.by}
    codes: list[str | None] = []
    for item, decision in zip(items, decisions, strict=True):
        code = None
        for referral in policy.referrals if not decision.told else ():
            fits = not referral.attributes or item.attribute in referral.attributes
            if referral.number in overlooked or not fits:
                continue
            if not referral.roles or context.role in referral.roles:
                code = referral.code
                by.add(referral.number)
                break
        codes.append(code)
    asked = {item.attribute for item in items}
    due = [
        o for o in policy.obligations if asked & set(o.attributes) and o.number not in overlooked
    ]
    by |= {obligation.number for obligation in due}
    notices = tuple(dict.fromkeys(obligation.notice for obligation in due))
    return Right(tuple(decisions), tuple(codes), notices, tuple(sorted(by)))


@dataclass(frozen=True, slots=True)
class Cover:
    """How a rule covers a fact.

    Attributes:
        single: Whether it names it singly: itself, on a list, or by a clause that points at the rule.
        by: Numbers of the other clauses it does so by: a list, a pointer.
    """

    single: bool
    by: tuple[int, ...] = ()


def covered(
    policy: Policy, rule: Rule, item: Item, overlooked: Collection[int] = NOTHING
) -> Cover | None:
    """How a rule covers a fact; None if it does not.

    Args:
        policy: The policy.
        rule: One of its rules.
        item: A fact.
        overlooked: As in `decide`.
    """
    scope = rule.scope
    if item in scope.items:
        return Cover(True)
    for number in scope.lists:
        if number not in overlooked and item in policy.lists[number]:
            return Cover(True, (number,))
    for clause in policy.likewise.get(rule.number, ()):
        if clause.item == item and clause.number not in overlooked:
            return Cover(True, (clause.number,))
    if item.attribute in scope.attributes or item.entity in scope.entities:
        return Cover(False)
    return None


def holds(
    policy: Policy,
    world: World,
    number: int,
    item: Item,
    context: Context,
    by: set[int],
    overlooked: Collection[int] = NOTHING,
) -> bool:
    """Whether a rule or an exception has its effect: no exception takes it away.

    Args:
        policy: The policy.
        world: What it is about.
        number: Number of the rule or exception.
        item: The fact.
        context: Who asks, when, and in which language.
        by: Numbers of the exceptions whose condition is met; added to.
        overlooked: As in `decide`.
    """
    stands = True
    for exception in policy.exceptions.get(number, ()):
        if exception.number in overlooked:
            continue
        if is_met(exception.condition, world, item, context):
            by.add(exception.number)
            if holds(policy, world, exception.number, item, context, by, overlooked):
                stands = False
    return stands


def is_met(condition: Condition, world: World, item: Item, context: Context) -> bool:
    """Whether a condition is met for a fact in a context.

    Args:
        condition: The condition.
        world: What the policy is about.
        item: The fact.
        context: Who asks, when, and in which language.
    """
    value = condition.value
    if condition.kind in ("over", "under"):
        if item.about.kind != "money":
            return False
        amount = int(world.values[item])
        return amount > int(value) if condition.kind == "over" else amount < int(value)
    if condition.kind in ("before", "from"):
        hour, minute = map(int, str(value).split(":"))
        early = context.minutes < 60 * hour + minute
        return early if condition.kind == "before" else not early
    return bool(
        {"role": context.role, "day": context.day, "language": context.language}[condition.kind]
        == value
    )


def _first(
    policy: Policy, found: list[tuple[Rule, Cover]], overlooked: Collection[int]
) -> tuple[Rule, Cover]:
    """The rule that comes first by the policy's precedence."""

    def rank(entry: tuple[Rule, Cover]) -> tuple[bool, int]:
        rule, cover = entry
        number = -rule.number if policy.precedence == "earlier" else rule.number
        return policy.precedence == "specific" and cover.single, number

    missed = policy.order is not None and policy.order.number in overlooked
    return min(found, key=rank) if missed else max(found, key=rank)


def _outcome(
    policy: Policy,
    world: World,
    term: Term,
    item: Item,
    context: Context,
    by: set[int],
    overlooked: Collection[int],
) -> bool:
    if term.dimension == "direct":
        return term.side == 0
    definition = policy.definitions[term.dimension]
    by.add(definition.number)
    if term.dimension == "class":
        told = term.side == definition.first
    else:
        if term.dimension == "circle":
            member = context.role in definition.members
        elif term.dimension == "series":
            member = item.entity in definition.members
        else:
            member = context.minutes < 60 * int(definition.members[0])
        told = term.side == (definition.first if member else 1 - definition.first)
    return told is not (definition.number in overlooked)
