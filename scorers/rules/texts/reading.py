"""A text as the rules judge reads it."""

from dataclasses import dataclass
from functools import cached_property

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

    @property
    def digits_places(self) -> list[int]:
        """For each character of `digits.plain`, its index in `plain`."""
        return self._in_digits[1]

    @cached_property
    def _in_digits(self) -> tuple[str, list[int]]:
        return in_digits(self)


def read(text: str) -> Reading:
    """Make a text comparable.

    Args:
        text: A response, or evidence; any text.
    """
    folded = fold(text)
    return Reading(folded.original, folded.plain, folded.marked, folded.places)
