"""From logs to rows: submit, report, and where the board is."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Literal

from cosapien import UserError
from tasks.real_model.engine import Engine
from tasks.real_model.rows.models import Model
from tasks.real_model.source import sha256


def submit(log: Path, results: Path, model: Model) -> None:
    """Add a log to a results folder, unless it is there.

    Args:
        log: A finished log.
        results: The results folder.
        model: The model, and what is said about it.

    Raises:
        UserError: The board refuses it.
    """
    if sha256(log) in _submitted(results):
        print(f"in {results} already: {log}", flush=True)
        return
    if _command("leaderboard.cli", "submit", str(log), "--dir", str(results), *model.about):
        raise UserError(f"{log}: leaderboard submit refused it, see above")


def report(log: Path) -> None:
    """Print a run's scores: one report each, since a table does not name the data.

    Raises:
        UserError: The log cannot be reported.
    """
    print(f"\ncosa report {log}\n", flush=True)
    if _command("scorers.cli", "report", str(log)):
        raise UserError(f"{log}: cosa report failed, see above")


def shipped(verb: Literal["compare", "rebuild"], results: Path, engine: Engine) -> int:
    """Compare the rows with those that come with the package, or put them among them.

    Args:
        verb: Which.
        results: The results folder.
        engine: What answered; its environment is asked, since `rebuild` notes its packages.

    Returns:
        The exit code of `python -m leaderboard.shipped`.
    """
    words = (str(engine.python), "-m", "leaderboard.shipped", verb, "--dir", str(results))
    print(f"\npython {' '.join(words[1:])}\n", flush=True)
    return subprocess.run(words, check=False).returncode


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
