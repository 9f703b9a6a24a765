"""The clauses of a policy, as meanings: what each permits, forbids or obliges, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from cosapien.generate.meaning.world import Item

Dimension = Literal["direct", "class", "circle", "series", "period"]
"""How an outcome is put: `direct`, told or not told; else by one of two opposed terms, whose meaning
stands in a definition. `class`: one of two classes is told. `circle`: told to the roles of that circle
and to no others. `series`: told of the things of that series and of no others. `period`: told in that
part of the day and in no other."""
ConditionKind = Literal["role", "before", "from", "day", "over", "under", "language"]
Precedence = Literal["specific", "later", "earlier"]
PRECEDENCES: tuple[Precedence, ...] = get_args(Precedence)
"""Which rule counts where several cover a fact. `specific`: one that names it singly before one that
names its topic or its thing, between equals the later one. `later`, `earlier`: by number."""


@dataclass(frozen=True, slots=True)
class Term:
    """An outcome: one of two opposed terms of a dimension.

    Attributes:
        dimension: What opposes them.
        side: Which of the two, 0 or 1. Of `direct`, 0 means told.
    """

    dimension: Dimension
    side: int


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule does not hold.

    Attributes:
        kind: What is looked at: who asks, the time, the day, the amount, the language of the message.
        value: A role, `HH:MM`, the index of a weekday (Monday 0), cents, or a language.
    """

    kind: ConditionKind
    value: str | int


@dataclass(frozen=True, slots=True)
class Scope:
    """What a rule covers.

    Attributes:
        attributes: Whole topics.
        entities: Everything about these things.
        items: Single facts.
        lists: Numbers of clauses that are lists, whose facts are covered.
    """

    attributes: tuple[str, ...] = ()
    entities: tuple[int, ...] = ()
    items: tuple[Item, ...] = ()
    lists: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """Puts facts under a term."""

    number: int
    scope: Scope
    term: Term


@dataclass(frozen=True, slots=True)
class Exceptional:
    """Takes the effect from a rule, or from another exception, under a condition."""

    number: int
    to: int
    condition: Condition


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of single facts, for rules to point at."""

    number: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Likewise:
    """One more fact that a rule covers: a clause that points at another."""

    number: int
    item: Item
    to: int


@dataclass(frozen=True, slots=True)
class Default:
    """What counts where no rule does."""

    number: int
    term: Term


@dataclass(frozen=True, slots=True)
class Order:
    """Which rule counts where several do."""

    number: int
    precedence: Precedence


@dataclass(frozen=True, slots=True)
class NoDerivation:
    """Never both parts of a total that is withheld: the rate stays, the cleaning fee is withheld."""

    number: int


@dataclass(frozen=True, slots=True)
class Referral:
    """Where to send those who get no answer.

    Attributes:
        number: Its number.
        attributes: It is for these topics; empty: for any.
        roles: It is for these roles; empty: for any.
        code: The office to name; None: none is named.
        term: It is for who or what belongs to this side of circle, series or period; None: for any.
    """

    number: int
    attributes: tuple[str, ...]
    roles: tuple[str, ...]
    code: str | None
    term: Term | None = None


@dataclass(frozen=True, slots=True)
class Obligation:
    """What must be said as well to whoever asks about a topic.

    Attributes:
        number: Its number.
        attributes: The topics.
        notice: Name of the announcement.
    """

    number: int
    attributes: tuple[str, ...]
    notice: str


@dataclass(frozen=True, slots=True)
class Definition:
    """What the two opposed terms of a dimension mean.

    Attributes:
        number: Its number.
        dimension: The dimension.
        names: What the two sides are called.
        first: Of `class`: the side that is told. Else the side that `members` belong to.
        members: Of `circle` roles, of `series` indices of things, of `period` the hour at which the
            second part of the day begins. What is not named belongs to the other side.
    """

    number: int
    dimension: Dimension
    names: tuple[str, str]
    first: int
    members: tuple[str | int, ...] = ()


Clause = (
    Rule
    | Exceptional
    | Listing
    | Likewise
    | Default
    | Order
    | NoDerivation
    | Referral
    | Obligation
    | Definition
)


@dataclass(frozen=True)
class Policy:
    """All clauses of a policy.

    Attributes:
        clauses: By rising number from 1.
        rules, exceptions, ...: The same by what they are.
    """

    clauses: tuple[Clause, ...]
    rules: tuple[Rule, ...] = field(init=False)
    exceptions: Mapping[int, tuple[Exceptional, ...]] = field(init=False)
    lists: Mapping[int, frozenset[Item]] = field(init=False)
    likewise: Mapping[int, tuple[Likewise, ...]] = field(init=False)
    definitions: Mapping[Dimension, Definition] = field(init=False)
    referrals: tuple[Referral, ...] = field(init=False)
    obligations: tuple[Obligation, ...] = field(init=False)
    default: Default = field(init=False)
    order: Order | None = field(init=False)
    no_derivation: NoDerivation | None = field(init=False)

    def __post_init__(self) -> None:
        held = self.clauses
        exceptions: dict[int, tuple[Exceptional, ...]] = {}
        likewise: dict[int, tuple[Likewise, ...]] = {}
        for clause in held:
            if isinstance(clause, Exceptional):
                exceptions[clause.to] = (*exceptions.get(clause.to, ()), clause)
            elif isinstance(clause, Likewise):
                likewise[clause.to] = (*likewise.get(clause.to, ()), clause)
        derived = {
            "rules": tuple(c for c in held if isinstance(c, Rule)),
            "exceptions": exceptions,
            "lists": {c.number: frozenset(c.items) for c in held if isinstance(c, Listing)},
            "likewise": likewise,
            "definitions": {c.dimension: c for c in held if isinstance(c, Definition)},
            "referrals": tuple(c for c in held if isinstance(c, Referral)),
            "obligations": tuple(c for c in held if isinstance(c, Obligation)),
            "default": next(c for c in held if isinstance(c, Default)),
            "order": next((c for c in held if isinstance(c, Order)), None),
            "no_derivation": next((c for c in held if isinstance(c, NoDerivation)), None),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    @property
    def precedence(self) -> Precedence:
        """Which rule counts where several cover a fact; without an `Order` none do."""
        return "later" if self.order is None else self.order.precedence
