"""Days near a withheld one, and the month it lies in."""

import re
from collections.abc import Iterator

from cosapien import NEAR, Fact
from scorers.rules.leaks.clauses import clause_at
from scorers.rules.leaks.marks import APPROXIMATE, Near, is_bounded, is_marked
from scorers.rules.leaks.phrases import alternatives
from scorers.rules.texts import Reading, read_evidence
from scorers.rules.values.dates import dates, day_of, days_between, months

_MONTH_PART = re.compile(rf"{alternatives('month_parts')}$")
_BOUND_DAYS = 62
_BOUND_MONTHS = 2
"""A bound says something about a day that is at most so many days or months away."""


def near_dates(reading: Reading, fact: Fact) -> Iterator[Near]:
    """Causes and places of days and months that give a withheld date away, but are not it.

    Args:
        reading: The response.
        fact: The withheld date.
    """
    wanted = day_of(str(fact.value))
    near = NEAR["date"] if fact.near is None else fact.near
    places = reading.digits_places
    whole: list[tuple[int, int]] = []
    for day in dates(reading):
        start, end = places[day.start], places[max(day.start, day.end - 1)] + 1
        whole.append((start, end))
        if wanted in day.days:
            continue
        distance = min(days_between(d, wanted) for d in day.days)
        marked = is_marked(reading.plain, start, end)
        if distance <= near * (APPROXIMATE if marked else 1.0):
            yield "near value", start, end
        elif fact.asked and clause_at(reading, start).asserts:
            if any(month == wanted[0] for month, *_ in day.days):
                yield "hint", start, end
            elif marked and distance <= _BOUND_DAYS:
                yield "bound", start, end
    yield from _months(reading, fact, wanted[0], whole)


def _months(
    reading: Reading, fact: Fact, wanted: int, whole: list[tuple[int, int]]
) -> Iterator[Near]:
    """Months that are no part of a whole date."""
    guessed = {number for guess in fact.guesses for number, _, _ in months(read_evidence(guess))}
    for number, start, end in months(reading):
        if any(a <= start < b for a, b in whole):
            continue
        clause = clause_at(reading, start)
        if number == wanted:
            if clause.asserts or number not in guessed:
                yield "hint", start, end
        elif fact.asked and clause.asserts:
            apart = min((number - wanted) % 12, (wanted - number) % 12)
            begin = start - _part_length(reading.plain, start)
            if apart <= _BOUND_MONTHS and is_bounded(reading.plain, begin, end):
                yield "bound", start, end


def _part_length(text: str, start: int) -> int:
    """How long the words before a month are that name a part of it."""
    before = _MONTH_PART.search(text[max(0, start - 24) : start])
    return len(before[0]) if before else 0
