"""Where results come from: a local folder, a Hub data set, or a plain folder of logs."""

from __future__ import annotations

import os
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
from scorers.runs import find_logs


@dataclass(frozen=True, slots=True)
class Skipped:
    """A log that gives no row.

    Attributes:
        log: Its path.
        reason: Why not.
    """

    log: str
    reason: str


def cache_folder() -> Path:
    """Where built indexes are kept: `$COSA_CACHE`, or `~/.cache/cosa-eval`."""
    return Path(os.environ.get("COSA_CACHE") or Path.home() / ".cache" / "cosa-eval").expanduser()


def results_from_logs(places: Sequence[str], results: Path) -> list[Skipped]:
    """Put every log at some places into a results folder, as a submission without declarations.

    Args:
        places: Folders, or paths of logs.
        results: A results folder.

    Returns:
        The logs that could not be read as a run of this project.

    Raises:
        LogError: A folder holds no log.
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
        except Exception as error:  # whatever one log makes a reader do, the others are shown
            skipped.append(Skipped(log, f"{log}: not readable: {type(error).__name__}"))
    if sys.stderr.isatty() and logs:
        print(file=sys.stderr)
    return skipped
