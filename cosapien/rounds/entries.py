"""Entries of a round: what binds a runner to responses before anybody knows what is right."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from cosapien.errors import DataError
from cosapien.records.forms import quote
from cosapien.rounds.forms import (
    canonical,
    is_digest,
    is_moment,
    moment,
    moment_text,
    pretty,
    read_object,
    read_small,
)
from cosapien.rounds.terms import Round
from cosapien.whole import new_file

ENTRIES = "entries"
ENTRY_FORMAT = "cosa-round-entry/1"
MAX_ENTRIES = 10_000

ResponseKey = tuple[str, int]
"""Record id and epoch, from 1."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One run, entered: `entries/<digest>.json`.

    Attributes:
        commitment: The round's, so that an entry belongs to one round.
        digest: `digest_of` its responses.
        model: The model, as given to Inspect.
        created: When it was made (UTC), by the runner's clock.
    """

    commitment: str
    digest: str
    model: str
    created: str

    def to_json(self) -> str:
        """The content of the file."""
        return pretty({"format": ENTRY_FORMAT, **asdict(self)})


def digest_of(responses: Iterable[tuple[str, int, str]]) -> str:
    """What stands for all responses of a run: SHA-256 over them, in the order of ids and epochs.

    It tells nothing of the responses, and no other responses have it.

    Args:
        responses: Record id, epoch (from 1) and response text, as the user reads it.
    """
    digest = hashlib.sha256()
    for name, epoch, text in sorted(responses):
        plain = text.encode("utf-8", "replace").decode()  # as a board stores it
        digest.update(f"{canonical([name, epoch, plain])}\n".encode())
    return digest.hexdigest()


def check_open(folder: Path, about: Round, now: datetime) -> None:
    """Refuse what comes too late for a round.

    Args:
        folder: The round's folder.
        about: The round.
        now: The time.

    Raises:
        DataError: The round has closed.
    """
    if now > about.closing:
        raise DataError(
            f"{folder}: the round closed at {about.closes} (now {moment_text(now)}): nothing can be "
            "entered any more"
        )


def add_entry(folder: Path, about: Round, digest: str, model: str, now: datetime) -> Path:
    """Write an entry.

    Args:
        folder: The round's folder.
        about: The round.
        digest: `digest_of` the run's responses.
        model: The model.
        now: The time.

    Returns:
        The entry's file; one that was there already is left as it is.

    Raises:
        DataError: The round has closed.
        OSError: It cannot be written.
    """
    check_open(folder, about, now)
    path = folder / ENTRIES / f"{digest}.json"
    entry = Entry(about.commitment, digest, model, moment_text(now))
    try:
        with new_file(path) as part:
            part.write_text(entry.to_json(), encoding="ascii")
    except FileExistsError:
        parse_entry(read_small(path, "no such file"), str(path), about)
    return path


def read_entries(folder: Path, about: Round) -> list[Entry]:
    """All entries of a round, in the order of their digests.

    Args:
        folder: The round's folder.
        about: The round.

    Raises:
        DataError: One is not in its form, belongs to another round, has another name than its digest,
            or was made after the round closed.
    """
    paths = sorted((folder / ENTRIES).glob("*")) if (folder / ENTRIES).is_dir() else []
    if len(paths) > MAX_ENTRIES:
        raise DataError(
            f"{folder / ENTRIES}: {len(paths):,} files; expected at most {MAX_ENTRIES:,}"
        )
    found = []
    for path in paths:
        entry = parse_entry(read_small(path, "no such file"), str(path), about)
        if path.name != f"{entry.digest}.json":
            raise DataError(f"{path}: is named otherwise than its digest, {entry.digest}.json")
        found.append(entry)
    return found


def parse_entry(data: bytes, place: str, about: Round) -> Entry:
    """An entry from the content of its file.

    Args:
        data: The content; it may be anything.
        place: What to call it in messages.
        about: The round it was made for.

    Raises:
        DataError: It is not in its form, belongs to another round, or was made after the round closed.
    """
    checks = {
        "commitment": is_digest,
        "digest": is_digest,
        "model": _is_model,
        "created": is_moment,
    }
    entry = Entry(**read_object(data, place, ENTRY_FORMAT, checks))
    if entry.commitment != about.commitment:
        raise DataError(
            f"{place}: was entered for another round (commitment {quote(entry.commitment[:12])}); "
            f"expected {about.commitment[:12]}"
        )
    if moment(entry.created) > about.closing:
        raise DataError(
            f"{place}: was made at {entry.created}, after the round closed ({about.closes})"
        )
    return entry


def _is_model(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 500 and value.isprintable()
