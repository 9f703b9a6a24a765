"""The marks by which models tell reasoning from answer inside one text.

A server splits the two only where it knows the model's form (vLLM: `--reasoning-parser`); otherwise
the marks arrive as text. The forms are those of vLLM 0.32's reasoning parsers, and of models trained
to write `<answer>` around their answer. Names of tags match in any case, with any attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, cast

from scorers.responses.quoting import Quoting

Kind = Literal["open", "close", "answer", "end"]
"""Reasoning opens or closes; the answer starts or ends."""

_TAGS: dict[str, Kind] = {
    "think": "open",
    "thinking": "open",
    "thought": "open",
    "thoughts": "open",
    "thought_process": "open",
    "thinking_process": "open",
    "reason": "open",
    "reasoning": "open",
    "reflection": "open",
    "scratchpad": "open",
    "inner_monologue": "open",
    "internal_monologue": "open",
    "inner_thoughts": "open",
    "chain_of_thought": "open",
    "cot": "open",
    "answer": "answer",
    "response": "answer",
    "final_answer": "answer",
    "final_response": "answer",
    "final": "answer",
    "solution": "answer",
}
"""What a tag of this name does, without attributes or, where reasoning opens, with them."""
_FORMS: dict[str, dict[Kind, str]] = {
    "brackets": {
        "open": r"\[(?:THINK|THINKING|REASONING)\]",
        "close": r"\[/(?:THINK|THINKING|REASONING)\]",
        "answer": r"\[(?:ANSWER|RESPONSE)\]",
        "end": r"\[/(?:ANSWER|RESPONSE)\]",
    },
    "tokens": {
        "open": r"◁think▷|<\|begin_of_thought\|>|<\|start_thinking\|>|<\|inner_prefix\|>"
        r"|<\|plamo:begin_think:plamo\|>|<\|open\|>\s*think\s*<\|sep\|>|<\|content_thinking\|>"
        r"|<\|think\|>|<\|im_start\|>\s*think\b",  # s1
        "close": r"◁/think▷|<\|/(?:think|thinking|thought|reasoning)\|>"
        r"|<\|end_of_thought\|>|<\|end_thinking\|>|<\|inner_suffix\|>"
        r"|<\|plamo:end_think:plamo\|>|<\|close\|>\s*think\s*<\|sep\|>"
        r"|(?:<\|end\|>\s*)?<\|begin\|>\s*assistant\s*<\|content\|>",  # Solar Open
        "answer": r"<\|begin_of_solution\|>|<\|start_response\|>|<\|start_text\|>"
        r"|<\|open\|>\s*response\s*<\|sep\|>|<\|content_text\|>|<\|im_start\|>\s*answer\b",
        "end": r"<\|end_of_solution\|>|<\|end_response\|>|<\|end_text\|>|<\|end_message\|>"
        r"|<\|close\|>\s*response\s*<\|sep\|>",
    },
    "thought channel": {  # Gemma 4
        "open": r"<\|channel>\s*(?:thought|analysis)?",
        "close": r"<channel\|>",
    },
    "recipients": {  # Muse
        "open": r"(?:<\|start\|>\s*assistant\s+)?to=self<\|message\|>",
        "close": r"<\|eom\|>",
        "answer": r"(?:<\|start\|>\s*assistant\s+)?to=user<\|message\|>",
        "end": r"<\|eot\|>",
    },
    "unused": {  # MedGemma; openPangu
        "open": r"<unused94>(?:thought\b)?|\[unused16\]",
        "close": r"<unused95>|\[unused17\]",
    },
    "box": {  # GLM-4.5V
        "answer": r"<\|begin_of_box\|>",
        "end": r"<\|end_of_box\|>",
    },
    "words": {  # Granite 3.2
        "open": r"\A\s*Here(?:'s|’s| is) my thought process:",
        "close": r"^[ \t]*Here(?:'s|’s| is) my response:",
    },
}
# <seed:think>, <longcat_think>, <think:6124c78e>, <ifm|think_fast>
# <internal_reasoning>, <antThinking>
_THINKS = re.compile(
    r"[a-z]+[:_]think|think[:_][a-z\d]+|ifm\|think(?:_[a-z]+)?"
    r"|(?:inner|internal|private|hidden|ant)_?(?:thinking|thoughts?|reasoning|monologue)"
)
_NAMES = tuple(_FORMS)
_OTHER = re.compile(
    "|".join(
        f"(?P<{kind}_{number}>{pattern})"
        for number, kinds in enumerate(_FORMS.values())
        for kind, pattern in kinds.items()
    ),
    re.IGNORECASE | re.MULTILINE,
)
# Where a mark may start. This one look decides nearly every place, so that a megabyte of brackets takes
# no longer than a megabyte of prose; nothing in it is read twice.
_PLACE = re.compile(
    r"<\s*+(?P<slash>/?)\s*+(?P<name>(?=[a-z]{3}|mm:)[a-z]++(?:[-:_|][a-z\d]++)*+)(?P<more>(?:\s[^<>]*+)?)>"
    r"|(?P<other><(?=\|/?[a-z:_]++\|?>|channel\|>|unused9[45]>)|◁(?=/?think▷)"
    r"|\[(?=/?[tra][a-z]{4,8}\]|unused1[67]\])|to=(?=(?:self|user)<\|message)"
    r"|^[ \t]*+(?=here)|\A\s*+(?=here(?:'s|’s| is) my thought))",
    re.IGNORECASE | re.MULTILINE,
)
_OPENINGS = (
    "<think>", "<thinking>", "<thought>", "<reasoning>", "<seed:think>", "[THINK]", "◁think▷",
    "<|begin_of_thought|>", "<|START_THINKING|>", "<|channel>thought", "<|channel|>analysis",
    "<|start|>assistant",
)  # fmt: skip


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
    quoting = Quoting(text)
    passed = 0
    for place in _PLACE.finditer(text):
        slash, name, more = place.group("slash", "name", "more")
        kind: Kind | None
        if name is not None:
            kind, form, (start, end) = _tag(slash, name.lower(), more), "tags", place.span()
        elif other := _OTHER.match(text, place.start()):
            assert other.lastgroup is not None
            named, _, number = other.lastgroup.partition("_")
            kind, form, (start, end) = cast(Kind, named), _NAMES[int(number)], other.span()
        else:
            continue
        if kind is None:
            continue
        newline = text.rfind("\n", passed, start)
        leads = (newline >= 0 or not passed) and not text[newline + 1 : start].strip()
        quoted, block = quoting.quotes(start, end), quoting.block(start)
        yield Mark(kind, form, start, end, quoted, block, leads)
        passed = end


def _tag(slash: str, name: str, more: str) -> Kind | None:
    """What a tag does; None for one that is no mark."""
    name = name.replace("-", "_")
    kind = _TAGS.get(name) or ("open" if _THINKS.fullmatch(name) else None)
    if kind == "open" and not slash:
        return None if more.endswith("/") else kind
    if kind is None or more.strip():  # attributes
        return None
    return ("close" if kind == "open" else "end") if slash else kind


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
