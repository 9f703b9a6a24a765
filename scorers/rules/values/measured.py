"""Numbers with their units as they stand in a text: 37 EUR, €37, 95mins, an hour, 1h35."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isclose

from cosapien.records import CURRENCIES
from scorers.rules.texts import Number, Reading, numbers
from scorers.rules.texts.french import is_french
from scorers.rules.values.units import NAMES, UNITS, longest_name

BARE = "number"
"""The dimension of a number without a unit."""

_UNIT_WORD = re.compile(r"[a-z]+(?:\$)?|°[cf]?|[%€£$']")
_GAP = re.compile(
    r"[ \n]?[-\u2010]?(?:(?:full|whole|bank|calendar|long|short|entire|complete|solid|good|more"
    r"|ganze[nr]?|volle[nr]?|enter[ao]s?|complet[ao]s?"
    r"|bon(?:ne)?s?|gros(?:ses)?|pleine?s|petite?s|longues) )?(?:d')?"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit.

    Attributes:
        dimension: Of its unit; `BARE` if it has none.
        values: What it may mean in the base unit of its dimension.
        start: Where it begins in `Reading.plain`.
        end: Where it ends.
        upto: The other end of a range; empty if it is none.
        factor: What one of its (last) unit is in the base unit.
    """

    dimension: str
    values: tuple[float, ...]
    start: int
    end: int
    upto: tuple[float, ...] = ()
    factor: float = 1.0


def measured(reading: Reading) -> Iterator[Amount]:
    """Every number of a text with its unit, each part of a compound by itself.

    Args:
        reading: The text.
    """
    yield from _clocked(reading)
    text, priced = reading.plain, 0
    for number in numbers(reading):
        if number.ordinal:
            continue
        unit, sign = _unit_behind(reading, number), _sign(text, number.start)
        if sign and sign[1] < priced and is_french(text):
            sign = None  # deux euros cinquante
        priced = unit[1] if unit else 0
        if sign:
            name, start = sign
            same = unit and UNITS[unit[0]].dimension == UNITS[name].dimension
            yield _amount(number, name, start, unit[1] if unit and same else number.end)
        elif unit:
            yield _amount(number, unit[0], number.start, unit[1])
        else:
            yield Amount(BARE, number.values, number.start, number.end)
    for match in re.finditer(
        r"\b(?:an?|eine?[nmrs]?|una?) (?:good |full |whole |gute |guten |buena )?([a-z]+)\b", text
    ):
        unit_name = NAMES.get(match[1])  # "a year and two months", "in a fortnight"
        if unit_name and UNITS[unit_name].dimension in ("seconds", "months") and len(match[1]) > 2:
            unit_of = UNITS[unit_name]
            yield Amount(
                unit_of.dimension, (unit_of.base(1),), *match.span(), factor=unit_of.factor
            )
        elif match[1] in _NAMED:
            dimension, value = _NAMED[match[1]]
            yield Amount(dimension, (value,), *match.span())


_NAMED = {
    **dict.fromkeys(("fortnight", "quincena"), ("seconds", 14 * 86400.0)),
    "fiver": ("GBP", 5.0),
    "tenner": ("GBP", 10.0),
}
"""Amounts with names of their own: "a fortnight"."""


def _amount(number: Number, name: str, start: int, end: int) -> Amount:
    unit = UNITS[name]
    read = number.values
    if unit.dimension in CURRENCIES:  # prices have no thousandths: 1.870 euros are never 1.87
        read = tuple(v for v in read if not any(isclose(1000 * v, w) for w in read if w != v))
    values = tuple(unit.base(value) for value in read)
    return Amount(unit.dimension, values, start, end, factor=unit.factor)


def _unit_behind(reading: Reading, number: Number) -> tuple[str, int] | None:
    text, place = reading.plain, number.end
    if octets := _octets(reading, number):
        return octets
    gap = _GAP.match(text, place)
    place = gap.end() if gap else place
    words, ends = [], []
    for _ in range(3):
        word = _UNIT_WORD.match(text, place)
        if word is None or (word.end() < len(text) and _cut(text, word)):
            break
        words.append(word[0])
        ends.append(word.end())
        place = word.end() + (text[word.end() : word.end() + 1] in (" ", "-", "."))
    if words and (longest := longest_name(words)):
        name, count = longest
        spaced = text[number.end] in " \n"
        if words[0] in "$€£" and text[ends[0] : ends[0] + 1].isdigit():
            return None  # the sign of the next number
        if spaced and words[0] in _ONLY_ATTACHED:
            return None
        if words[0] in ("an", "ans") and not _is_age(reading, number, ends[0]):
            return None
        return name, ends[count - 1]
    return None


_ONLY_ATTACHED = frozenset(["s", "d", "y", "p", "'", "c", "f", "in", "l", "sec", "a", "pc", "j"])
"""Abbreviations that are words or marks of their own where a space stands before them."""


_OCTETS = re.compile(
    r"[ \u00a0\u202f-]?(?P<unit>[KMGT])o(?![\w']|-\w| (?:to|ahead|on|for|back|home|via|by|Uhr|\d))"
)


def _octets(reading: Reading, number: Number) -> tuple[str, int] | None:
    """The unit of "16 Go", in exactly these letters: `go`, `to` and `Mo` are words of their own."""
    match = _OCTETS.match(reading.original, reading.span(number.start, number.end)[1])
    if match is None or (match["unit"] == "M" and not _is_many_months(reading, number)):
        return None
    return f"{match['unit']}B", number.end + len(match[0])


def _is_many_months(reading: Reading, number: Number) -> bool:
    return min(number.values) >= 64 or is_french(reading.plain)


_YEAR_ENDS = re.compile(r" (?:et|ou|a|au|apres|de|en|est|pour|sans|sur|renouvelable)\b|(?! [a-z])")


def _is_age(reading: Reading, number: Number, end: int) -> bool:
    """Whether "an" and "ans" behind a number are years: not in "37 an hour", "Hof 5 ans Meer"."""
    text = reading.plain
    if is_french(text):
        return text[end - 1] == "s" or max(number.values) < 2
    if text[end - 1] == "s":
        behind = reading.original[reading.span(end - 1, end)[1] :][:2]
        return number.words or not behind[1:].isupper()
    return text[number.start : number.end] == "un" and bool(_YEAR_ENDS.match(text, end))


def _cut(text: str, word: re.Match[str]) -> bool:
    return word[0][-1].isalpha() and text[word.end()].isalnum()


_SIGN = re.compile(r"(?:(?<!\w)(?P<code>eur|gbp|usd|chf|us\$|euros?)|(?P<sign>[€£$])) ?$")


def _sign(text: str, start: int) -> tuple[str, int] | None:
    """The currency that stands before a number, and where it begins."""
    at = max(0, start - 8)
    match = _SIGN.search(text[at:start])
    return (NAMES[match["code"] or match["sign"]], at + match.start()) if match else None


_CLOCKED = re.compile(r"(?<![\w.,:])(\d{1,2}) ?h(?:ours?|rs?)? ?(\d{2})(?: ?m(?:ins?|inutes)?)?\b")


_METRES = re.compile(r"(?<![\w.,:])(\d{1,2}) ?m(\d{2})\b")
_EVERY = re.compile(r"\b(?:every|each|jede[rsnm]?|cada) $")


def _clocked(reading: Reading) -> Iterator[Amount]:
    """1h35 as a duration, 2m10 as a length, every third week as three weeks."""
    for match in _METRES.finditer(reading.plain):
        yield Amount("length", (int(match[1]) + int(match[2]) / 100,), *match.span())
    for number in numbers(reading):
        if number.ordinal and _EVERY.search(reading.plain[max(0, number.start - 8) : number.start]):
            unit = _unit_behind(reading, number)
            if unit and UNITS[unit[0]].dimension in ("seconds", "months"):
                yield _amount(number, unit[0], number.start, unit[1])
    for match in _CLOCKED.finditer(reading.plain):
        yield Amount("seconds", (3600.0 * int(match[1]) + 60 * int(match[2]),), *match.span())
