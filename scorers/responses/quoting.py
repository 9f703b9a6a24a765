"""Where a text speaks of a mark, in quotes or code, and does not use it."""

from __future__ import annotations

import re
from bisect import bisect

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_QUOTES = tuple("`'\"“”„‘’‚«»‹›「」『』")
_OPENS_MARK = tuple("<[◁")
# Pairs are told line by line, from the left; a pattern that never runs over a quote is linear.
_CODE = re.compile(r"(?<!`)(`{1,3})(?!`)[^`\n]+\1(?!`)")
_SPEECH = re.compile(r"\"[^\"\n]*\"|“[^“”\n]*”|„[^„“”\n]*[“”]|«[^«»\n]*»|「[^「」\n]*」")


class Quoting:
    """The quotations and code of one text.

    Args:
        text: What a model wrote.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._fences = [match.start() for match in _FENCE.finditer(text)]
        self._code = [match.span() for match in _CODE.finditer(text)]
        self._speech = [match.span() for match in _SPEECH.finditer(text)]

    def block(self, start: int) -> int | None:
        """Number of the code block that a place lies in; None outside.

        What follows a last, odd fence is no block.

        Args:
            start: A place in the text.
        """
        passed = bisect(self._fences, start)
        return passed // 2 if passed % 2 and passed < len(self._fences) else None

    def quotes(self, start: int, end: int) -> bool:
        """Whether a mark stands in code within a line, in quotes of its own, or first in a block quote.

        Its own are those that touch it on both sides, and those that begin with a mark
        (`"<think>...</think>"`). Other quotes may hold anything: a thought has odd ones.

        Args:
            start: Where the mark starts.
            end: Where it ends.
        """
        text = self._text
        if _covering(self._code, start) is not None:
            return True
        if text[max(0, start - 40) : start].rpartition("\n")[2].strip() == ">":
            return True
        speech = _covering(self._speech, start)
        if speech is not None and text.startswith(_OPENS_MARK, speech[0] + 1):
            return True
        if not (start and text.startswith(_QUOTES, end) and text.startswith(_QUOTES, start - 1)):
            return False
        # `"Yes."</think>"No."`: the quotes on both sides belong to others
        return not (_ends_at(self._speech, start) or _ends_at(self._code, start))


def _covering(spans: list[tuple[int, int]], place: int) -> tuple[int, int] | None:
    """The span that a place lies in."""
    number = bisect(spans, (place, -1)) - 1
    return spans[number] if number >= 0 and spans[number][1] > place else None


def _ends_at(spans: list[tuple[int, int]], place: int) -> bool:
    """Whether a span ends at a place."""
    number = bisect(spans, (place, -1)) - 1
    return number >= 0 and spans[number][1] == place
