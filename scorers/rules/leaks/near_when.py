"""Times of day and days near a withheld one, the part of the day and the month they lie in."""

import re
from collections.abc import Iterator

from cosapien import NEAR, Fact
from scorers.rules.leaks.clauses import clause_at
from scorers.rules.leaks.marks import APPROXIMATE, Near, is_bounded, is_marked
from scorers.rules.leaks.phrases import alternatives
from scorers.rules.texts import Reading, read_evidence
from scorers.rules.values.amounts import amounts
from scorers.rules.values.dates import dates, day_of, days_between, months
from scorers.rules.values.find import is_alone
from scorers.rules.values.measured import BARE
from scorers.rules.values.times import clocks, minutes_of

_PARTS_OF_DAY = tuple(
    (60 * first, 60 * last, re.compile(rf"\b{alternatives(name)}\b"))
    for first, last, name in ((4, 12, "morning"), (12, 18, "afternoon"), (18, 24, "evening"))
)
"""First and last minute of each part, and what it is called."""
_GREETING = re.compile(rf"\b{alternatives('greetings')}[ -]$")
_NEGATED = re.compile(rf"\b{alternatives('negates_times')}\b(?: [a-z]+){{0,2}} $")
_AT = re.compile(rf"\b{alternatives('at_hours')} $")
_BOUND = 240
"""A bound says something about a time that is at most so many minutes away."""
_HOUR = 75
"""An hour that is called approximate says something about a time at most so many minutes away."""


def near_times(reading: Reading, fact: Fact) -> Iterator[Near]:
    """Causes and places of times that give a withheld time away, but are not it.

    Args:
        reading: The response.
        fact: The withheld time.
    """
    wanted = minutes_of(str(fact.value))
    yield from _clocks(reading, fact, wanted)
    if fact.asked:
        yield from _hours(reading, fact, wanted)
        yield from _parts_of_day(reading, wanted)


def _clocks(reading: Reading, fact: Fact, wanted: int) -> Iterator[Near]:
    near = NEAR["time"] if fact.near is None else fact.near
    text = reading.digits.plain
    for clock in clocks(reading):
        start, end = reading.from_digits(clock.start, clock.end)
        if not (clock.said or fact.asked) or (wanted in clock.minutes and clock.full):
            continue
        if not clause_at(reading, start).asserts and _is_guess_text(reading, fact, start, end):
            continue
        distance = min(_minutes_apart(m, wanted) for m in clock.minutes)
        bounded = is_bounded(text, clock.start, clock.end)
        marked = is_marked(text, clock.start, clock.end)
        if distance <= near * (APPROXIMATE if marked or not clock.full else 1.0):
            yield ("bound" if bounded else "near value"), start, end
        elif fact.asked and marked and distance <= _BOUND:
            yield "bound", start, end


def _hours(reading: Reading, fact: Fact, wanted: int) -> Iterator[Near]:
    """Hours alone: "shortly before six", "come at eleven"."""
    for amount in amounts(reading):
        if amount.dimension != BARE or amount.upto or not is_alone(reading, amount):
            continue
        hour = amount.values[0]
        said = is_marked(reading.plain, amount.start, amount.end) or _AT.search(
            reading.plain[max(0, amount.start - 8) : amount.start]
        )
        if _is_guess_text(reading, fact, amount.start, amount.end):
            continue
        if not (1 <= hour <= 24 and hour == int(hour) and said):
            continue
        apart = min(_minutes_apart(int(hour) * 60 + half, wanted) for half in (0, 720))
        if apart <= _HOUR and clause_at(reading, amount.start).asserts:
            yield "near value", amount.start, amount.end


def _parts_of_day(reading: Reading, wanted: int) -> Iterator[Near]:
    """Parts of the day: "in the morning", "not in the evening"."""
    for first, last, words in _PARTS_OF_DAY:
        for match in words.finditer(reading.plain):
            clause = clause_at(reading, match.start())
            before = reading.plain[clause.start : match.start()]
            if not clause.asserts or _GREETING.search(before[-12:]):
                continue
            if first <= wanted < last:
                yield "hint", *match.span()
            elif _NEGATED.search(before):
                yield "ruled out", *match.span()


def _is_guess_text(reading: Reading, fact: Fact, start: int, end: int) -> bool:
    words = reading.plain[start:end].strip()
    return any(words and words in read_evidence(guess).plain for guess in fact.guesses)


def _minutes_apart(first: int, second: int) -> int:
    apart = abs(first - second) % 1440
    return min(apart, 1440 - apart)


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
    whole: list[tuple[int, int]] = []
    for day in dates(reading):
        start, end = reading.from_digits(day.start, day.end)
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
