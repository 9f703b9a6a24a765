"""A response made comparable: case, width, accents and markup folded, numbers found."""

from scorers.rules.texts.folded import Token
from scorers.rules.texts.numbers import Number, numbers
from scorers.rules.texts.reading import Reading, read, read_evidence

__all__ = ["Number", "Reading", "Token", "numbers", "read", "read_evidence"]
