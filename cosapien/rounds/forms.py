"""The files of a round as JSON: written in one canonical form, read strictly."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from cosapien.errors import DataError
from cosapien.records.forms import quote

MAX_FILE_BYTES = 2_000_000
"""Most bytes of `round.json`, `secret.json`, `reveal.json` or an entry; 10,000 entries take 0.7 MB."""
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?", re.ASCII)
NAME_FORM = "1 to 60 lower-case letters, digits and inner hyphens"
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"

Check = Callable[[Any], bool]


def canonical(value: object) -> str:
    """JSON data as the one text that is hashed: names sorted, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def pretty(value: object) -> str:
    """JSON data as a file that people read."""
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def read_small(path: Path, what: str) -> bytes:
    """The content of one of a round's files.

    Args:
        path: The file.
        what: What to say where there is none.

    Raises:
        DataError: It is missing, not a file, too large, or cannot be read.
    """
    try:
        if not path.is_file():
            raise DataError(f"{path}: {'not a file' if path.exists() else what}")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    if len(content) > MAX_FILE_BYTES:
        raise DataError(f"{path}: over {MAX_FILE_BYTES:,} bytes")
    return content


def read_object(data: bytes, place: str, form: str, checks: Mapping[str, Check]) -> dict[str, Any]:
    """The fields of one of a round's files.

    Args:
        data: The file's content; it may be anything.
        place: What to call it in messages.
        form: Its format, the value of `format`.
        checks: What holds for the value of each other field; no field may be missing or unknown.

    Raises:
        DataError: It is not JSON, of another format, or a field is missing, unknown or malformed.
    """
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError):  # also of text that is not UTF-8
        raise DataError(
            f"{place}: not readable JSON; expected an object of format {form}"
        ) from None
    if not isinstance(found, dict) or found.get("format") != form:
        shown = quote(found.get("format")) if isinstance(found, dict) else quote(found)
        raise DataError(f"{place}: format is {shown}; expected {form}")
    fields = {name: value for name, value in found.items() if name != "format"}
    if set(fields) != set(checks):
        odd = sorted(set(fields) ^ set(checks))[0]
        raise DataError(
            f"{place}: field {quote(odd)} is {'unknown' if odd in fields else 'missing'}; expected "
            f"format, {', '.join(checks)}"
        )
    for name, check in checks.items():
        if not check(fields[name]):
            raise DataError(f"{place}: {name} is {quote(fields[name])}, which is not in its form")
    return fields


def is_digest(value: object) -> bool:
    """Whether something is 64 hex digits."""
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None


def is_name(value: object) -> bool:
    """Whether something is the name of a round (`NAME_FORM`)."""
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def is_moment(value: object) -> bool:
    """Whether something is a UTC date-time as `moment_text` writes it."""
    try:
        return isinstance(value, str) and moment_text(moment(value)) == value
    except ValueError:
        return False


def is_count(value: object) -> bool:
    """Whether something is a whole number of 0 to 9999."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 9999


def moment(text: str) -> datetime:
    """A UTC date-time from its text; ValueError if it is not one."""
    return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)


def moment_text(when: datetime) -> str:
    """A date-time as files hold it: `2026-12-15T23:59:59Z`."""
    return when.astimezone(UTC).strftime(_MOMENT)


def closing_time(text: str) -> datetime:
    """When a round closes, from what a user gave.

    Args:
        text: A date (`2026-12-15`: the end of that day, UTC), or a UTC date-time
            (`2026-12-15T12:00:00Z`).

    Raises:
        DataError: It is neither.
    """
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59), UTC)
        return moment(text)
    except ValueError:
        raise DataError(
            f"closes {quote(text)} is not a date; expected 2026-12-15 (the end of that day, UTC) or "
            "2026-12-15T12:00:00Z"
        ) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice")
    return found
