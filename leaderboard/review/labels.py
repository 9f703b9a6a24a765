"""A reviewer's labels, appended one line at a time.

`FOLDER/<reviewer>.jsonl` only grows: each label, changed label or withdrawn label is a new line, and
is on the disk before the next response is shown. A line cut short by a power failure was never
confirmed; the next one replaces it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

from filelock import FileLock
from pydantic import Field

from leaderboard.errors import SubmissionError
from leaderboard.results.parts import Line, Moment, Part
from leaderboard.review.sample import REVIEWER
from leaderboard.untrusted.json import SchemaError, check_json, parse_record, read_bounded

MAX_LABELS_BYTES = 200_000_000
RATING = 5
"""The best helpfulness; the worst is 0."""


class Opinion(Part):
    """A person's label of one response.

    Attributes:
        response: Its id.
        compliant: Whether it complies with its config; None: cannot say.
        helpfulness: From 0 to 5.
        refused: Whether it is a full refusal.
        comment: Free text.
        at: When (UTC).
    """

    response: Line
    compliant: bool | None
    helpfulness: Annotated[int, Field(ge=0, le=RATING)]
    refused: bool
    comment: Annotated[str, Field(max_length=5_000)] = ""
    at: Moment


class Withdrawal(Part):
    """A withdrawn label.

    Attributes:
        withdrawn: Id of the response.
        at: When (UTC).
    """

    withdrawn: Line
    at: Moment


def labels_path(folder: Path, reviewer: str) -> Path:
    """The file of a reviewer's labels.

    Args:
        folder: The review's folder.
        reviewer: The reviewer.

    Raises:
        SubmissionError: The name cannot be used as a file name.
    """
    if not REVIEWER.fullmatch(reviewer):
        raise SubmissionError(
            f"reviewer {ascii(reviewer)[:80]}: expected 1 to 40 characters from a-z, 0-9, - and _, "
            "starting with a letter or digit"
        )
    return folder / f"{reviewer}.jsonl"


def append(path: Path, line: Opinion | Withdrawal) -> None:
    """Add a line, and return only when it is on the disk.

    Args:
        path: A reviewer's file; made if it is missing.
        line: What to add.

    Raises:
        SubmissionError: It cannot be written.
    """
    content = line.model_dump_json().encode() + b"\n"
    try:
        with FileLock(path.with_name(f".{path.name}.lock")), path.open("a+b") as file:
            file.seek(0)
            whole = _whole(file.read())
            file.truncate(whole)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if not whole and os.name != "nt":  # a new file's name is on the disk once its folder is
            folder = os.open(path.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
    except OSError as error:
        raise SubmissionError(f"{path}: {error.strerror or error}") from error


def read_labels(path: Path, known: Collection[str]) -> dict[str, Opinion]:
    """A reviewer's current labels, in the order they were given.

    Args:
        path: The reviewer's file; if missing, nothing is labelled yet.
        known: Ids of the review's responses.

    Raises:
        SubmissionError: A line is malformed, or is about a response of another review.
    """
    if not path.exists():
        return {}
    try:
        content = read_bounded(path, MAX_LABELS_BYTES)
    except SubmissionError as error:
        raise SubmissionError(f"{path}: {error}") from error
    found: dict[str, Opinion] = {}
    for number, text in enumerate(content[: _whole(content)].splitlines(), start=1):
        line = _line(f"{path} line {number}", text)
        ident = line.response if isinstance(line, Opinion) else line.withdrawn
        if ident not in known:
            raise SubmissionError(
                f"{path} line {number}: {ascii(ident)[:100]} is not in this review"
            )
        found.pop(ident, None)
        if isinstance(line, Opinion):
            found[ident] = line
    return found


def read_all(folder: Path, known: Collection[str]) -> dict[str, dict[str, Opinion]]:
    """All labels, by reviewer; reviewers without labels are left out.

    Args:
        folder: The review's folder.
        known: Ids of its responses.

    Raises:
        SubmissionError: A file is malformed.
    """
    paths = [path for path in sorted(folder.glob("*.jsonl")) if REVIEWER.fullmatch(path.stem)]
    found = {path.stem: read_labels(path, known) for path in paths}
    return {reviewer: labels for reviewer, labels in found.items() if labels}


def _whole(content: bytes) -> int:
    """The length of a file's whole lines."""
    return content.rfind(b"\n") + 1


def _line(where: str, text: bytes) -> Opinion | Withdrawal:
    try:
        check_json(text)  # before json.loads, which deep nesting would crash
        found = json.loads(text)
        if isinstance(found, dict) and "withdrawn" in found:
            return parse_record(text, Withdrawal)
        return parse_record(text, Opinion)
    except SchemaError as error:
        raise SubmissionError(f"{where}: {error}") from error
    except (SubmissionError, ValueError) as error:
        raise SubmissionError(f"{where}: {error}; expected a label as JSON") from error
