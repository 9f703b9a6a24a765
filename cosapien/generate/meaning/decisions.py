"""What a policy means: evaluates who is told what, and which clauses decide it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cosapien.generate.meaning.clauses import Policy, Referral, Rule, Term
from cosapien.generate.meaning.coverage import NOTHING, Context, Cover, covered, is_met
from cosapien.generate.meaning.world import CLEANING, RATE, TOTAL, Item, World


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
        told = _outcome(policy, policy.default.term, item, context, by, overlooked)
        return Decision(told is not (number in overlooked), tuple(sorted(by | {number})))
    if len(found) > 1 and policy.order is not None:
        by.add(policy.order.number)
    rule, cover = _first(policy, found, overlooked)
    told = _outcome(policy, rule.term, item, context, by, overlooked)
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
    alone = [decide(policy, world, item, context, overlooked) for item in items]
    decisions = _without_derivation(policy, world, items, alone, context, overlooked)
    by = {number for decision in decisions for number in decision.by}
    codes = tuple(
        None if decision.told else _code(policy, item, context, by, overlooked)
        for item, decision in zip(items, decisions, strict=True)
    )
    asked = {item.attribute for item in items}
    due = [o for o in policy.obligations if asked & set(o.attributes)]
    due = [obligation for obligation in due if obligation.number not in overlooked]
    by |= {obligation.number for obligation in due}
    notices = tuple(dict.fromkeys(obligation.notice for obligation in due))
    return Right(decisions, codes, notices, tuple(sorted(by)))


def _without_derivation(
    policy: Policy,
    world: World,
    items: tuple[Item, ...],
    decisions: Sequence[Decision],
    context: Context,
    overlooked: Collection[int],
) -> tuple[Decision, ...]:
    """The decisions, but for a cleaning fee that would give a withheld total away beside its rate."""
    clause = policy.no_derivation
    if clause is None or clause.number in overlooked:
        return tuple(decisions)
    told = {item for item, decision in zip(items, decisions, strict=True) if decision.told}
    found = []
    for item, decision in zip(items, decisions, strict=True):
        total = Item(item.entity, TOTAL)
        is_second = item.attribute == CLEANING and {item, Item(item.entity, RATE)} <= told
        if is_second and total in world.values:
            third = decide(policy, world, total, context, overlooked)
            if not third.told:
                by = {*decision.by, *third.by, clause.number}
                decision = Decision(False, tuple(sorted(by)))
        found.append(decision)
    return tuple(found)


def _code(
    policy: Policy, item: Item, context: Context, by: set[int], overlooked: Collection[int]
) -> str | None:
    """The office to name for a withheld fact; adds the numbers of the clauses that say so."""
    for referral in policy.referrals:
        if referral.number in overlooked:
            continue
        if _fits(policy, referral, item, context, by, overlooked):
            by.add(referral.number)
            return referral.code
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


def _fits(
    policy: Policy,
    referral: Referral,
    item: Item,
    context: Context,
    by: set[int],
    overlooked: Collection[int],
) -> bool:
    if referral.attributes and item.attribute not in referral.attributes:
        return False
    if referral.roles and context.role not in referral.roles:
        return False
    term = referral.term
    return term is None or _belongs(policy, term, item, context, by, overlooked)


def _outcome(
    policy: Policy,
    term: Term,
    item: Item,
    context: Context,
    by: set[int],
    overlooked: Collection[int],
) -> bool:
    if term.dimension == "direct":
        return term.side == 0
    return _belongs(policy, term, item, context, by, overlooked)


def _belongs(
    policy: Policy,
    term: Term,
    item: Item,
    context: Context,
    by: set[int],
    overlooked: Collection[int],
) -> bool:
    """Whether a term means the case: of a class, that it is told."""
    definition = policy.definitions[term.dimension]
    by.add(definition.number)
    member = True
    if term.dimension == "circle":
        member = context.role in definition.members
    elif term.dimension == "series":
        member = item.entity in definition.members
    elif term.dimension == "period":
        member = context.minutes < 60 * int(definition.members[0])
    found = term.side == (definition.first if member else 1 - definition.first)
    return found is not (definition.number in overlooked)
