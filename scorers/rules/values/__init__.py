"""What a text states: numbers, money, units, times, dates, codes and words, compared by value."""

from scorers.rules.values.find import find
from scorers.rules.values.reading import Reading, read

__all__ = ["Reading", "find", "read"]
