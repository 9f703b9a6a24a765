"""Submissions from plain logs."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cosapien import UserError
from leaderboard.intake.from_log import submission_from_log
from leaderboard.intake.log_guard import guard_log
from leaderboard.results.manifest import Declared
from leaderboard.results.submission import add_submission
from scorers.runs import LogError, find_logs


@dataclass(frozen=True, slots=True)
class Skipped:
    """A log without a row.

    Attributes:
        log: Its path.
        reason: Why it has none.
    """

    log: str
    reason: str


def any_log(places: Sequence[str]) -> bool:
    """Whether there is a log at one of some places at least; an address counts as one.

    Args:
        places: Folders, or paths or addresses of logs.
    """
    return any(map(_has_log, places))


def _has_log(place: str) -> bool:
    try:
        found = find_logs([place])
    except LogError:
        return False
    return any(Path(log).is_file() or "://" in log for log in found)


def results_from_logs(places: Sequence[str], results: Path) -> list[Skipped]:
    """Add all logs of some places to a results folder, as submissions without declarations.

    Args:
        places: Folders, or paths of logs.
        results: A results folder.

    Returns:
        The logs that could not be read as a run of this project.

    Raises:
        LogError: A folder contains no log.
    """
    skipped = []
    logs = find_logs(places)
    for done, log in enumerate(logs, start=1):
        if sys.stderr.isatty():
            print(f"\rreading log {done} of {len(logs)}", end="", file=sys.stderr, flush=True)
        try:
            if (path := Path(log.removeprefix("file://"))).is_file():
                guard_log(path)
            with tempfile.TemporaryDirectory() as staging:
                made = submission_from_log(log, Declared(), Path(staging) / "made")
                add_submission(made, results)
        except UserError as error:
            skipped.append(Skipped(log, str(error)))
        except Exception as error:  # one bad log must not hide the others
            skipped.append(Skipped(log, f"{log}: not readable: {type(error).__name__}"))
    if sys.stderr.isatty() and logs:
        print(file=sys.stderr)
    return skipped
