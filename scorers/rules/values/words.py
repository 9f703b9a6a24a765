"""Codes, names, choices and other texts, in any usual way of writing them."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from scorers.rules.texts import Reading, Token, read_evidence

Span = tuple[int, int]
_BETWEEN = r"[\s\-\u2013_/'\".]{0,2}"
_ENDING = r"(?:'?s|'|e?n|e|es|er|em|ish|ed|farben\w{0,2}|coloured|colored)?"
_SPLITTING = 8
"""From so many letters on a word may be written as two (`light house`, `Stern-Warte`)."""
_COMPOUNDING = 9
"""From so many letters on a word may be the first part of a longer one (`Silberglockenklang`)."""
_UMLAUTS = {"\u00e4": "(?:a|ae)", "\u00f6": "(?:o|oe)", "\u00fc": "(?:u|ue)"}


def find_exact(reading: Reading, phrase: str) -> Iterator[Span]:
    """Places where a text has a phrase as it is written, as whole words (`37` is not in `137` or `37.5`).

    Only case, width, curly quotes, emphasis and white space may differ.

    Args:
        reading: The text.
        phrase: Plain text, not a pattern.
    """
    for match in _exact(phrase).finditer(reading.marked.replace("\n", " ")):
        yield match.span()


@lru_cache(maxsize=8192)
def _exact(phrase: str) -> re.Pattern[str]:
    text = re.escape(read_evidence(phrase).marked.replace("\n", " ").strip())
    if not text:
        return re.compile(r"(?!)")  # matches nothing; the loaders refuse such phrases
    return re.compile(rf"(?<!\w)(?<!\d[.,]){text}(?!\w)(?![.,]\d)")


def find_phrase(reading: Reading, phrase: str) -> Iterator[Span]:
    """Places where a text has a phrase as whole words, whatever case, accents, hyphens and endings.

    Args:
        reading: The text.
        phrase: Plain text, not a pattern.
    """
    pattern, umlauts = _pattern(phrase)
    for match in pattern.finditer(reading.plain):
        start, end = match.span()
        if not umlauts:
            yield start, end
            continue
        written = len(re.findall("[\u00e4\u00f6\u00fc]|[aou]e", reading.marked[start:end]))
        if written >= umlauts:  # "lautet" is not "läutet"
            yield start, end


@lru_cache(maxsize=8192)
def _pattern(phrase: str) -> tuple[re.Pattern[str], int]:
    """The expression of a phrase, and its number of umlauts."""
    words = re.findall(r"\w+|[^\w\s]", read_evidence(phrase).marked)
    words = [word for word in words if word[0].isalnum()] or words
    parts = [
        ("[ -]?" if len(word) >= _SPLITTING and word.isalpha() else "").join(
            _UMLAUTS.get(char) or re.escape(read_evidence(char).plain or char) for char in word
        )
        for word in words
    ]
    ending = _ENDING if words[-1].isalpha() and len(words[-1]) > 2 else ""
    if len(words) == 1 and len(words[0]) >= _COMPOUNDING:
        ending = r"(?:'s|[a-z]{0,12})"
    found = re.compile(rf"(?<!\w)(?<!\d[.,]){_BETWEEN.join(parts)}{ending}(?!\w)(?![.,]\d)")
    return found, sum(char in _UMLAUTS for char in phrase.casefold())


def find_typo(reading: Reading, phrase: str, any_edit: bool) -> Iterator[Span]:
    """Places where a text has a phrase with one letter too many, too few, wrong or exchanged.

    Args:
        reading: The text.
        phrase: One or more words.
        any_edit: Whether any letter may be wrong from six letters on; if not, from seven on. In words of
            five only a letter doubled or not doubled, and the last one, count as typing errors.
    """
    wanted = _words(phrase)
    least = 6 if any_edit else 7
    if not wanted:
        return
    words = reading.words
    for index in range(len(words) - len(wanted) + 1):
        if words[index].text[0] != wanted[0][0]:
            continue
        part = words[index : index + len(wanted)]
        if _nearly(part, wanted, least):
            yield part[0].start, part[-1].end


@lru_cache(maxsize=8192)
def _words(phrase: str) -> tuple[str, ...]:
    """The words of a phrase in which typing errors are looked for; empty: it has none long enough."""
    words = read_evidence(phrase).plain.split()
    long = all(word.isalpha() for word in words) and max(map(len, words), default=0) >= 5
    return tuple(words) if long else ()


def _nearly(part: Sequence[Token], wanted: Sequence[str], least: int) -> bool:
    texts = [token.text.removesuffix("'s") for token in part]
    wrong = [(text, word) for text, word in zip(texts, wanted, strict=True) if text != word]
    if len(wrong) != 1:
        return False
    text, word = wrong[0]
    if len(word) >= least:
        return one_edit(text, word)
    return (
        len(word) >= 5
        and text != word
        and (_undoubled(text) == _undoubled(word) or text == word[:-1])
    )


def _undoubled(word: str) -> str:
    return re.sub(r"(.)\1", r"\1", word)


def one_edit(text: str, word: str) -> bool:
    """Whether two words differ by one letter added, left out, replaced or two neighbours exchanged.

    The first letter must be the same.
    """
    if abs(len(text) - len(word)) > 1 or text[:1] != word[:1] or text == word:
        return False
    start = next((i for i, (a, b) in enumerate(zip(text, word, strict=False)) if a != b), None)
    if start is None:
        return True
    rest, other = text[start:], word[start:]
    return (
        rest[1:] == other[1:]
        or rest[1:] == other
        or rest == other[1:]
        or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    )


_CODE = re.compile(r"(?P<letters>[^\W\d_]*)[^\w]?(?P<digits>\d+)")
_SPACE = r"[ \-\u2013_./#:]{0,2}(?:(?:number|nummer|numero|num|no|nr|n)[.\u00ba\u00b0]? ?)?"


def code_parts(value: str) -> tuple[str, str] | None:
    """Letters and digits of a code of letters followed by digits (`N-104`, `CR1632`, `3172`)."""
    match = _CODE.fullmatch(read_evidence(value).plain.strip())
    return (match["letters"], match["digits"]) if match else None


def find_code(reading: Reading, value: str) -> Iterator[Span]:
    """Places of a code in `reading.digits.plain`, with any mark or space between its parts.

    Args:
        reading: The text.
        value: The code.
    """
    for match in _code_pattern(value).finditer(reading.digits.plain):
        yield match.span()


@lru_cache(maxsize=8192)
def _code_pattern(value: str) -> re.Pattern[str]:
    parts = code_parts(value)
    if parts is None:
        pieces = re.findall("[a-z]+|[0-9]+", read_evidence(value).plain)
        return re.compile(rf"(?<!\w){_BETWEEN.join(pieces)}(?!\w)")
    letters, digits = parts
    mark = r"(?:[ \-\u2013]|, )?" if not letters or len(digits) > 3 else ""
    number = mark.join(digits)
    if letters:
        start = rf"(?<![\w-])(?<!\d[.,]){_BETWEEN.join(letters)}{_SPACE}"
        return re.compile(rf"{start}{number}(?!\w)(?![.,]\d)")
    return re.compile(rf"(?<![\w/])(?<!\d[.,: ]){number}(?!\w)(?![.,:/]\d)(?! \d)")


def find_series(reading: Reading, letters: str) -> Iterator[tuple[str, Span]]:
    """Every code of a series in `reading.digits.plain`: its digits and its place.

    Args:
        reading: The text.
        letters: The letters that the codes of the series begin with, folded.
    """
    pattern = rf"(?<![\w-]){re.escape(letters)}(?:{_SPACE}|(?<=\w) )(?P<digits>\d+)(?!\w)(?![.,]\d)"
    if len(letters) == 1:
        pattern = (
            rf"(?<![\w'-]){re.escape(letters)}[ \-\u2013]?(?P<digits>\d{{2,}})(?!\w)(?![.,]\d)"
        )
    for match in re.finditer(pattern, reading.digits.plain):
        yield match["digits"], match.span()
