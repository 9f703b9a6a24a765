"""A text as the rules judge reads it."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from scorers.rules.texts.folded import Folded, fold
from scorers.rules.texts.numbers import in_digits


@dataclass(frozen=True, eq=False)
class Reading(Folded):
    """A folded text, which also knows itself with number words in digits."""

    @cached_property
    def digits(self) -> "Reading":
        """The same with number words in digits; its spans are spans of the same original."""
        text, places = self._in_digits
        return Reading(self.original, text, text, tuple(self.places[i] for i in places))

    def from_digits(self, start: int, end: int) -> tuple[int, int]:
        """A span of `digits.plain` as a span of `plain`."""
        places = self._in_digits[1]
        return places[start], places[max(start, end - 1)] + 1

    @cached_property
    def _in_digits(self) -> tuple[str, list[int]]:
        return in_digits(self)


@lru_cache(maxsize=4096)
def read_evidence(text: str) -> Reading:
    """The same of evidence, which is short and is looked for in every response.

    Args:
        text: A phrase, a value or a guess of a record.
    """
    return read(text)


def read(text: str) -> Reading:
    """Make a text comparable.

    Args:
        text: A response, or evidence; any text.
    """
    folded = fold(text)
    return Reading(folded.original, folded.plain, folded.marked, folded.places)
