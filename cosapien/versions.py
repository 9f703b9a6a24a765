"""Comparability versions of the tasks, and the data each runs on by default.

Tasks carry them, and the leaderboard, which does not import tasks, checks submissions against them.
"""

from collections.abc import Mapping
from types import MappingProxyType

TASK_VERSIONS: Mapping[str, str] = MappingProxyType(
    {"cosapien": "2-C", "cosalign_test": "2-B", "guard": "1-A", "judge_agreement": "1-A"}
)
"""By task name. The number rises when scores stop being comparable, the letter when a
parameter, or its default, means something else."""

DEFAULT_DATA: Mapping[str, str] = MappingProxyType(
    {
        "cosapien": "microsoft/CoSApien",
        "cosalign_test": "microsoft/CoSAlign-Test",
        "guard": "microsoft/CoSApien",
    }
)
"""By task name: the value of `dataset` if none is given."""
