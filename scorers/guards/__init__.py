"""Guard models: how they are asked, how their answers are read, how they score."""

from scorers.guards.formats import GUARD_FORMATS, GuardFormat, register_guard_format
from scorers.guards.score import ask_guard, guard_score

__all__ = ["GUARD_FORMATS", "GuardFormat", "ask_guard", "guard_score", "register_guard_format"]
