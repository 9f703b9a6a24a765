"""Reading untrusted JSON into the strict records of `leaderboard.manifest`."""

import json
import math
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from leaderboard.figures import SubmissionError
from leaderboard.manifest import FORMAT, Declared, Manifest

MAX_MANIFEST_BYTES = 2_000_000
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


def parse_manifest(text: str | bytes, where: str) -> Manifest:
    """A manifest from the content of `submission.json`.

    Args:
        text: The file's content.
        where: What to call it in errors.

    Raises:
        SubmissionError: It is too large, not JSON, of another format version, or breaks the schema;
            the message names the first faults by their path.
    """
    if len(text) > MAX_MANIFEST_BYTES:
        raise SubmissionError(f"{where}: over {MAX_MANIFEST_BYTES:,} bytes")
    try:
        check_json(text)
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        for fault in faults:
            if fault["loc"] == ("format",):
                raise SubmissionError(
                    f"{where}: format is not {FORMAT}, the only one this version reads"
                ) from error
        listed = [fault_in_words(fault["loc"], fault["msg"]) for fault in faults[:3]]
        more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
        raise SubmissionError(f"{where}: {'; '.join(listed)}{more}") from error
    except SubmissionError as error:
        raise SubmissionError(f"{where}: {error}") from error


def declared_from(values: dict[str, object]) -> Declared:
    """What a submitter says, checked.

    Args:
        values: Fields of `Declared`.

    Raises:
        SubmissionError: A field is unknown, too long or of another form; the message names it.
    """
    try:
        return Declared.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise SubmissionError(fault_in_words(first["loc"], first["msg"])) from error


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
