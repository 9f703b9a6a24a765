"""Starting the app."""

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
    """Where the results folder is filled from; nothing: submissions are added to it directly.

    Attributes:
        repo: A Hub data set repository.
        revision: Its branch, commit or pull request.
        logs: Logs, or folders of them.
    """

    repo: str | None = None
    revision: str = "main"
    logs: tuple[str, ...] = ()


def serve(
    index: Index, results: Path, *, port: int, address: str, source: Source | None = None
) -> int:
    """Run the app until it is stopped.

    Args:
        index: What it shows.
        results: The results folder, where the texts are.
        port: Port to listen on.
        address: Address to listen on; 127.0.0.1 keeps it on this machine.
        source: Where to look when a visitor asks for new submissions.

    Returns:
        The server's exit status.
    """
    import subprocess

    environment = {
        # what a search of all texts has read is given back: a third of the server's memory
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
    """Show what has come since, on every page and to every visitor: for the server's process.

    The index is built beside the old one. Where nothing has come it is the old one.

    Raises:
        SubmissionError: The Hub refuses or cannot be reached, or the index cannot be written. The
            old one stays.
        LogError: A folder holds no log any more. The old one stays.
    """
    from leaderboard.board.build import build_index
    from leaderboard.intake.collect import results_from_logs
    from leaderboard.results.hub import fetch_results

    with _LOOKING:
        source = Source(**json.loads(os.environ.get(SOURCE, "{}")))
        results = Path(os.environ[RESULTS])
        if source.repo is not None:
            fetched = fetch_results(source.repo, source.revision)
            if not fetched.fresh:  # what was fetched last is what the board shows already
                raise SubmissionError(f"{source.repo}: the Hub cannot be reached; try again later")
            results = fetched.folder.resolve()
        elif source.logs:
            results_from_logs(_unread(source.logs, results), results)
        index = build_index(results, Path(os.environ[INDEX]).parent)
        # in this order: a page that is drawn meanwhile finds its rows in the newer folder too,
        # since nothing is ever taken away
        os.environ[RESULTS] = str(results)
        os.environ[INDEX] = str(index.path.resolve())


def _unread(places: Sequence[str], results: Path) -> list[str]:
    """The logs at some places that no submission was made of yet."""
    from leaderboard.results.submission import read_submission, sha256, submission_folders
    from scorers.runs import find_logs

    read = {read_submission(made).manifest.log_sha256 for made in submission_folders(results)}
    return [
        log for log in find_logs(places) if Path(log).is_file() and sha256(Path(log)) not in read
    ]


def command(port: int, address: str, page: Path = MAIN) -> list[str]:
    """The Streamlit server as a command.

    Args:
        port: Port to listen on.
        address: Address to listen on.
        page: What it runs; the board by default.
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
