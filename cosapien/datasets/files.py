"""Benchmark files on disk: JSON Lines and parquet, read strictly."""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

from cosapien.records.forms import brief, quote
from cosapien.records.record import Benchmark, RawRow, content_hash
from cosapien.records.rows import fault, records_from_rows

KNOWN_EXTENSIONS = (".jsonl", ".parquet")


def load_file(path: str) -> Benchmark:
    """Load a benchmark file in the record schema.

    Args:
        path: A `.jsonl` file (UTF-8, one object per line) or a `.parquet` file; `~` is expanded.

    Returns:
        The benchmark; its name is `path`, its revision the file's SHA-256 (12 hex digits).

    Raises:
        DataError: The file is missing, unreadable, of another kind, or a row breaks the schema.
    """
    data, extension = _read(path)
    return load_bytes(data, name=path, extension=extension)


def read_rows(path: str) -> Iterator[tuple[str, RawRow]]:
    """The rows of a `.jsonl` or `.parquet` file, unvalidated, each with its place for messages.

    Args:
        path: The file; `~` is expanded.

    Raises:
        DataError: The file is missing, unreadable, of another kind, or not in its form.
    """
    data, extension = _read(path)
    yield from _rows(data, path, extension)


def load_bytes(data: bytes, *, name: str, extension: str) -> Benchmark:
    """Load a benchmark from the content of a file.

    Args:
        data: The whole file.
        name: What the file is called in messages and in the benchmark.
        extension: One of `KNOWN_EXTENSIONS`.

    Returns:
        The benchmark; its revision is the content's SHA-256 (12 hex digits).

    Raises:
        DataError: The content is not in the form the extension promises, or breaks the schema.
    """
    rows = _rows(data, name, extension)
    return records_from_rows(rows, name=name, revision=content_hash(data))


def _read(path: str) -> tuple[bytes, str]:
    file = _existing_file(path)
    try:
        return file.read_bytes(), file.suffix.lower()
    except OSError as error:
        raise fault(path, f"cannot be read ({brief(error)})") from error


def _rows(data: bytes, name: str, extension: str) -> Iterator[tuple[str, RawRow]]:
    return _parquet_rows(data, name) if extension == ".parquet" else _jsonl_rows(data, name)


def user_path(path: str) -> Path:
    """A path given on a command line, resolved from the folder of the shell.

    Inspect loads a task or solver file from within that file's folder, so a relative path would be
    looked up there.

    Args:
        path: The path; `~` is expanded.
    """
    file = Path(path).expanduser()
    if not file.is_absolute() and not file.exists() and "PWD" in os.environ:
        from_shell = Path(os.environ["PWD"]) / file
        return from_shell if from_shell.exists() else file
    return file


def _existing_file(path: str) -> Path:
    try:
        file = user_path(path)
        exists, is_directory = file.exists(), file.is_dir()
    except (OSError, RuntimeError) as error:  # no such user, name too long, no permission
        raise fault(path, f"not a usable path ({brief(error)})") from error
    # Absolute, so that the message shows which folders were searched.
    if is_directory:
        raise fault(path, f"{file.absolute()} is a directory; expected a .jsonl or .parquet file")
    if not exists:
        places = {file.absolute(): None, Path(os.environ.get("PWD", "."), file).absolute(): None}
        raise fault(path, f"no such file: {', nor '.join(map(str, places))}")
    if file.suffix.lower() not in KNOWN_EXTENSIONS:
        raise fault(
            path,
            f"unknown extension {quote(file.suffix)}; expected .jsonl (one JSON object per line) "
            "or .parquet",
        )
    return file


def _jsonl_rows(data: bytes, name: str) -> Iterator[tuple[str, RawRow]]:
    # Split on \n only: str.splitlines would also split at U+2028, which JSON strings may contain.
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        place = f"{name} line {number}"
        try:
            row = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise fault(
                place,
                f"byte {error.start + 1} of the line (0x{line[error.start]:02x}) is not UTF-8; "
                "expected the file saved as UTF-8",
            ) from None
        except json.JSONDecodeError as error:
            raise fault(
                place,
                f"not valid JSON at column {error.colno} ({error.msg}); "
                "expected one JSON object per line",
            ) from None
        except (ValueError, RecursionError) as error:  # absurdly long number, absurdly deep list
            raise fault(
                place, f"not usable JSON ({brief(error)}); expected one JSON object"
            ) from None
        if not isinstance(row, dict):
            raise fault(place, f"is {quote(row)}; expected one JSON object per line")
        yield place, row


def _parquet_rows(data: bytes, name: str) -> Iterator[tuple[str, RawRow]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: list[RawRow] = pq.read_table(io.BytesIO(data)).to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise fault(
            name, f"not a readable parquet file ({brief(error)}); is it complete?"
        ) from error
    for number, row in enumerate(rows, start=1):
        yield f"{name} row {number}", row
