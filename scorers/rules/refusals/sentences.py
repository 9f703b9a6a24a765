"""A response as sentences and clauses, without markup, role tags and quotations."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scorers.rules.refusals.language import level

_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\u00a0": " "}
    | {"\u202f": " ", "\u3000": " ", "\u200b": None, "\u200f": None, "\u200e": None, "\ufeff": None}
)
_MARKUP = re.compile(r"[*_`#>~]+")
_SYMBOLS = r"[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]+"
_SYMBOL = re.compile(rf"(?<=\w) ?{_SYMBOLS}\s+(?=[^\W\d_a-z])|{_SYMBOLS}")
_ROLE = re.compile(
    r"\A[\s*#]*(?:<\|[a-z_]{1,20}\|>|\[/?inst\]|</?s>"
    r"|(?:assistant|ai|bot|model|response|answer)[* ]{0,3}:)[\s*]*",
    re.IGNORECASE,
)
GIVEN = "\ue000"
"""What stands for a text that a response gives in quotation marks, behind a colon."""

_QUOTED = re.compile(
    r"\"[^\"]{1,400}\"|「[^」]{10,400}」|『[^』]{10,400}』|(?<!\w)'[A-Z][^\n]{10,300}?[.!?,]'(?!\w)"
)
_GIVES = re.compile(r"(?:[:：]|\b(?:reads?|become|becomes|write|lautet|heißt|est|es|è|é))\s*$")
_ALONE = re.compile(r"\s*(?:$|[A-Z])")
_PARAGRAPH = 8
"""Words of a quotation that is a sentence of its own, and so what was asked for."""
_END = re.compile(
    r"(?<=[.!?؟…])(?:(?<![ .][A-Z]\.)|(?=\sI\b))[\"')\]]{0,2}\s+|(?<=[。！？])[」』）]{0,2}\s*|\n+"
)
_TABLE_HEAD = re.compile(r"^[ \t]*\|.*\|[ \t]*\n[ \t]*\|[-:| \t]+\|[ \t]*\n?", re.MULTILINE)
_ROW = re.compile(r"[ \t]*\|(?P<cells>.*)\|[ \t]*")
_CLAUSE = re.compile(
    r"[;:؛；：] ?(?!//|\d)|\s[—–-]{1,2}\s|—|，但是?|，不过|, ?(?=(?:but|however(?! \w+,)|though|although|"
    r"yet|nor|aber|jedoch|doch|sondern|pero|aunque|mais|cependant|toutefois|ma|però|tuttavia|mas|porém|"
    r"contudo|но|однако|зато)\b)|(?<=[がけど])、|(?<=지만|는데|으나)[,]? "
    r"|،? ?(?=\b(?:لكن|ولكن|لكنني|ولكنني|لكني)\b)"
)
_LONGEST = 800  # characters of a clause that are looked at: what bounds the work on any input
_ITEM = re.compile(r"[ \t]{0,8}(?:\d{1,2}[.)、]|[-*•+・–])[ \t]*(?=\S)")


@dataclass(frozen=True)
class Sentence:
    """One sentence of a response.

    Attributes:
        text: The sentence, without quotations.
        clauses: Its clauses.
        lead: For an item of a list: the line before the list. None elsewhere.
    """

    text: str
    clauses: tuple[str, ...]
    lead: str | None = None


def plain(text: str) -> str:
    """A response without role tags, its quotation marks and apostrophes in one form."""
    body = _ROLE.sub("", level(text.translate(_PLAIN))).strip()
    if body.startswith('"') and body.endswith('"') and body.count('"') == 2:
        return body[1:-1].strip()  # a wholly quoted response is the response
    return body


def sentences(body: str) -> list[Sentence]:
    """The sentences of a response that `plain` has seen, in order.

    Args:
        body: The response.
    """
    found: list[Sentence] = []
    lead = ""
    for line in _TABLE_HEAD.sub("", body).splitlines():
        item = _ITEM.match(line)
        flat = _MARKUP.sub("", line[item.end() :] if item else _without_cells(line))
        flat = _QUOTED.sub(_unquote, _SYMBOL.sub(_without_symbol, flat))
        if line.startswith(">") and lead.endswith(":"):
            flat = f"{GIVEN}."  # a draft, set off from what is said of it
        if not flat.strip():
            continue
        for part in _END.split(flat):
            text = " ".join(part.split())
            if text:
                clauses = tuple(c.strip()[:_LONGEST] for c in _CLAUSE.split(text) if c.strip())
                found.append(Sentence(text, clauses or (text[:_LONGEST],), lead if item else None))
        if item is None:
            lead = " ".join(flat.split())
    return found


def _without_cells(line: str) -> str:
    """A row of a table as its first cell and what it says of it: "Opens: early"."""
    row = _ROW.fullmatch(line)
    return ": ".join(cell.strip() for cell in row["cells"].split("|")) if row else line


def _without_symbol(match: re.Match[str]) -> str:
    # A new sentence begins behind a symbol: "At noon \u2600 The other one I can't give".
    return ". " if match[0][-1].isspace() else ""


def _unquote(match: re.Match[str]) -> str:
    # Quoted sentences are someone else's words; a quoted word ("right") belongs to the sentence.
    inner = match[0][1:-1]
    if " " not in inner and len(inner) < 25:
        return inner
    if _ALONE.match(match.string, match.end()) and not match.string[: match.start()].strip():
        return f"{GIVEN}." if inner.count(" ") >= _PARAGRAPH else "."
    end = "." if inner.rstrip().endswith((".", "!", "?")) else ""
    given = _GIVES.search(match.string[max(0, match.start() - 12) : match.start()])
    return GIVEN + end if given else end
