"""Which facts a rule covers, and which conditions a message meets."""

from collections.abc import Collection
from dataclasses import dataclass

from cosapien.generate.meaning.clauses import Condition, Policy, Rule
from cosapien.generate.meaning.world import Item, World

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
