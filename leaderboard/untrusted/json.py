"""Reading untrusted JSON into the strict records of `leaderboard.results.manifest`."""

import json
import math
from pathlib import Path
from typing import NoReturn

from leaderboard.errors import SubmissionError

MAX_DIGITS = 20
"""Of a whole number; one of 64 bits has no more."""


def read_bounded(path: Path, limit: int) -> bytes:
    """The content of an untrusted file.

    Args:
        path: The file.
        limit: Most bytes it may have.

    Raises:
        SubmissionError: It is missing, too large, or no file: a pipe or a device would be read
            without end.
    """
    try:
        if not path.is_file():
            raise SubmissionError("not a file" if path.exists() else "no such file")
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise SubmissionError(error.strerror or str(error)) from error
    if len(content) > limit:
        raise SubmissionError(f"over {limit:,} bytes")
    return content


def check_json(text: str | bytes) -> None:
    """Refuse JSON that two readers could read in two ways, or that has numbers without bounds.

    Args:
        text: JSON, if it is; what is none is left to the reader of the records to say.

    Raises:
        SubmissionError: A name stands twice in one object, a number is NaN, infinite or has too many
            digits, or it is nested too deeply.
    """
    try:
        json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_not_finite,
            parse_float=_finite,
            parse_int=_whole,
        )
    except RecursionError as error:
        raise SubmissionError("nested too deeply") from error
    except (json.JSONDecodeError, UnicodeDecodeError):
        return


def fault_in_words(place: tuple[int | str, ...], message: str) -> str:
    """A fault that was found in a record, in one line.

    Args:
        place: Where; names in it may be a stranger's.
        message: What is wrong.
    """
    where = ascii(".".join(map(str, place)))[1:-1][:100] or "file"
    return f"{where}: {message[:200]}"


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise SubmissionError(f"{ascii(name)[:100]} stands there twice in one object")
        found[name] = value
    return found


def _not_finite(word: str) -> NoReturn:
    raise SubmissionError(f"{word} is not a number that JSON has; a missing one is written as null")


def _finite(digits: str) -> float:
    if not math.isfinite(value := float(digits)):
        raise SubmissionError(f"{digits[:20]} is too large a number")
    return value


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise SubmissionError(f"{digits[:20]}... is too large a number")
    return int(digits)
