"""Which versions of the tasks a board reads."""

from __future__ import annotations

import re

from cosapien.versions import TASK_VERSIONS

TASKS = {task: TASK_VERSIONS[task] for task in ("cosapien", "cosalign_test")}
"""Tasks of a board, with the version that new rows have."""


def is_older(task: str, version: str) -> bool:
    """Whether a task's version is an earlier one, whose rows are read but not compared with new ones.

    Args:
        task: `cosapien` or `cosalign_test`.
        version: Version of the row, such as `1-B`.
    """
    read, known = _VERSION.fullmatch(version), _VERSION.fullmatch(TASKS.get(task, ""))
    if read is None or known is None:
        return False
    return (int(read[1]), read[2]) < (int(known[1]), known[2])


_VERSION = re.compile(r"([1-9][0-9]{0,3})-([A-Z])", re.ASCII)
