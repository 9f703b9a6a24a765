"""Draws a world: what it lends, which facts it has, and values that can be told apart."""

from collections.abc import Mapping
from itertools import count

from cosapien.generate.draw import Draw
from cosapien.generate.meaning.names import (
    CODE_LETTERS,
    code,
    entity_names,
    organisation_name,
    person_name,
)
from cosapien.generate.meaning.world import (
    ATTRIBUTES,
    CLEANING,
    COLOURS,
    NOTICES,
    RATE,
    ROLES,
    TOTAL,
    Attribute,
    Item,
    Value,
    World,
)

_MOST_ENTITIES = 6


def draw_world(
    draw: Draw, key: str, language: str, domain: str, facts: int, derived: int, used: set[str]
) -> World:
    """A world.

    Args:
        draw: The stream.
        key: Its key.
        language: Of its policies.
        domain: What it lends.
        facts: How many facts it has.
        derived: Percent of numeric facts that are given by a difference.
        used: Names that other worlds have; added to.
    """
    entities = next(n for n in (2, 3, 4, 5, _MOST_ENTITIES) if n * n * 2 >= facts or n == 6)
    names = entity_names(draw, entities, used)
    items = [
        Item(entity, attribute)
        for attribute in _attributes(draw, -(-facts // entities))
        for entity in range(entities)
    ]
    values = _Values(draw, used)
    held = {item: value for item in items[:facts] if (value := values.of(item)) is not None}
    for item in items[:facts]:
        if item.attribute == TOTAL:
            held[item] = values.total(item, held)
    ordered = {item: held[item] for item in sorted(held, key=_order)}
    return World(
        key=key,
        language=language,
        domain=domain,
        organisation=organisation_name(draw),
        entities=names,
        values=ordered,
        relative=_relative(draw, ordered, derived),
        roles=tuple(draw.sample(ROLES, 4)),
        notices={name: values.notice(name) for name in NOTICES},
    )


def _order(item: Item) -> tuple[int, int]:
    return list(ATTRIBUTES).index(item.attribute), item.entity


def _attributes(draw: Draw, count: int) -> list[str]:
    """Names of properties; the three that add up come together, and only in larger worlds.

    Those of other dimensions come first, so that a small world has facts that can be asked for together.
    """
    chosen = [RATE, CLEANING, TOTAL] if count >= 5 else [RATE]
    others = draw.shuffled([n for n in ATTRIBUTES if n not in (RATE, CLEANING, TOTAL)])
    for other in (True, False):
        for name in others:
            dimensions = {ATTRIBUTES[n].dimension for n in chosen}
            is_other = ATTRIBUTES[name].dimension not in dimensions
            if len(chosen) < count and name not in chosen and is_other is other:
                chosen.append(name)
    return chosen


def _relative(draw: Draw, values: Mapping[Item, Value], percent: int) -> dict[Item, Item]:
    """Items that are given by a difference, each with one of the same property that is not."""
    chosen: dict[Item, Item] = {}
    bases: set[Item] = set()
    for item in values:
        same = [
            other
            for other in values
            if other.attribute == item.attribute
            and other.entity != item.entity
            and other not in chosen
            and values[other] != values[item]
        ]
        eligible = item.about.is_numeric and item.attribute != TOTAL and item not in bases and same
        if eligible and draw.chance(percent):
            chosen[item] = draw.pick(same)
            bases.add(chosen[item])
    return chosen


_MINUTES = (5, 10, 20, 25, 35, 40, 50, 55)
_TRIES = 200
"""Tries to keep values well apart."""


class _Values:
    """Draws values that can be told apart: of one dimension no two are equal, or close."""

    def __init__(self, draw: Draw, used: set[str]) -> None:
        self._draw = draw
        self._used = used
        self._taken: dict[str, list[int]] = {}
        self._texts: set[str] = set()
        self._colours = draw.shuffled(COLOURS)
        self._letters = "".join(draw.sample(CODE_LETTERS, 2))

    def of(self, item: Item) -> Value | None:
        """A value; None of a property that follows from others."""
        about, draw = item.about, self._draw
        if about.name == TOTAL:
            return None
        if about.kind == "time":
            return self.time()
        if about.kind == "date":
            return self.date()
        if about.kind == "name":
            return person_name(draw, self._used)
        if about.kind == "choice":
            return self._colours.pop()
        if about.kind == "code":
            found = code(draw, self._letters, 4, self._texts)
            self._texts.add(found)
            return found
        return self._number(about)

    def notice(self, name: str) -> str:
        """What an announcement holds."""
        kind = NOTICES[name]
        if kind == "date":
            return self.date()
        if kind == "time":
            return self.time(earliest=14)
        letters = "".join(self._draw.sample(CODE_LETTERS, 2))
        found = code(self._draw, letters, 3, self._texts)
        self._texts.add(found)
        return found

    def total(self, item: Item, held: dict[Item, Value]) -> int:
        """What a day costs with cleaning; the fee is drawn again until no other fact has the sum."""
        rate, fee = Item(item.entity, RATE), Item(item.entity, CLEANING)
        taken = self._taken[item.about.dimension]
        while (found := int(held[rate]) + int(held[fee])) in taken:
            taken.remove(int(held[fee]))
            held[fee] = self._number(fee.about)
        taken.append(found)
        return found

    def _number(self, about: Attribute) -> int:
        """Money in cents, whole or half euros."""
        taken = self._taken.setdefault(about.dimension, [])
        scale = 100 if about.kind == "money" else 1
        for tries in range(1000):
            number = scale * self._draw.between(about.low, about.high)
            if about.kind == "money" and self._draw.chance(30):
                number += 50
            # closer and closer ones are taken as the room gets less
            apart = 12 if tries < 100 else 6 if tries < 300 else 2
            if all(abs(number - other) * 100 > apart * other for other in taken):
                break
        taken.append(number)
        return number

    def time(self, earliest: int = 7) -> str:
        """A time of day; while there is room, a quarter of an hour from every other.

        Args:
            earliest: The hour from which on it lies.
        """
        for tries in count():
            minutes = 60 * self._draw.between(earliest, 19) + self._draw.pick(_MINUTES)
            apart = (
                15 if tries < _TRIES else 5
            )  # twelve hours later is no other time to every reader
            if self._is_apart("time", minutes % 720, apart):
                return f"{minutes // 60:02d}:{minutes % 60:02d}"
        raise AssertionError

    def date(self) -> str:
        """A day of the year; while there is room, six days from every other."""
        for tries in count():
            month, day = self._draw.between(1, 12), self._draw.between(2, 28)
            if self._is_apart("date", 31 * month + day, 6 if tries < _TRIES else 1):
                return f"{month:02d}-{day:02d}"
        raise AssertionError

    def _is_apart(self, kind: str, number: int, apart: int) -> bool:
        taken = self._taken.setdefault(kind, [])
        fits = all(abs(number - other) >= apart for other in taken)
        if fits:
            taken.append(number)
        return fits
