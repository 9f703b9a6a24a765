"""Days of the year: Nov. 19, 19/11, el 12 de mayo, am 16. Oktober, 2026-11-19."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from scorers.rules.texts import Reading, numbers

_NAMES = (
    "january jan januar janner enero ene janvier janv",
    "february feb februar febrero fevrier fevr fev",
    "march mar marz maerz marzo mars",
    "april apr abril abr avril avr",
    "may mai mayo",
    "june jun juni junio juin",
    "july jul juli julio juillet juil",
    "august aug agosto ago aout",
    "september sept sep septiembre setiembre septembre",
    "october oct oktober okt octubre octobre",
    "november nov noviembre novembre",
    "december dec dezember dez diciembre dic decembre",
)
MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
"""Number of a month by its names and abbreviations, folded and without accents."""

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_SECOND = r"(?P<day>second)\b"  # a number next to a month, else a unit of time
_AFTER_DAY = r"(?:st|nd|rd|th|te[nr]?|er|\.|\u00ba|\u00b0)?"
_NO_DAY = r"(?<![\d.,:/])(?<!last )(?<!first )(?<!middle )(?<!final )"
_OF = r"(?:day |dia )?(?:of |de |del? mes de |in )?"
_WRITTEN = (
    re.compile(rf"{_NO_DAY}{_DAY}{_AFTER_DAY}(?:[ -]{_OF}|(?=[a-z]))(?P<month>{_MONTH})\b"),
    re.compile(
        rf"\b(?P<month>{_MONTH})\b\.?[ -](?:the |el |dem |den )?{_DAY}"
        r"(?![\d:%]|[.,]\d)(?:st|nd|rd|th)?"
    ),
    re.compile(rf"\b{_SECOND} (?:day )?of (?P<month>{_MONTH})\b"),
    re.compile(rf"\b(?P<month>{_MONTH})\b\.? (?:the )?{_SECOND}"),
)
_NUMERIC = re.compile(
    r"(?<![\d.,/:\u20ac\u00a3$-])(?:(?P<iso>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<mark>[./-])(?P<b>\d{1,2})(?:(?P=mark)(?:\d{4}|\d\d))?)"
    r"(?![\d/%\u20ac\u00a3]|[,:]\d|-\d| ?(?:%|am\b|pm\b|uhr|h\b|heures|euro|eur\b|[a-z]b\b|kg|cm|m\b))"
)
_ALONE = re.compile(
    rf"(?:\b(?:on|by|before|after|until|the|el|le|dia|am|den|dem|vom|zum|bis) )"
    rf"{_DAY}(?:st|nd|rd|th|er|\.)?(?![\w:%/]|[.,-]\d| ?[%\u20ac\u00a3])"
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the year.

    Attributes:
        days: Month and day that it may mean: `5/12` is two. The month is 0 where only a day is named.
        start: Where it begins in `Reading.digits.plain`.
        end: Where it ends.
    """

    days: tuple[tuple[int, int], ...]
    start: int
    end: int


def dates(reading: Reading, alone: bool = False) -> Iterator[Day]:
    """All days of the year in a text.

    Args:
        reading: The text; spans are in its `digits`.
        alone: Also days without a month ("on the 19th").
    """
    text = reading.digits.plain
    for pattern in _WRITTEN:
        for match in pattern.finditer(text):
            if _is_modal(text, match):
                continue
            day = 2 if match["day"] == "second" else int(match["day"])
            yield Day(((MONTHS[match["month"]], day),), *match.span())
    for match in _NUMERIC.finditer(text):
        if match["iso"]:
            pairs = [(int(match["m"]), int(match["d"]))]
        else:
            first, second = int(match["a"]), int(match["b"])
            pairs = [(second, first), (first, second)]
        if days := tuple(dict.fromkeys(p for p in pairs if 1 <= p[0] <= 12 and 1 <= p[1] <= 31)):
            yield Day(days, *match.span())
    if alone:
        for match in _ALONE.finditer(text):
            if _MONTH_NEXT.match(text, match.end()):
                continue
            yield Day(((0, int(match["day"])),), match.start("day"), match.end())


_MONTH_NEXT = re.compile(rf" (?:of |de )?(?:{_MONTH})\b")
_MODAL_NEXT = re.compile(r" (?:be|not|have|also|need|want|vary|change|i|we|you|still|only|well)\b")


def is_day_number(reading: Reading, start: int, end: int) -> bool:
    """Whether a number is the day of a date whose month is named: the 23 of "April 23".

    Args:
        reading: The text.
        start: Where the number begins in `Reading.plain`.
        end: Where it ends.
    """
    return any(first <= start and end <= last for first, last in _named_days(reading))


@lru_cache(maxsize=64)
def _named_days(reading: Reading) -> tuple[tuple[int, int], ...]:
    return tuple(
        reading.from_digits(*match.span())
        for pattern in _WRITTEN
        for match in pattern.finditer(reading.digits.plain)
        if not _is_modal(reading.digits.plain, match)
    )


def _is_modal(text: str, match: re.Match[str]) -> bool:
    """Whether "may" is the verb: "the 19 may vary"."""
    return match["month"] == "may" and bool(_MODAL_NEXT.match(text, match.end("month")))


_MONTH_ALONE = re.compile(
    rf"\b(?P<month>{_MONTH})(?:halfte|woche|wochen|ende|anfang|mitte|tag|tage|wochenende)?\b"
)
_MAY_BEFORE = re.compile(
    r"\b(?:in|of|mid|early|late|by|until|before|after|since|this|next|during|to|around|about"
    r"|end of)[ -]$"
)
_PART_OF_MAY = re.compile(r"\b(?:middle|end|start|beginning|half) of $|\bmid[ -]$")
_IN_FRENCH = re.compile(
    r"(?:\d|\b(?:en|fin|debut|mi|courant|de|du|avant|apres|des|pour|vers|depuis|et|ou|a|jusqu'en))[ -]$"
)
_SHORT = {"mar", "mai", "ago", "abr", "ene", "dic", "sep", "jan", "jun", "jul", "apr"}


def months(reading: Reading) -> Iterator[tuple[int, int, int]]:
    """Months named in a text: number, start and end in `plain`.

    Args:
        reading: The text.
    """
    said = [number for number in numbers(reading) if number.words]
    for match in _MONTH_ALONE.finditer(reading.plain):
        name = match["month"]
        if any(match.start() < number.end and number.start < match.end() for number in said):
            continue  # "sept jours"
        before = reading.plain[max(0, match.start() - 12) : match.start()]
        written = reading.original[slice(*reading.span(*match.span()))]
        named = _MAY_BEFORE.search(before) and written[0].isupper()
        if name == "may" and not named and not _PART_OF_MAY.search(before):
            continue
        lower = not written[0].isupper()
        if name == "mars" and (not lower or not _IN_FRENCH.search(before)):
            continue
        if name in _SHORT and lower and not (name == "mai" and _IN_FRENCH.search(before)):
            continue
        yield MONTHS[name], *match.span()


def day_of(value: str) -> tuple[int, int]:
    """Month and day of `MM-DD` or `YYYY-MM-DD`."""
    month, day = value[-5:].split("-")
    return int(month), int(day)


def days_between(first: tuple[int, int], second: tuple[int, int]) -> int:
    """Days from one day of the year to another, the shorter way round."""
    try:
        distance = abs((date(2024, *first) - date(2024, *second)).days)
    except ValueError:
        return 366
    return min(distance, 366 - distance)
