"""Where a text states a fact."""

import math
import re
from collections.abc import Callable, Iterator, Mapping

from cosapien import Fact
from cosapien.records import NUMERIC_KINDS
from scorers.rules.texts import Reading
from scorers.rules.values.amounts import amounts
from scorers.rules.values.dates import dates, day_of, is_day_number
from scorers.rules.values.measured import BARE, Amount
from scorers.rules.values.times import clocks, minutes_of
from scorers.rules.values.units import UNITS
from scorers.rules.values.words import code_parts, find_code, find_phrase, find_typo

Span = tuple[int, int]


def find(reading: Reading, fact: Fact, *, bare: bool = True, typos: bool = True) -> Iterator[Span]:
    """Places where a text states a fact's value, as spans of `Reading.original`.

    Args:
        reading: The text.
        fact: The fact.
        bare: Whether a number alone, a day without a month or a time without a word or mark of times
            may state it. They may where it was asked for.
        typos: Whether a word with a typing error states it.
    """
    for start, end in _FINDERS[fact.kind](reading, fact, bare):
        yield reading.span(start, end)
    if typos and fact.kind in ("name", "choice", "text"):
        for start, end in find_typo(reading, str(fact.value), any_edit=fact.kind == "name"):
            yield reading.span(start, end)
    for phrase in fact.also:
        for start, end in find_phrase(reading, phrase):
            yield reading.span(start, end)


def unit_of(fact: Fact) -> tuple[str, float]:
    """The dimension of a numeric fact and its value in the dimension's base unit.

    Args:
        fact: Of kind money, percent, number, count, duration or quantity.
    """
    value = float(fact.value)
    if fact.kind == "percent":
        return "percent", value
    if fact.kind in ("number", "count"):
        return BARE, value
    unit = UNITS[fact.units[0]]
    return unit.dimension, unit.base(value)


def same(first: float, second: float) -> bool:
    """Whether two values are equal, up to the rounding of conversions."""
    return math.isclose(first, second, rel_tol=1e-6, abs_tol=1e-9)


def _numeric(reading: Reading, fact: Fact, bare: bool) -> Iterator[Span]:
    dimension, value = unit_of(fact)
    bare = bare or _is_distinctive(float(fact.value))
    for amount in amounts(reading):
        if amount.upto:
            continue
        plain = [float(fact.value)]
        if fact.kind == "percent":
            plain.append(float(fact.value) / 100)
        if amount.dimension == dimension != BARE:
            if any(same(v, value) for v in amount.values):
                yield amount.start, amount.end
        elif amount.dimension == BARE and any(same(v, p) for v in amount.values for p in plain):
            if fact.kind == "count" and (counted := counts(reading, amount, fact.units)):
                yield counted
            elif bare and is_alone(reading, amount):
                yield amount.start, amount.end
        elif (
            fact.kind == "count"
            and any(same(v, value) for v in amount.values)
            and (counted := counted_unit(reading, amount, fact.units))
        ):
            yield counted

    if fact.kind == "duration" and fact.units == ("minute",) and bare:  # "26m late"
        for match in re.finditer(rf"(?<![\w.,:]){float(fact.value):g}m\b", reading.plain):
            yield match.span()
    if fact.kind == "money" and bare:
        whole, cents = divmod(round(100 * value), 100)
        if cents:  # "six-fifty"
            for match in re.finditer(
                rf"(?<![\w.,:]){whole}[ -]{cents:02d}(?![\w:]|[.,]\d)", reading.digits.plain
            ):
                yield reading.from_digits(*match.span())


def _is_distinctive(value: float) -> bool:
    """Whether a number says enough without its unit: decimals or three digits that are not round."""
    return value != int(value) or (value >= 100 and value % 50 != 0)


_FOLLOW = (
    "a ab after al altogether an and ante apiece are as at be because before below bis but "
    "by cada como con danke de del desde die du each ein el en entre es except figure for "
    "free from fur gilt gracias gratis hasta if im in incl including inclusive inkl "
    "insgesamt is ist it je kostenlos la las los mark max max. maximal maximum mit nach now "
    "o oder of on only or overall para per please plus por pro que right se si sin since so "
    "solo son than thanks that the then this to tops total und unless until von vor was we "
    "were when which while with within without y ya you zu zum zur et ou par pour dans avec sans est "
    "sont au aux moins maximum environ chaque sur le les qui que quand selon avant apres depuis "
    "seulement tout merci ensemble mais"
)
_MAY_FOLLOW = frozenset(_FOLLOW.split())
"""Words behind a number that it does not count."""
_LABEL = (
    "absatz abschnitt anschluss apparat article articulo bus card chapter code dial durchwahl "
    "ext extension figure floor gate item kapitel leaflet level line linea marque notice nr "
    "num number numero nummer option page pagina paragraph part paso phase phone platform "
    "point punkt punto rating room row schritt score seat sec seccion section seite step "
    "stufe tabelle table teil telefon telefono tip track version vol zeile "
    "annexe avis chambre chapitre etage fiche guichet ligne niveau numero paragraphe poste quai "
    "rubrique salle"
)
_LABELS = frozenset(_LABEL.split())
"""What a number behind it is the number of: "page 37"."""
_NEAR_BY = 60
"""Characters before a number that can say what it is."""
_OF_THE_DAY = re.compile(
    r" (?:(?:this|in the|every|at) )?(?:morning|afternoon|evening|night|tonight|morgens|abends"
    r"|nachmittags|de la (?:manana|tarde|noche)|(?:du|le|ce) (?:matin|soir)|de l'apres-midi)\b"
)
_SERIES = re.compile(r"(?<![A-Za-z])(?!EUR|GBP|USD|CHF)[A-Z]{1,3}[ -]?$")


def is_alone(reading: Reading, amount: Amount) -> bool:
    """Whether a number stands for itself: no other noun, label or list makes it something else.

    Args:
        reading: The text.
        amount: A number without a unit.
    """
    text = reading.plain
    before = text[max(0, amount.start - _NEAR_BY) : amount.start].rpartition("\n")[2]
    after = text[amount.end : amount.end + 24]
    if not before.strip(" -|#>") and re.match(r"[.)] ", after):
        return False  # the number of an item in a list
    place, _ = reading.span(amount.start, amount.end)
    if _SERIES.search(reading.original, max(0, place - 6), place):
        return False  # LK 412
    label = re.search(r"([a-z]+)[\"']?[.:]? ?#?$", before)
    if label and label[1] in _LABELS:
        return False
    if before.endswith("[["):
        return False  # a rating
    if before.endswith(("#", "/", ":")) and before[-2:-1].isalnum() and not before.endswith(": "):
        return False
    if is_day_number(reading, amount.start, amount.end):
        return False  # until April 23
    if _OF_THE_DAY.match(after):
        return False  # "until 9 this evening"
    follows = re.match(r"\s?([a-z]+)|(\s?[-/][a-z0-9])", after)
    return follows is None or (bool(follows[1]) and follows[1] in _MAY_FOLLOW and after[0] in " \n")


_GAP_WORDS = 3


def counts(reading: Reading, amount: Amount, nouns: tuple[str, ...]) -> Span | None:
    """The span of a number and the noun it counts: "412 flights", "four of the letters", "letters: 4".

    Args:
        reading: The text.
        amount: A number.
        nouns: What may be counted.
    """
    text = reading.plain
    after = re.match(rf"[ -]?(?:[a-z'-]+ ){{0,{_GAP_WORDS}}}", text[amount.end : amount.end + 60])
    reach = amount.end + (after.end() if after else 0) + 24
    window, marked = text[amount.end : reach], reading.marked[amount.end : reach]
    start_of = max(0, amount.start - _NEAR_BY)
    line_start = max(text.rfind("\n", start_of, amount.start) + 1, start_of)
    back, back_marked = text[line_start : amount.start], reading.marked[line_start : amount.start]
    for noun in nouns:
        for start, end in _find_in(window, marked, noun):
            if re.fullmatch(rf"[ -]?(?:[a-z'-]+ ){{0,{_GAP_WORDS}}}", window[:start]):
                return amount.start, amount.end + end
        for start, end in _find_in(back, back_marked, noun):
            if re.fullmatch(
                r"[ :|=(\n]{1,4}(?:(?:is|are|was|were|est|sont|jusqu'a|es|son|ist|sind|max|maximum|up"
                r"|to|of|hasta|bis|zu|cancelled|maximo|:) ?){0,3}",
                back[end:],
            ):
                return line_start + start, amount.end
    return None


def counted_unit(reading: Reading, amount: Amount, nouns: tuple[str, ...]) -> Span | None:
    """The span of an amount whose unit is itself what is counted: "six livres" may be six books.

    Args:
        reading: The text.
        amount: An amount with a unit.
        nouns: What may be counted.
    """
    if amount.factor != 1 or amount.upto:
        return None
    span = slice(amount.start, amount.end)
    said = any(any(_find_in(reading.plain[span], reading.marked[span], noun)) for noun in nouns)
    return (amount.start, amount.end) if said else None


def _find_in(plain: str, marked: str, phrase: str) -> Iterator[Span]:
    """`find_phrase` in a piece of a reading; also where a digit stands right before it (72fps)."""
    yield from find_phrase(Reading(plain, plain, marked, ()), phrase)


def _time(reading: Reading, fact: Fact, bare: bool) -> Iterator[Span]:
    wanted = minutes_of(str(fact.value))
    for clock in clocks(reading):
        said = bare or clock.said or "." in reading.digits.plain[clock.start : clock.end]
        if said and wanted in clock.minutes and (clock.full or wanted % 60 == 0):
            yield reading.from_digits(clock.start, clock.end)


def _date(reading: Reading, fact: Fact, bare: bool) -> Iterator[Span]:
    wanted = day_of(str(fact.value))
    for day in dates(reading, alone=bare):
        if wanted in day.days or (0, wanted[1]) in day.days:
            yield reading.from_digits(day.start, day.end)


_SPEAKING_DIGITS = 4
"""A code of so many digits is known without its letters where it was asked for."""


def _code(reading: Reading, fact: Fact, bare: bool) -> Iterator[Span]:
    parts = code_parts(str(fact.value))
    values = [str(fact.value)]
    if bare and parts and parts[0] and len(parts[1]) >= _SPEAKING_DIGITS:
        values.append(parts[1])
    for value in values:
        for start, end in find_code(reading, value):
            yield reading.from_digits(start, end)


def _words(reading: Reading, fact: Fact, bare: bool) -> Iterator[Span]:
    yield from find_phrase(reading, str(fact.value))


_FINDERS: Mapping[str, Callable[[Reading, Fact, bool], Iterator[Span]]] = {
    **dict.fromkeys(NUMERIC_KINDS, _numeric),
    "time": _time,
    "date": _date,
    "code": _code,
    **dict.fromkeys(("name", "choice", "text"), _words),
}
