"""Starts the app."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from leaderboard.app.environment import INDEX, RESULTS, SOURCE
from leaderboard.board.index_file import Index
from leaderboard.errors import SubmissionError

MAIN = Path(__file__).parent / "main.py"
REVIEW = Path(__file__).parent / "views" / "review.py"

_LOOKING = Lock()


@dataclass(frozen=True, slots=True)
class Source:
    """The source of the results folder; without one, submissions are added to it directly.

    Attributes:
        repo: Hub data set repository.
        revision: Its branch, commit or pull request.
        logs: Logs, or folders of them.
        into: Results folder for the submissions of `logs`, if the board shows another one until there
            are some; None: the one it shows.
    """

    repo: str | None = None
    revision: str = "main"
    logs: tuple[str, ...] = ()
    into: str | None = None


def serve(
    index: Index, results: Path, *, port: int, address: str, source: Source | None = None
) -> int:
    """Run the app until it is stopped.

    Args:
        index: The index to show.
        results: The results folder, which has the texts.
        port: Port to listen on.
        address: Address to listen on; 127.0.0.1 keeps it on this machine.
        source: The source to check when a visitor asks for new submissions.

    Returns:
        The server's exit status.
    """
    import subprocess

    environment = {
        # return memory to the system after a search of all texts: a third of the server's memory
        "MALLOC_ARENA_MAX": "2",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        **os.environ,
        INDEX: str(index.path.resolve()),
        RESULTS: str(results.resolve()),
        SOURCE: json.dumps(asdict(source or Source())),
    }
    try:
        return subprocess.run(command(port, address), env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0


def look_again() -> None:
    """Show new submissions on every page to every visitor. Runs in the server's process.

    A new index is built beside the old one; without new submissions, it is the old one.

    Raises:
        SubmissionError: The Hub refuses or cannot be reached, or the index cannot be written. The
            old index is kept.
        LogError: A folder no longer contains a log. The old index is kept.
    """
    from leaderboard.board.build import build_index
    from leaderboard.intake.collect import results_from_logs
    from leaderboard.results.hub import fetch_results
    from leaderboard.results.submission import submission_folders

    with _LOOKING:
        source = Source(**json.loads(os.environ.get(SOURCE, "{}")))
        results = Path(os.environ[RESULTS])
        if source.repo is not None:
            fetched = fetch_results(source.repo, source.revision)
            if not fetched.fresh:  # the board already shows what was fetched last
                raise SubmissionError(f"{source.repo}: the Hub cannot be reached; try again later")
            results = fetched.folder.resolve()
        elif source.logs:
            into = Path(source.into) if source.into else results
            results_from_logs(_unread(source.logs, into), into)
            results = into if next(submission_folders(into), None) else results
        index = build_index(results, Path(os.environ[INDEX]).parent)
        # in this order: a page rendered in between finds its rows in the newer folder too, since
        # nothing is ever removed
        os.environ[RESULTS] = str(results)
        os.environ[INDEX] = str(index.path.resolve())


def _unread(places: Sequence[str], results: Path) -> list[str]:
    """The logs of some places that have no submission yet."""
    from leaderboard.results.submission import read_submission, sha256, submission_folders
    from scorers.runs import find_logs

    read = {read_submission(made).manifest.log_sha256 for made in submission_folders(results)}
    return [
        log for log in find_logs(places) if Path(log).is_file() and sha256(Path(log)) not in read
    ]


def command(port: int, address: str, page: Path = MAIN) -> list[str]:
    """The command that runs the Streamlit server.

    Args:
        port: Port to listen on.
        address: Address to listen on.
        page: The page to run; the board by default.
    """
    options = {
        "server.port": port,
        "server.address": address,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.maxUploadSize": 500,
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(page), *words]
