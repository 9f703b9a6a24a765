"""Numbers of a text, in digits and in words of English, German, Spanish and French."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from text_to_num import find_numbers

from scorers.rules.texts.folded import Folded, Token
from scorers.rules.texts.french import about, is_number, without_elision

_LANGUAGES = ("en", "de", "es", "fr")
# Digits with marks of thousands and decimals; not part of a word (`N104`), a longer number, a time.
_DIGITS = re.compile(
    r"(?:(?<![\w.,])|(?<=\beur)|(?<=\bgbp)|(?<=\busd)|(?<=\bchf))(?<!\d[:/])(?<![^\W\d_][-\u2013])"
    r"(?:\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,4})?(?![\d])|\d+(?:[.,]\d+)?)"
    r"(?![.,:/]?\d)(?:[.,](?:-{1,2}|[\u2013\u2014])(?=[^\d\w]|$))?"
)
_MINUS = re.compile(r"(?:^|(?<=[\s(]))-$")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b|[.]?[\u00aa\u00ba]|[.]?[ao]\b(?=\s)|(?:er|[ei]?eme)\b")
_MULTIPLES = {
    "k": 1e3,
    "thousand": 1e3,
    "tsd": 1e3,
    "tausend": 1e3,
    "mil": 1e3,
    "million": 1e6,
    "millionen": 1e6,
    "millones": 1e6,
    "mio": 1e6,
    "dozen": 12,
    "dutzend": 12,
    "docena": 12,
    "docenas": 12,
    "mille": 1e3,
    "millions": 1e6,
    "milliard": 1e9,
    "milliards": 1e9,
    "douzaine": 12,
    "douzaines": 12,
}
_WORD_BEHIND = re.compile(r" ?([a-z]+)\b\.?")
_HALF = re.compile(
    r"[ -]?(?:\u00bd|1/2\b|and a half\b|einhalb\b|y media?o?\b|et demie?\b)|(?<=\d)1/2\b"
)
# Words that are numbers in one language and something else in another.
_AMBIGUOUS = {
    "once": "es",
    "elf": "de",
    "acht": "de",
    "mil": "es",
    "cien": "es",
    "as": "",
    "tres": "es",
}
_NO_NUMBERS = {
    "cuarto",
    "cuartos",
    "second",
    "seconds",
    "segundo",
    "segundos",
    "quarter",
    "quarters",
}
_SPELT = {
    "fuenf": "fünf",
    "zwoelf": "zwölf",
    "dreissig": "dreißig",
    "veintiun": "veintiuno",
    "&": "and",
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a text.

    Attributes:
        values: What it may mean: `2.750` is 2750 or 2.75. At least one.
        start: Where it begins in `Folded.plain`.
        end: Where it ends.
        ordinal: Whether it is one (`19th`, `zweiter`).
        words: Whether it is written in words.
    """

    values: tuple[float, ...]
    start: int
    end: int
    ordinal: bool = False
    words: bool = False


@lru_cache(maxsize=64)
def numbers(reading: Folded) -> tuple[Number, ...]:
    """All numbers of a text by place; none overlaps another. Digits that make none are left out."""
    found = [*_in_digits(reading), *_in_words(reading)]
    found += _in_decimals(reading, tuple(found))
    found.sort(key=lambda number: (number.start, -number.end))
    kept: list[Number] = []
    for number in found:
        if kept and number.start < kept[-1].end:
            if number.end > kept[-1].end and number.words and kept[-1].words:
                kept[-1] = number
            continue
        kept.append(number)
    return tuple(number for number in kept if number.values)


def parse_literal(literal: str) -> tuple[float, ...]:
    """The values that a number in digits may have, by the marks of English and of German and Spanish.

    Empty where the marks make no number: `831,309,0`.

    Args:
        literal: Digits with `.`, `,`, `'` or spaces between them.
    """
    text = literal.replace(" ", "").replace("'", "")
    marks = [char for char in text if char in ".,"]
    if not marks:
        return (float(text),)
    if len(set(marks)) == 2:  # the last one is the decimal mark
        thousands, decimal = marks[0], marks[-1]
        if marks.count(decimal) > 1 or decimal == thousands:  # 98,840.895.23: no number
            return ()
        return (float(text.replace(thousands, "").replace(",", ".")),)
    as_decimal = float(text.replace(",", ".")) if len(marks) == 1 else None
    head, _, tail = text.rpartition(marks[-1])
    as_thousands = float(re.sub("[.,]", "", text)) if len(tail) == 3 and head[0] != "0" else None
    return tuple(value for value in (as_thousands, as_decimal) if value is not None)


def _in_digits(reading: Folded) -> Iterator[Number]:
    text = reading.plain
    for match in _DIGITS.finditer(text):
        end = match.end()
        negative = bool(_MINUS.search(text, max(0, match.start() - 2), match.start()))
        literal = re.sub(r"[.,][-\u2013\u2014]+$", "", match[0])
        if ordinal := _ORDINAL.match(text, end):
            yield Number(parse_literal(literal), match.start(), ordinal.end(), ordinal=True)
            continue
        values = parse_literal(literal)
        if negative:  # or the mark of a list
            values = (*values, *(-value for value in values))
        if half := _HALF.match(text, end):
            values, end = tuple(value + 0.5 for value in values), half.end()
        word = _WORD_BEHIND.match(text, end)
        if (
            word
            and (times := _MULTIPLES.get(word[1]))
            and not (word[1] == "k" and word[0][0] == " ")
        ):
            values, end = tuple(round(value * times, 6) for value in values), word.end(1)
        yield Number(values, match.start(), end)


_TIMES = re.compile(rf" ({'|'.join(m for m in _MULTIPLES if len(m) > 2)})\b")


def _spoken(tokens: tuple[Token, ...]) -> list[Token]:
    """Tokens without marks that stand within a number: "thirty-seven", "two thousand, one hundred"."""
    kept: list[Token] = []
    for token in tokens:
        within = token.text == "," and kept and kept[-1].text in ("thousand", "million")
        if token.text != "-" and not within:
            kept.append(without_elision(token))
    return kept


class _Word:
    """A word in the form of text2num's `Token` protocol."""

    def __init__(self, text: str, before: str) -> None:
        self._text = text
        named = text in _NO_NUMBERS and before != "-"  # but "twenty-second"
        self._apart = text.isdigit() or before.isdigit() or named

    def text(self) -> str:
        return self._text

    def nt_separated(self, previous: "_Word") -> bool:
        return False

    def not_a_number_part(self) -> bool:
        return self._apart


_DOZEN = re.compile(
    r"\b(?:(?P<half>half an?|half|ein halbes|media)|an?|one|ein|una) (?:dozen|dutzend|docena)\b"
)
_POINT = re.compile(r" (?:point|dot|komma|coma|punto|virgule) (?P<digits>[a-z]+(?:[ -][a-z]+)*)")
_MORE_DIGITS = re.compile(r"[ -](?P<digits>[a-z]+(?:[ -][a-z]+)*)")
_SINGLE = {
    word: str(digit)
    for digit, words in enumerate(
        (
            *("zero oh null cero", "one eins uno un", "two zwei zwo dos deux"),
            *("three drei tres trois", "four vier cuatro quatre", "five funf cinco cinq"),
            *("six sechs seis", "seven sieben siete sept", "eight acht ocho huit"),
            "nine neun nueve neuf",
        )
    )
    for word in words.split()
}


def _in_decimals(reading: Folded, whole: tuple[Number, ...]) -> Iterator[Number]:
    """Decimals said digit by digit: four point six two."""
    for number in whole:
        if number.ordinal or not number.words:
            continue
        said = f"{number.values[0]:g}"
        more = _POINT if "." not in said else _MORE_DIGITS
        match = more.match(reading.plain, number.end)
        if match is None:
            continue
        digits, end = "", match.start("digits")
        if match[0].startswith(" virgule") and (
            tens := _tens_at(whole, end)
        ):  # "virgule vingt-cinq"
            yield Number((float(f"{said}.{tens.values[0]:g}"),), number.start, tens.end, words=True)
            continue
        for word in re.finditer(r"[a-z]+", match["digits"]):
            if word[0] not in _SINGLE:
                break
            digits += _SINGLE[word[0]]
            end = match.start("digits") + word.end()
        if digits:
            value = float(said + digits if "." in said else f"{said}.{digits}")
            yield Number((value,), number.start, end, words=True)


def _tens_at(whole: tuple[Number, ...], place: int) -> Number | None:
    """The number from 10 to 99 in words that begins at a place."""
    found = [n for n in whole if n.start == place and n.words and not n.ordinal]
    longest = max(found, key=lambda n: n.end, default=None)
    return longest if longest and 10 <= longest.values[0] < 100 else None


def _in_words(reading: Folded) -> Iterator[Number]:
    for match in _DOZEN.finditer(reading.plain):
        yield Number((6.0 if match["half"] else 12.0,), *match.span(), words=True)
    for said, start, stop in about(reading.plain):
        yield Number((said,), start, stop, words=True)
    tokens = _spoken(reading.tokens)
    stream = [
        _Word(_SPELT.get(t.text, t.marked), reading.plain[max(0, t.start - 1) : t.start])
        for t in tokens
    ]
    for language in _LANGUAGES:
        for found in find_numbers(stream, language, 0):
            first, last = tokens[found.start], tokens[found.end - 1]
            if last.end == first.end and _AMBIGUOUS.get(first.text, language) != language:
                continue
            value = float(found.value) if found.value is not None else None
            if value is None or any(t.text.isdigit() for t in tokens[found.start : found.end]):
                continue
            if language == "fr" and not is_number(reading.plain, tokens[found.start : found.end]):
                continue
            end = last.end
            if half := _HALF.match(reading.plain, end):
                value, end = value + 0.5, half.end()
                if times := _TIMES.match(reading.plain, end):  # two and a half thousand
                    value, end = value * _MULTIPLES[times[1]], times.end()
            yield Number((value,), first.start, end, found.is_ordinal, words=True)


def in_digits(reading: Folded) -> tuple[str, list[int]]:
    """A text with its number words written in digits, and each character's place in `plain`.

    Args:
        reading: The text.
    """
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for number in numbers(reading):
        if not number.words or number.start < at:
            continue
        parts.append(reading.plain[at : number.start])
        places.extend(range(at, number.start))
        shown = f"{number.values[0]:.12g}"
        parts.append(shown)
        places.extend([number.start] * (len(shown) - 1) + [number.end - 1])
        at = number.end
    parts.append(reading.plain[at:])
    places.extend(range(at, len(reading.plain)))
    return "".join(parts), places
