"""The marks by which models tell reasoning from answer inside one text.

A server splits the two only where it knows the model's form (vLLM: `--reasoning-parser`); otherwise
the marks arrive as text. The forms are those of vLLM 0.32's reasoning parsers, and of models trained
to write `<answer>` around their answer. Names of tags match in any case, with any attributes.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator
from typing import Literal, NamedTuple, cast

Kind = Literal["open", "close", "answer", "end"]
"""Reasoning opens or closes; the answer starts or ends."""

_THOUGHT = (
    r"(?:seed:)?think|thinking|thoughts?|thought_process|reason|reasoning|reflection|scratchpad"
    r"|inner_monologue|internal_monologue"
)
_ANSWER = r"answer|response|final_answer|final_response|final|solution"
_FORMS: dict[str, dict[Kind, str]] = {
    "tags": {
        "open": rf"<\s*(?:{_THOUGHT})(?:\s[^<>]*)?>",
        "close": rf"<\s*/\s*(?:{_THOUGHT})\s*>",
        "answer": rf"<\s*(?:{_ANSWER})\s*>",
        "end": rf"<\s*/\s*(?:{_ANSWER})\s*>",
    },
    "brackets": {
        "open": r"\[(?:THINK|THINKING|REASONING)\]",
        "close": r"\[/(?:THINK|THINKING|REASONING)\]",
        "answer": r"\[(?:ANSWER|RESPONSE)\]",
        "end": r"\[/(?:ANSWER|RESPONSE)\]",
    },
    "tokens": {
        "open": r"◁think▷|<\|begin_of_thought\|>|<\|start_thinking\|>|<\|inner_prefix\|>"
        r"|<\|plamo:begin_think:plamo\|>|<\|open\|>\s*think\s*<\|sep\|>|<\|content_thinking\|>",
        "close": r"◁/think▷|<\|end_of_thought\|>|<\|end_thinking\|>|<\|inner_suffix\|>"
        r"|<\|plamo:end_think:plamo\|>|<\|close\|>\s*think\s*<\|sep\|>",
        "answer": r"<\|begin_of_solution\|>|<\|start_response\|>|<\|start_text\|>"
        r"|<\|open\|>\s*response\s*<\|sep\|>|<\|content_text\|>",
        "end": r"<\|end_of_solution\|>|<\|end_response\|>|<\|end_text\|>|<\|end_message\|>"
        r"|<\|close\|>\s*response\s*<\|sep\|>",
    },
    "thought channel": {  # Gemma 4
        "open": r"<\|channel>\s*(?:thought|analysis)?",
        "close": r"<channel\|>",
    },
    "words": {  # Granite 3.2
        "open": r"\A\s*Here(?:'s|’s| is) my thought process:",
        "close": r"^[ \t]*Here(?:'s|’s| is) my response:",
    },
}
_MARK = re.compile(
    "|".join(
        f"(?P<{kind}_{number}>{pattern})"
        for number, kinds in enumerate(_FORMS.values())
        for kind, pattern in kinds.items()
    ),
    re.IGNORECASE | re.MULTILINE,
)
_NAMES = tuple(_FORMS)
_OPENINGS = (
    "<think>", "<thinking>", "<thought>", "<reasoning>", "<seed:think>", "[THINK]", "◁think▷",
    "<|begin_of_thought|>", "<|START_THINKING|>", "<|channel>thought", "<|channel|>analysis",
    "<|start|>assistant",
)  # fmt: skip
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_QUOTES = tuple("`'\"“”‘’«»")


class Mark(NamedTuple):
    """One mark in a text.

    Attributes:
        kind: What it does.
        form: Its family; what one opens, only a mark of the same family closes.
        start: Where it starts in the text.
        end: Where it ends.
        quoted: Whether it stands in quotes, so that the text only speaks of it.
        block: Number of the code block it stands in; None outside.
        leads: Whether nothing but blanks stands before it on its line.
    """

    kind: Kind
    form: str
    start: int
    end: int
    quoted: bool
    block: int | None
    leads: bool


def marks(text: str) -> Iterator[Mark]:
    """The marks of a text, in order.

    Args:
        text: What a model wrote.
    """
    fences = [match.start() for match in _FENCE.finditer(text)]
    for match in _MARK.finditer(text):
        assert match.lastgroup is not None
        kind, _, number = match.lastgroup.partition("_")
        start, end = match.span()
        passed = bisect(fences, start)
        yield Mark(
            kind=cast(Kind, kind),
            form=_NAMES[int(number)],
            start=start,
            end=end,
            quoted=text.startswith(_QUOTES, start - 1 if start else 0)
            and text.startswith(_QUOTES, end),
            # between two fences; what follows a last, odd fence is no block
            block=passed // 2 if passed % 2 and passed < len(fences) else None,
            leads=not text[text.rfind("\n", 0, start) + 1 : start].strip(),
        )


def starts_a_mark(text: str) -> bool:
    """Whether a whole text is the beginning of an opening mark, cut off.

    Args:
        text: What a model wrote.
    """
    stem = text.strip()
    return bool(stem) and any(
        len(stem) < len(opening) and opening.lower().startswith(stem.lower())
        for opening in _OPENINGS
    )
