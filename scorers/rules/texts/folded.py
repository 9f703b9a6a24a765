"""A text without differences that change no fact, each character knowing its place in the original."""

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property

_FOLD = str.maketrans(
    {
        **dict.fromkeys("\u2019\u2018\u02bc\u00b4\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2212\u00ad", "-"),
        "\u2044": "/",
        "\u2236": ":",
        "\u066b": ".",
    }
)
_FRACTIONS = "\u00bd\u00bc\u00be\u2153\u2154"
_UNSEEN = re.compile(
    r"[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
# Marks around words say nothing; between two characters of a word they are part of it. A run is tried
# from its start only: from every `_` would take quadratic time.
_MARKUP = re.compile(
    r"(?<!\w)[*_`]+|(?<!_)[*_`]+(?!\w)|</?[a-z][a-z0-9]{0,9}(?: [^<>]{0,80})?/?>"
    r"|\\(?=[$%&#_{}])|\\text(?:bf|it)?(?=\{)|(?<=[$])(?=\\)",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,6});")
# Letters of other scripts that look like Latin ones.
_LOOKALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u0261\u03bf\u03b1\u03c1\u03bd\u03b9\u03ba\u03c4"
    "\u0432\u043d\u043a\u043c\u0442",
    "aeopcyxijsdgoapviktbhkmt",
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[^\w\s]|_")
_SENTENCE = re.compile(
    r"(?<=[.!?\u2026])[\"')\]]{0,2}\s+|\s*\n\s*|(?:(?<=[^\d\s])|(?<=[^\d\s]\s));\s"
    r"|(?<=[\u2600-\u27bf\U0001f300-\U0001faff])\ufe0f?\s+"
)
_TITLE = re.compile(r"\b(?:dr|prof|mr|mrs|ms|sr|sra|srta|st|z\. ?b|d\. ?h|e\.g|i\.e)\.$")
_ABBREVIATED = re.compile(
    r"\b(?:nov|dec|oct|sept?|aug|jan|feb|mar|apr|jun|jul|okt|dez|nr|no|ca|approx|max|min|ext|art|ln"
    r"|rd|bzw|usw|etc|janv|fevr?|avr|juil|env|vs|a\.m|p\.m|z|d|hrs?|mins?|incl)\.$"
)
_AFTER_DAY = re.compile(
    r"\s*(?:jan|feb|mar|apr|abr|mai|may|jun|jul|aug|ago|sep|okt|oct|nov|de[zc]|ene|dic|uhr|tag|stock)"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a run of digits or a mark.

    Attributes:
        text: Folded, without accents.
        marked: Folded, with accents.
        start: Where it begins in `Folded.plain`.
        end: Where it ends.
    """

    text: str
    marked: str
    start: int
    end: int


@dataclass(frozen=True, eq=False)  # by identity: what is found in a text is cached
class Folded:
    """A text without differences that do not change a fact: case, width, accents, emphasis, quotes.

    Attributes:
        original: The text in composed Unicode form (NFC), which spans refer to.
        plain: Folded, accents removed; white space kept as one space or one line break.
        marked: The same with accents, as long as `plain`.
        places: For each character of `plain`, its index in `original`.
    """

    original: str
    plain: str
    marked: str
    places: tuple[int, ...] = field(repr=False)

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The words, digits and marks in order."""
        return tuple(
            Token(m[0], self.marked[m.start() : m.end()], m.start(), m.end())
            for m in _WORD.finditer(self.plain)
        )

    @cached_property
    def words(self) -> tuple[Token, ...]:
        """The tokens that are words."""
        return tuple(token for token in self.tokens if token.text[0].isalpha())

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each sentence, line or table cell in `plain`."""
        spans, start = [], 0
        for mark in _SENTENCE.finditer(self.plain):
            if "\n" not in mark[0] and self._goes_on(start, mark.start(), mark.end()):
                continue
            spans.append((start, mark.start()))
            start = mark.end()
        spans.append((start, len(self.plain)))
        return tuple((a, b) for a, b in spans if self.plain[a:b].strip())

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    def _goes_on(self, start: int, end: int, after: int) -> bool:
        """Whether a full stop ends an abbreviation or an ordinal number and no sentence."""
        before = self.plain[max(start, end - 12) : end]
        if re.search(r"\d\.$", before):
            return bool(_AFTER_DAY.match(self.plain, after))
        if _TITLE.search(before):
            return True
        written = self.original[self.places[after]] if after < len(self.places) else ""
        return not written.isupper() and bool(_ABBREVIATED.search(before))

    def sentence_at(self, place: int) -> tuple[int, int]:
        """The sentence that a place of `plain` lies in."""
        at = bisect_right(self._sentence_starts, place) - 1
        return self.sentences[at] if at >= 0 else (0, len(self.plain))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A span of `plain` as a span of `original`."""
        if start >= len(self.places):
            return (len(self.original), len(self.original))
        return (self.places[start], self.places[max(start, end - 1)] + 1)

    def folded(self, start: int, end: int) -> tuple[int, int]:
        """A span of `original` as a span of `plain`."""
        return bisect_left(self.places, start), bisect_left(self.places, end)


def fold(text: str) -> Folded:
    """Make a text comparable.

    Args:
        text: A response, or evidence; any text.
    """
    original = re.sub("\u00ba(?= ?[CcFf]\\b)", "\u00b0", unicodedata.normalize("NFC", text))
    escaped = {m.start(): _unescaped(m[0]) for m in _ESCAPE.finditer(original)}
    skipped = {i for m in _ESCAPE.finditer(original) for i in range(m.start() + 1, m.end())}
    skipped |= {i for m in _MARKUP.finditer(original) for i in range(*m.span())}
    skipped.update(m.start() for m in _UNSEEN.finditer(original))
    mixed = _mixed_words(original)
    if original.isascii() and not skipped:
        return _fold_plain(original)
    plain: list[str] = []
    marked: list[str] = []
    places: list[int] = []
    for index, char in enumerate(original):
        if index in skipped:
            continue
        char = escaped.get(index, char)
        if char.isspace():
            space = "\n" if char == "\n" else " "
            if plain and plain[-1] in " \n":
                if space == "\n":
                    plain[-1] = marked[-1] = "\n"
                continue
            plain.append(space)
            marked.append(space)
            places.append(index)
            continue
        for with_accent in _folded(char, index in mixed):
            bare = unicodedata.normalize("NFD", with_accent)[0]
            plain.append(bare)
            marked.append(with_accent)
            places.append(index)
    return Folded(original, "".join(plain), "".join(marked), tuple(places))


_SPACE = re.compile(r"\s+")


def _fold_plain(original: str) -> Folded:
    """Text that needs no more than lower case and single spaces; much faster."""
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for space in _SPACE.finditer(original):
        parts += [original[at : space.start()], "\n" if "\n" in space[0] else " "]
        places.extend(range(at, space.start() + 1))
        at = space.end()
    parts.append(original[at:])
    places.extend(range(at, len(original)))
    plain = "".join(parts).lower()
    return Folded(original, plain, plain, tuple(places))


def _unescaped(written: str) -> str:
    """The character that an escape of JSON or HTML stands for."""
    if written.startswith("\\u"):
        return chr(int(written[2:], 16))
    return html.unescape(written)[:1]


def _folded(char: str, lookalike: bool) -> str:
    if char.isascii():
        return char.lower()
    if char in _FRACTIONS:  # NFKC would join them to the digits before them
        return char
    folded = unicodedata.normalize("NFKC", char.translate(_FOLD)).casefold()
    return folded.translate(_LOOKALIKE) if lookalike else folded


def _mixed_words(text: str) -> set[int]:
    """Places in words that mix Latin letters with others: the others stand in for Latin ones."""
    if text.isascii():
        return set()
    return {
        index
        for word in re.finditer(r"[^\W\d_]+", text)
        if any("a" <= c.lower() <= "z" for c in word[0]) and any(c > "\u036f" for c in word[0])
        for index in range(*word.span())
    }
