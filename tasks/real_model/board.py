"""From logs to rows: submit, report, and where the board is."""

import json
import subprocess
import sys
from pathlib import Path

from cosapien import UserError
from tasks.real_model.source import Source, sha256


def submit(log: Path, results: Path, source: Source) -> None:
    """Add a log to a results folder, unless it is there.

    Args:
        log: A finished log.
        results: The results folder.
        source: What is said about the model.

    Raises:
        UserError: The board refuses it.
    """
    if sha256(log) in _submitted(results):
        print(f"in {results} already: {log}", flush=True)
        return
    words = ["submit", str(log), "--dir", str(results), "--training-data", "not known"]
    words += ["--model-url", source.card]
    words += ["--notes", f"{Path(source.gguf).name} of {source.requirement} (PyPI), as float32"]
    if _command("leaderboard.cli", *words):
        raise UserError(f"{log}: leaderboard submit refused it, see above")


def report(log: Path) -> None:
    """Print a run's scores: one report each, since a table does not name the data.

    Raises:
        UserError: The log cannot be reported.
    """
    print(f"\ncosa report {log}\n", flush=True)
    if _command("scorers.cli", "report", str(log)):
        raise UserError(f"{log}: cosa report failed, see above")


def serve(results: Path) -> int:
    """Open the board in a browser on this machine, until it is interrupted.

    Returns:
        The exit code of `leaderboard serve`.
    """
    return _command("leaderboard.cli", "serve", "--dir", str(results))


def _submitted(results: Path) -> set[str]:
    """Hashes of the logs that the submissions of a folder were made from."""
    found = set()
    for path in results.glob("data/*/*/*/submission.json"):
        try:
            found.add(str(json.loads(path.read_text("utf-8"))["log_sha256"]))
        except (OSError, ValueError, KeyError, TypeError):  # the board names what it cannot read
            continue
    return found


def _command(module: str, *words: str) -> int:
    return subprocess.run([sys.executable, "-m", module, *words], check=False).returncode
