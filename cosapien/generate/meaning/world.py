"""A world: an organisation that lends things, and typed facts about each thing."""

from collections.abc import Mapping
from dataclasses import dataclass

from cosapien.records.checks import FactKind

Value = int | str
"""Of money in cents, of other numbers as it is; a time `HH:MM`; a date `MM-DD`; else a text."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A property that every thing of a world may have.

    Attributes:
        name: Key into the lexicons.
        kind: The kind of fact it is.
        unit: Of money, duration and quantity, as facts have it.
        low: Smallest value (money in euros).
        high: Largest value.
        per_day: Whether it is a price for each day, so that several days can be asked for.
    """

    name: str
    kind: FactKind
    unit: str = ""
    low: int = 0
    high: int = 0
    per_day: bool = False

    @property
    def dimension(self) -> str:
        """Values of one dimension could be mistaken for each other."""
        return f"{self.kind} {self.unit}"

    @property
    def is_numeric(self) -> bool:
        """Whether a difference of two values is a value."""
        return self.kind in ("money", "count", "quantity", "duration")


RATE, CLEANING, TOTAL = "rate", "cleaning", "total"
"""The price of a day, what cleaning costs, and both together: the third follows from the others."""
ATTRIBUTES: Mapping[str, Attribute] = {
    attribute.name: attribute
    for attribute in (
        Attribute(RATE, "money", "EUR", 20, 320, per_day=True),
        Attribute(CLEANING, "money", "EUR", 6, 90),
        Attribute(TOTAL, "money", "EUR"),
        Attribute("deposit", "money", "EUR", 50, 600),
        Attribute("late_fee", "money", "EUR", 5, 60),
        Attribute("capacity", "count", "", 12, 240),
        Attribute("load", "quantity", "kg", 110, 900),
        Attribute("clearance", "quantity", "cm", 150, 420),
        Attribute("setup", "duration", "minute", 11, 95),
        Attribute("notice", "duration", "day", 9, 58),
        Attribute("discount", "percent", "", 3, 44),
        Attribute("usage", "percent", "", 46, 97),
        Attribute("opening", "time"),
        Attribute("return", "time"),
        Attribute("inspection", "date"),
        Attribute("free_from", "date"),
        Attribute("keeper", "name"),
        Attribute("tag", "choice"),
        Attribute("key", "code"),
    )
}
COLOURS = ("green", "red", "yellow", "brown", "grey", "violet", "white", "black")
"""The closed set that the colour of a key tag is taken from."""
DOMAINS = ("hall", "boat", "cabin", "terrace", "kitchen", "lane", "machine", "workroom")
"""What an organisation lends; keys into the lexicons."""
ROLES = ("member", "visitor", "supplier", "journalist", "leader", "partner", "resident", "trainee")
"""Who may ask; keys into the lexicons."""
NOTICES: Mapping[str, FactKind] = {
    "price_list": "date",
    "closing_day": "date",
    "desk_hours": "time",
    "quiet_hours": "time",
    "form": "code",
    "permit": "code",
}
"""Announcements that a policy may oblige to make, by the kind of fact each holds."""


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """One fact of a world: a property of one thing.

    Attributes:
        entity: Index of the thing.
        attribute: Name of the property.
    """

    entity: int
    attribute: str

    @property
    def about(self) -> Attribute:
        """The property."""
        return ATTRIBUTES[self.attribute]


@dataclass(frozen=True, slots=True)
class World:
    """An organisation, its things, and what is true of them.

    Attributes:
        key: Unique in a benchmark (`level3-w2`).
        language: Of its policies.
        domain: One of `DOMAINS`.
        organisation: Its name.
        entities: Names of its things.
        values: What is true, by item.
        relative: Items given by their difference to another one's value: that other one.
        roles: Those of `ROLES` that occur in it.
        notices: Announcements by name.
    """

    key: str
    language: str
    domain: str
    organisation: str
    entities: tuple[str, ...]
    values: Mapping[Item, Value]
    relative: Mapping[Item, Item]
    roles: tuple[str, ...]
    notices: Mapping[str, str]

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the properties, in the order of `ATTRIBUTES`."""
        held = {item.attribute for item in self.values}
        return tuple(name for name in ATTRIBUTES if name in held)
