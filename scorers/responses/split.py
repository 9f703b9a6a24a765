"""A response's text in its two parts: reasoning and answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Split:
    """A response's text in its two parts.

    Attributes:
        answer: What the user reads, without blanks at its ends; the whole text, as it is, if it has
            no reasoning. Tokens that start or end a turn are left out in any case.
        reasoning: What the model thought; empty if it wrote none into the text.
        form: The marks' form, such as `tags` or `harmony`; None if the text has no marks.
        unfinished: Whether the text ends inside its reasoning.
        opened: False if a closing mark stands alone: the chat template had opened the reasoning.
    """

    answer: str
    reasoning: str
    form: str | None
    unfinished: bool = False
    opened: bool = True


def joined(pieces: Sequence[str]) -> str:
    """Pieces of a text without the blanks at their ends, as paragraphs; empty ones are left out.

    Args:
        pieces: The pieces, in order.
    """
    return "\n\n".join(piece.strip() for piece in pieces if piece.strip())
