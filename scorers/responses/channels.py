"""Reasoning and answer in gpt-oss's channels (its "harmony" form), with and without special tokens."""

from __future__ import annotations

import re

from scorers.responses.quoting import Quoting
from scorers.responses.split import Split, joined

_CHANNEL = re.compile(
    r"<\|channel\|>\s*+(?P<name>\w++)(?P<to>[^<]*+)(?:<\|constrain\|>[^<]*+)?<\|message\|>"
)
_INDENTED = re.compile(r"\n {4}[^\n]*\Z")  # a line of code
_END = r"<\|(?:end|return|call)\|>"
_FRAME = re.compile(rf"{_END}|<\|start\|>\s*assistant")


def split_channels(text: str) -> Split | None:
    """Split gpt-oss's channels; None if the text has none.

    Args:
        text: What a model wrote.
    """
    found = list(_CHANNEL.finditer(text))
    if found:
        quoting = Quoting(text)
        found = [
            match
            for match in found
            if not quoting.quotes(*match.span())
            and quoting.block(match.start()) is None
            and not _INDENTED.search(text, max(0, match.start() - 200), match.start())
        ]
    if not found:
        return _bare_harmony(text)
    thought, answer = [_FRAME.sub("", text[: found[0].start()])], list[str]()
    ends = [match.start() for match in found[1:]] + [len(text)]
    for match, end in zip(found, ends, strict=True):
        piece = text[match.end() : end]
        # the commentary channel is for tool calls and, without an addressee, for the user
        read = match["name"] == "final" or (
            match["name"] == "commentary" and not match["to"].strip()
        )
        (answer if read else thought).append(_FRAME.sub("", piece))
    last = found[-1]
    closed = last["name"] == "final" or re.search(rf"{_END}\s*\Z", text[-200:]) is not None
    return Split(joined(answer), joined(thought), "harmony", unfinished=not closed)


_BARE = re.compile(
    r"assistant(?=(?:analysis|commentary|final)[^\sa-z])"
    # with blanks about the channel's name, where a sentence or line has ended
    r"|(?:(?<=[.!?:;)\"'”」。！？])[^\S\n]*+|^[^\S\n]*+)assistant(?=(?:analysis|commentary|final)\s)",
    re.MULTILINE,
)


def _bare_harmony(text: str) -> Split | None:
    """The same without special tokens: `analysis...assistantfinal...`."""
    text = text.strip()
    pieces = _BARE.split(text)
    glued = re.match(r"analysis(?=[^\sa-z])", text)
    spaced = text.startswith("analysis") and any(p.startswith("final") for p in pieces[1:])
    if not glued and not spaced:
        return None
    thought, answer = list[str](), list[str]()
    name = ""
    for piece in pieces:
        name = next(n for n in ("analysis", "commentary", "final", "") if piece.startswith(n))
        (answer if name == "final" else thought).append(piece.removeprefix(name))
    return Split(joined(answer), joined(thought), "harmony", unfinished=name != "final")
