"""Read untrusted JSON into strict pydantic records."""

import json
import math
from pathlib import Path
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from leaderboard.errors import SubmissionError

Record = TypeVar("Record", bound=BaseModel)

MAX_DIGITS = 20
"""Most digits of a whole number; one of 64 bits has no more."""


class SchemaError(SubmissionError):
    """A record breaks its schema. The message names the first fault by its path in the record."""


def read_record(path: Path, model: type[Record], limit: int) -> Record:
    """A record from an untrusted JSON file.

    Args:
        path: The file.
        model: The strict pydantic model to read it into.
        limit: Most bytes it may have.

    Raises:
        SchemaError: It is not JSON, or breaks the schema.
        SubmissionError: It is missing, too large, not a file, or ambiguous JSON (see `check_json`).
            The message does not contain the path.
    """
    return parse_record(read_bounded(path, limit), model)


def parse_record(content: str | bytes, model: type[Record]) -> Record:
    """A record from untrusted JSON.

    Args:
        content: The JSON.
        model: The strict pydantic model to read it into.

    Raises:
        SchemaError: It is not JSON, or breaks the schema.
        SubmissionError: It is ambiguous JSON (see `check_json`).
    """
    check_json(content)
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise SchemaError(fault_in_words(error)) from error


def read_bounded(path: Path, limit: int) -> bytes:
    """The content of an untrusted file.

    Args:
        path: The file.
        limit: Most bytes it may have.

    Raises:
        SubmissionError: It is missing, too large, or not a file: reading a pipe or a device would
            not end.
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
    """Refuse JSON that readers could read in different ways, or that has unbounded numbers.

    Args:
        text: The JSON. Text that is not JSON passes: whoever parses the record reports it.

    Raises:
        SubmissionError: A name occurs twice in one object, a number is NaN, infinite or has too many
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


def fault_in_words(error: ValidationError, most: int = 1) -> str:
    """The first faults of a record in one line; field names that a stranger chose are escaped.

    Args:
        error: What pydantic found.
        most: How many faults to name; with more than one, the number of the others is added.
    """
    faults = error.errors(include_url=False, include_input=False)
    words = []
    for fault in faults[:most]:
        where = ascii(".".join(map(str, fault["loc"])))[1:-1][:100] or "file"
        words.append(f"{where}: {fault['msg'][:200]}")
    more = f" (and {len(faults) - most} more)" if 1 < most < len(faults) else ""
    return "; ".join(words) + more


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise SubmissionError(f"{ascii(name)[:100]} occurs twice in one object")
        found[name] = value
    return found


def _not_finite(word: str) -> NoReturn:
    raise SubmissionError(f"{word} is not a JSON number; write a missing number as null")


def _finite(digits: str) -> float:
    if not math.isfinite(value := float(digits)):
        raise SubmissionError(f"{digits[:20]} is too large")
    return value


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise SubmissionError(f"{digits[:20]}... is too large")
    return int(digits)
