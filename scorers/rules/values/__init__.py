"""What a text states: money, shares, durations, quantities, times, dates, codes and words, by value."""

from scorers.rules.texts import Reading, read
from scorers.rules.values.find import find

__all__ = ["Reading", "find", "read"]
