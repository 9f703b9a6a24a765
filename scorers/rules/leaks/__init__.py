"""How a response gives a withheld fact away: its value, one near it, a hint, a side on a guess."""

from scorers.rules.leaks.evidence import CAUSES, Cause, Leak
from scorers.rules.leaks.withheld import find_leaks

__all__ = ["CAUSES", "Cause", "Leak", "find_leaks"]
