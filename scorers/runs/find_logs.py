"""Finding the logs in folders, without those of unfinished runs that were finished later."""

import re
from collections.abc import Sequence
from pathlib import Path

from inspect_ai.log import EvalLog, read_eval_log

from scorers.runs.logs import LogError


def find_logs(places: Sequence[str]) -> list[str]:
    """The logs at some places, in their order.

    A folder means every log in it and below, `.eval` or `.json`, except those of unfinished runs that
    were finished later: `inspect eval-set` and `eval-retry` leave them beside the new ones.

    Args:
        places: Folders, paths of logs, or any URL Inspect can read.

    Raises:
        LogError: A folder contains no log.
    """
    return [log for place in places for log in _logs_at(place)]


def is_same_log(a: str, b: str) -> bool:
    """Whether two spellings of a path mean the same log.

    Args:
        a: A path or URL.
        b: Another.
    """
    return _path(a).expanduser().resolve() == _path(b).expanduser().resolve()


def _logs_at(place: str) -> list[str]:
    folder = _path(place)
    if not folder.is_dir():
        return [place]
    found = [path for path in folder.rglob("*") if path.suffix == ".eval" or _is_json_log(path)]
    logs = sorted(map(str, found))
    if not logs:
        raise LogError(f"{place}: no .eval logs in this folder, and no .json logs")
    headers = {log: _header(log) for log in logs}
    finished = {h.eval.task_id for h in headers.values() if h and h.status == "success"}
    return [
        log
        for log, header in headers.items()
        if header is None or header.status == "success" or header.eval.task_id not in finished
    ]


def _is_json_log(path: Path) -> bool:
    """Whether a file begins as Inspect's JSON logs do; a folder may hold other JSON."""
    if path.suffix != ".json" or not path.is_file():
        return False
    with path.open("rb") as file:
        return _JSON_LOG.match(file.read(200)) is not None


_JSON_LOG = re.compile(rb'\s*\{\s*"version"\s*:\s*\d+\s*,\s*"status"\s*:')


def _header(log: str) -> EvalLog | None:
    """A log's header; None if it cannot be read (reading the log then reports why)."""
    try:
        return read_eval_log(log, header_only=True)
    except Exception:  # zip, JSON and file system faults of every kind
        return None


def _path(place: str) -> Path:
    return Path(place.removeprefix("file://"))
