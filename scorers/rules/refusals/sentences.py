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
_END = re.compile(r"(?<=[.!?؟…])(?<![ .][A-Z]\.)[\"')\]]{0,2}\s+|(?<=[。！？])[」』）]{0,2}\s*|\n+")
_CLAUSE = re.compile(
    r"[;:؛；：] ?(?!//|\d)|\s[—–-]{1,2}\s|—|，但是?|，不过|, ?(?=(?:but|however|though|although|yet|nor|"
    r"aber|jedoch|doch|sondern|pero|aunque|mais|cependant|toutefois|ma|però|tuttavia|mas|porém|contudo|"
    r"но|однако|зато)\b)|(?<=[がけど])、|(?<=지만|는데|으나)[,]? "
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
    for line in body.splitlines():
        item = _ITEM.match(line)
        flat = _QUOTED.sub(_unquote, _MARKUP.sub("", line[item.end() :] if item else line))
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


def _unquote(match: re.Match[str]) -> str:
    # Quoted sentences are someone else's words; a quoted word ("right") belongs to the sentence.
    inner = match[0][1:-1]
    if inner.count(" ") < 2 and len(inner) < 25:
        return inner
    before = match.string[max(0, match.start() - 2) : match.start()].rstrip()
    if not before.endswith((":", "：")):
        return ""
    return f"{GIVEN}." if inner.rstrip().endswith((".", "!", "?")) else GIVEN
