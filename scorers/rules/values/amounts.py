"""Numbers with their units: money, shares, durations, quantities."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from scorers.rules.values.numbers import Number, numbers
from scorers.rules.values.reading import Reading
from scorers.rules.values.units import NAMES, UNITS, longest_name

CURRENCIES = ("EUR", "GBP", "USD", "CHF")
BARE = "number"
"""The dimension of a number without a unit."""

_UNIT_WORD = re.compile(r"[a-z]+(?:\$)?|°[cf]?|[%€£$']")
_GAP = re.compile(
    r"[ \n]?[-\u2010]?(?:(?:full|whole|bank|calendar|long|short|entire|complete|solid|good|more|ganze[nr]?|volle[nr]?"
    r"|enter[ao]s?|complet[ao]s?) )?"
)
_RANGE = re.compile(r" ?(?:-|\u2013|\u2014|to|and|or|bis|und|oder|hasta|y|o|u|a)? ?", re.IGNORECASE)
_JOINED = re.compile(r",? ?(?:and|und|y|&|\+|plus|mas)? ?")
_FRACTION = {
    "half": 0.5,
    "halbe": 0.5,
    "halben": 0.5,
    "medio": 0.5,
    "media": 0.5,
    "quarter": 0.25,
    "viertel": 0.25,
    "cuarto": 0.25,
    "third": 1 / 3,
    "thirds": 1 / 3,
    "drittel": 1 / 3,
    "tercio": 1 / 3,
    "tercios": 1 / 3,
    "tercera parte": 1 / 3,
    "quarters": 0.25,
    "cuartos": 0.25,
    "fifth": 0.2,
    "fifths": 0.2,
    "funftel": 0.2,
    "quinto": 0.2,
    "quintos": 0.2,
    "sixth": 1 / 6,
    "sixths": 1 / 6,
    "sechstel": 1 / 6,
    "tenth": 0.1,
    "tenths": 0.1,
    "zehntel": 0.1,
}
_HALVES = ("half", "halbe", "halben", "medio", "media", "quarter", "viertel", "cuarto")
_WORDS_OF_FRACTIONS = "|".join(sorted(_FRACTION, key=len, reverse=True))


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


@lru_cache(maxsize=64)
def amounts(reading: Reading) -> tuple[Amount, ...]:
    """All amounts of a text by place; a part of a longer one is none of its own.

    Args:
        reading: The text.
    """
    parts = list(_fractions(reading))
    single = [*_single(reading), *(part for part in parts if part.dimension != "percent")]
    single.sort(key=lambda amount: (amount.start, -amount.end))
    found = _ranges(reading, _compounds(reading, _longest(single)))
    found = _longest([*found, *parts, *_clocked(reading)])
    return tuple(sorted([*found, *_shares(reading)], key=lambda amount: amount.start))


def _longest(found: list[Amount]) -> list[Amount]:
    """Without those that lie within another."""
    kept: list[Amount] = []
    for amount in sorted(found, key=lambda amount: (amount.start, -amount.end)):
        if not kept or amount.end > kept[-1].end:
            kept.append(amount)
    return kept


_CLOCKED = re.compile(r"(?<![\w.,:])(\d{1,2}) ?h(?:ours?|rs?)? ?(\d{2})(?: ?m(?:ins?|inutes)?)?\b")


_METRES = re.compile(r"(?<![\w.,:])(\d{1,2}) ?m(\d{2})\b")
_EVERY = re.compile(r"\b(?:every|each|jede[rsnm]?|cada) $")


def _clocked(reading: Reading) -> Iterator[Amount]:
    """1h35 as a duration, 2m10 as a length, every third week as three weeks."""
    for match in _METRES.finditer(reading.plain):
        yield Amount("length", (int(match[1]) + int(match[2]) / 100,), *match.span())
    for number in numbers(reading):
        if number.ordinal and _EVERY.search(reading.plain[max(0, number.start - 8) : number.start]):
            unit = _unit_behind(reading.plain, number)
            if unit and UNITS[unit[0]].dimension in ("seconds", "months"):
                yield _amount(number, unit[0], number.start, unit[1])
    for match in _CLOCKED.finditer(reading.plain):
        yield Amount("seconds", (3600.0 * int(match[1]) + 60 * int(match[2]),), *match.span())


def _single(reading: Reading) -> Iterator[Amount]:
    text = reading.plain
    for number in numbers(reading):
        if number.ordinal:
            continue
        unit, sign = _unit_behind(text, number), _sign(text, number.start)
        if sign:
            name, start = sign
            same = unit and UNITS[unit[0]].dimension == UNITS[name].dimension
            yield _amount(number, name, start, unit[1] if unit and same else number.end)
        elif unit:
            yield _amount(number, unit[0], number.start, unit[1])
        else:
            yield Amount(BARE, number.values, number.start, number.end)
    for match in re.finditer(r"\b(?:an?|eine?[nmrs]?|una?) ([a-z]+)\b", text):
        unit_name = NAMES.get(match[1])  # "a year and two months", "in a fortnight"
        if unit_name and UNITS[unit_name].dimension in ("seconds", "months") and len(match[1]) > 2:
            unit_of = UNITS[unit_name]
            yield Amount(
                unit_of.dimension, (unit_of.base(1),), *match.span(), factor=unit_of.factor
            )
        elif match[1] in ("fortnight", "quincena"):
            yield Amount("seconds", (14 * 86400.0,), *match.span())


def _amount(number: Number, name: str, start: int, end: int) -> Amount:
    unit = UNITS[name]
    values = tuple(unit.base(value) for value in number.values)
    return Amount(unit.dimension, values, start, end, factor=unit.factor)


def _unit_behind(text: str, number: Number) -> tuple[str, int] | None:
    place = number.end
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
        return name, ends[count - 1]
    return None


_ONLY_ATTACHED = {"s", "d", "y", "p", "'", "c", "f", "in", "l", "sec", "a", "pc"}
"""Abbreviations that are words or marks of their own where a space stands before them."""


def _cut(text: str, word: re.Match[str]) -> bool:
    return word[0][-1].isalpha() and text[word.end()].isalnum()


_SIGN = re.compile(r"(?:(?<!\w)(?P<code>eur|gbp|usd|chf|us\$|euros?)|(?P<sign>[€£$])) ?$")


def _sign(text: str, start: int) -> tuple[str, int] | None:
    """The currency that stands before a number, and where it begins."""
    at = max(0, start - 8)
    match = _SIGN.search(text[at:start])
    return (NAMES[match["code"] or match["sign"]], at + match.start()) if match else None


def _compounds(reading: Reading, found: list[Amount]) -> list[Amount]:
    """Join "1 hour and 35 minutes", "six pounds fifty", "hora y media"."""
    joined: list[Amount] = []
    for amount in found:
        last = joined[-1] if joined else None
        if last and amount.start >= last.end:
            between = reading.plain[last.end : amount.start]
            if _JOINED.fullmatch(between) and (both := _together(last, amount, between)):
                joined[-1] = both
                continue
        joined.append(amount)
    return [_with_half(reading, amount) for amount in joined]


def _together(first: Amount, second: Amount, between: str) -> Amount | None:
    value, more = first.values[0], second.values[0]
    joined = replace(first, end=second.end, factor=second.factor)
    if first.dimension == second.dimension and first.dimension != BARE:
        if second.factor < first.factor and more < first.factor:  # 1 hour 35 minutes
            return replace(joined, values=(value + more,))
    elif second.dimension == BARE and second.values == (more,) and more == int(more):
        if first.dimension in CURRENCIES and first.factor == 1 and value == int(value):
            if 1 <= more < 100 and "," not in between:  # six pounds fifty
                return replace(joined, values=(value + more / 100,))
        elif first.dimension == "length" and first.factor == 1 and between == " ":
            if value == int(value) and 1 <= more < 100:  # two metres ten
                return replace(joined, values=(value + more / 100,))
        elif first.factor == 3600 and more < 60 and between in ("", " "):  # 1 hour 35
            return replace(joined, values=(value + 60 * more,))
    return None


_AND_A_HALF = re.compile(r" (?:and a half|y medi[ao]|und ein(?:e|en)? halbe?[nrs]?)\b")


def _with_half(reading: Reading, amount: Amount) -> Amount:
    half = _AND_A_HALF.match(reading.plain, amount.end)
    if half is None or amount.dimension == BARE:
        return amount
    return replace(amount, values=(amount.values[0] + amount.factor / 2,), end=half.end())


def _ranges(reading: Reading, found: list[Amount]) -> list[Amount]:
    """Make "35-40 euros" and "between 35 and 40 euros" one amount of two ends."""
    result: list[Amount] = []
    for amount in found:
        last = result[-1] if result else None
        if last and (both := _range(reading.plain[last.end : amount.start], last, amount)):
            result[-1] = both
        else:
            result.append(amount)
    return result


def _range(between: str, first: Amount, second: Amount) -> Amount | None:
    if first.upto or not between.strip() or not _RANGE.fullmatch(between):
        return None
    low = first.values
    if first.dimension == BARE != second.dimension:  # the unit stands behind the second number
        low = tuple(value * second.factor for value in low)
    elif first.dimension != second.dimension:
        return None
    if min(low) >= max(second.values):
        return None
    return replace(second, values=low, start=first.start, upto=second.values)


_OUT_OF = re.compile(
    r",? (?:out of|in|of|von|aus|de|von je|of every|in every|out of every|de cada|por cada|per)"
    r"(?: the| every| cada| je)? "
)
_SLASH = re.compile(r"(?<![\d/.,])(\d{1,3})/(\d{1,4})(?![\d/.])")
_HALF_OF_UNIT = re.compile(
    rf"\b(?:(?P<times>two|three|four|five|nine|dos|tres|cuatro|cinco|nueve|zwei|drei|vier|funf|neun|\d) )?"
    rf"(?:an? |eine? |the |la |el |un |una )?(?P<part>{_WORDS_OF_FRACTIONS})(?P<of> (?:of |de )?(?:an? |una? |eine?[rn]? )?"
    r"(?P<unit>[a-z]+))?"
)
_TIMES: Mapping[str, float] = {
    **dict.fromkeys(("two", "dos", "zwei"), 2),
    **dict.fromkeys(("three", "tres", "drei"), 3),
    **dict.fromkeys(("four", "cuatro", "vier"), 4),
    **dict.fromkeys(("five", "cinco", "funf"), 5),
    **dict.fromkeys(("nine", "nueve", "neun"), 9),
}


def _fractions(reading: Reading) -> Iterator[Amount]:
    """Half an hour, three quarters of an hour; three quarters alone as a share."""
    for match in _HALF_OF_UNIT.finditer(reading.plain):
        times = match["times"]
        share = _FRACTION[match["part"]] * (
            1 if not times else _TIMES.get(times, float(times) if times.isdigit() else 1)
        )
        said = match["of"] or ""
        if match["part"] not in _HALVES and not re.match(r" (?:of|de) ", said):
            said = ""  # "the third week"
        unit_name = NAMES.get(match["unit"] or "") if said else None
        if unit_name and UNITS[unit_name].dimension in ("seconds", "months"):
            unit = UNITS[unit_name]
            yield Amount(unit.dimension, (unit.base(share),), *match.span(), factor=unit.factor)
        elif (
            match["part"] not in ("quarter", "viertel", "cuarto", "media", "medio", "quinto")
            or times
        ):
            yield Amount("percent", (100 * share,), match.start(), match.end("part"))


def _shares(reading: Reading) -> Iterator[Amount]:
    """Five out of six, 5/6, 836 out of 1,000: as percent."""
    counted = [n for n in numbers(reading) if not n.ordinal]
    for first, second in zip(counted, counted[1:], strict=False):
        if _OUT_OF.fullmatch(reading.plain[first.end : second.start]):
            whole, part = max(second.values), max(first.values)
            if 0 < part < whole:
                yield Amount("percent", (100 * part / whole,), first.start, second.end)
    for match in _SLASH.finditer(reading.plain):
        part, whole = float(match[1]), float(match[2])
        if 0 < part < whole:
            yield Amount("percent", (100 * part / whole,), *match.span())
