"""What a judge says itself, told from its reasoning and from what it quotes of the response."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from scorers.questions.conclusions import TELLS
from scorers.responses.marks import marks
from scorers.responses.reasoning import split_reasoning

Verdict = TypeVar("Verdict")

BLOCK_QUOTE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_QUOTED = re.compile(r"\"[^\"]*\"|“[^“”]*”|«[^«»]*»|„[^„“”]*[“”]")
_DECORATION = str.maketrans("", "", "*_`")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_ALIASES = {
    **dict(zip("012345", ("zero", "one", "two", "three", "four", "five"), strict=True)),
    "yes": r"yes|true|compl(?:y|ies|iant)|address(?:es|ed)",
    "no": r"no|not|false|violat\w+",
}
"""How a response may name a verdict that a judge then writes out in its form."""
_ANNOUNCES = re.compile(
    rf"(?:{TELLS}|\b(?:clos|end|finish|conclud|open|start|begin|add)\w* (?:with|by|this|the)"
    r"|\b(?:ends|adds|concludes|last (?:line|words?|sentence) (?:is|are|was|were)))\b.*:$"
)
_OWN = re.compile(r"\b(?:i|my|verdict|rating|answer)\b")


# A quick look before the thorough one of `marks`: most answers hold no mark.
_MAY_BE_MARKED = re.compile(
    r"[<◁]|\[/?(?:think|reasoning|answer|response)|my (?:thought process|response):|\A\s*analysis",
    re.IGNORECASE,
)


def read_behind_reasoning(
    text: str, quoted: str, read: Callable[[str], Verdict | None]
) -> Verdict | None:
    """The verdict in what a judge's answer says behind its reasoning.

    A judge may quote the response between `<response>` marks, so these do not make an answer here. And
    the response may itself hold a mark that ends reasoning: then the verdict has to be the same with
    and without what stands before the mark.

    Args:
        text: The judge's whole answer.
        quoted: The judged response.
        read: Reads an answer without reasoning.
    """
    if not _MAY_BE_MARKED.search(text):
        return read(text)
    kept, at = list[str](), 0
    for mark in marks(text):
        if mark.kind in ("answer", "end") and mark.form in ("tags", "brackets"):
            kept.append(text[at : mark.start])
            at = mark.end
    text = " ".join([*kept, text[at:]])
    split = split_reasoning(text)
    if split.unfinished:
        return None
    verdict = read(split.answer)
    if split.form is not None and any(True for _ in marks(quoted)):
        return verdict if read(text) == verdict else None
    return verdict


def names(quoted: str, verdict: str) -> bool:
    """Whether a response names a verdict, in any form."""
    words = rf"(?<!\w)(?:{_ALIASES.get(verdict, re.escape(verdict))})(?!\w)"
    digits = rf"(?<!\d){verdict}(?!\d)" if verdict.isdecimal() else words
    return re.search(f"{words}|{digits}", folded(quoted)) is not None


def folded(text: str) -> str:
    """A text without invisible characters, in NFKC form and lower case."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def without(text: str, quoted: str) -> str:
    """The text without verbatim copies of the quoted response.

    A short response is kept: it could be equal to the judge's last line, which would then be removed.
    """
    quoted = quoted.strip()
    return text.replace(quoted, " ") if len(quoted) > 40 else text


def unquoted(text: str, quoted: str) -> str:
    """The text without quotations and without copies of the quoted response.

    Both kinds of quotation are found in the same text: removing one kind first could delete the
    closing mark of the other and expose the quoted text.
    """
    text = _unannounced(without(text, quoted), quoted)
    spans = [m.span() for kind in (_QUOTED, BLOCK_QUOTE) for m in kind.finditer(text)]
    kept, at = [], 0
    for begin, end in sorted(spans):
        kept.append(text[at:begin])
        at = max(at, end)
    return " ".join([*kept, text[at:]])


def _unannounced(text: str, quoted: str) -> str:
    """The text without lines of the quoted response that it announces (`It ends with:`)."""
    if not quoted.strip():
        return text
    theirs = {plain(line) for line in quoted.splitlines()}
    lines, announced, first = list[str](), False, False
    whole = text.splitlines()
    last = max((n for n, line in enumerate(whole) if line.strip()), default=-1)
    for number, line in enumerate(whole):
        said = plain(line)
        # the last line is the judge's own, unless it stands right under the announcement
        if announced and said in theirs and (first or number != last):
            first = False
            continue
        lines.append(line)
        first = False
        if said:
            first = announced = (
                _ANNOUNCES.search(said[-200:]) is not None and _OWN.search(said[-60:]) is None
            )
    return "\n".join(lines)


def plain(line: str) -> str:
    """A line without Markdown decoration and surrounding space, lower-cased."""
    return line.translate(_DECORATION).strip().lstrip("#-•").strip().casefold()
