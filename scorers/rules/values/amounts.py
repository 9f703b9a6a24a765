"""All amounts of a text: compounds and ranges put together."""

import re
from dataclasses import replace
from functools import lru_cache

from cosapien.records import CURRENCIES
from scorers.rules.texts import Reading
from scorers.rules.values.measured import BARE, Amount, measured
from scorers.rules.values.shares import fractions, shares

_RANGE = re.compile(
    r" ?(?:-|\u2013|\u2014|to|and|or|bis|und|oder|hasta|y|o|u|a|et|ou|jusqu'a)? ?", re.IGNORECASE
)
_JOINED = re.compile(r",? ?(?:and|und|y|et|&|\+|plus|mas)? ?")


@lru_cache(maxsize=64)
def amounts(reading: Reading) -> tuple[Amount, ...]:
    """All amounts of a text by place; a part of a longer one is none of its own.

    Args:
        reading: The text.
    """
    parts = list(fractions(reading))
    single = [*measured(reading), *(part for part in parts if part.dimension != "percent")]
    single.sort(key=lambda amount: (amount.start, -amount.end))
    found = _ranges(reading, _compounds(reading, _longest(single)))
    found = _longest([*found, *parts])
    return tuple(sorted([*found, *shares(reading)], key=lambda amount: amount.start))


def _longest(found: list[Amount]) -> list[Amount]:
    """Without those that lie within another."""
    kept: list[Amount] = []
    for amount in sorted(found, key=lambda amount: (amount.start, -amount.end)):
        if not kept or amount.end > kept[-1].end:
            kept.append(amount)
    return kept


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


_AND_A_HALF = re.compile(r" (?:and a half|y medi[ao]|et demie?|und ein(?:e|en)? halbe?[nrs]?)\b")


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
