"""What the organiser of a round does: draw it, and reveal it."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cosapien.errors import DataError
from cosapien.generate import GENERATOR_VERSION, ROUND_SEEDS, generate, make_spec
from cosapien.rounds.entries import read_entries
from cosapien.rounds.forms import MAX_FILE_BYTES, closing_time, moment_text, read_small
from cosapien.rounds.public import RECORDS, public_records, records_sha256
from cosapien.rounds.reveals import Reveal, check_commitment, opened, parse_reveal
from cosapien.rounds.terms import (
    Round,
    Secret,
    checked_name,
    commitment_of,
    parse_round,
    parse_secret,
    spec_of,
)
from cosapien.whole import new_file, new_folder

ROUND, SECRET, REVEAL = "round.json", "secret.json", "reveal.json"
SALT_BYTES = 32
NO_ROUND = "no such file; a round is made with `cosa round new`"


def new_round(
    folder: Path,
    name: str,
    closes: str,
    now: datetime,
    level: object = 3,
    knobs: Mapping[str, object] | Iterable[str] | str | None = None,
) -> Round:
    """Draw a private round, and write what is published and what is kept, whole or not at all.

    Args:
        folder: A new folder, or an empty one.
        name: Its name, see `cosapien.rounds.forms.NAME_FORM`.
        closes: See `cosapien.rounds.forms.closing_time`.
        now: The time.
        level: A level, or several, see `cosapien.generate.make_spec`.
        knobs: Fields of `Dial`, see `cosapien.generate.make_spec`.

    Raises:
        DataError: The folder has a round already or holds something else, the closing time has passed,
            or a parameter is out of range.
        OSError: The folder cannot be written.
    """
    closing = closing_time(closes)
    if closing <= now:
        raise DataError(
            f"closes {moment_text(closing)} has passed (now {moment_text(now)}); expected a later time"
        )
    _check_free(folder)
    secret = Secret(
        checked_name(name),
        ROUND_SEEDS.start + secrets.randbelow(ROUND_SEEDS.stop - ROUND_SEEDS.start),
        secrets.token_hex(SALT_BYTES),
    )
    spec = make_spec(level, secret.seed, knobs)
    about = Round(
        name=name,
        created=moment_text(now),
        closes=moment_text(closing),
        generator_version=GENERATOR_VERSION,
        levels=spec.levels,
        knobs=dict(spec.knobs),
        commitment="",
        records_sha256="",
    )
    spec_of(about, secret.seed, str(folder))  # not too large
    records = public_records(generate(spec))
    about = replace(
        about, commitment=commitment_of(about, secret), records_sha256=records_sha256(records)
    )
    if folder.is_dir():  # empty
        folder.rmdir()
    try:
        with new_folder(folder) as whole:
            _write_private(whole / SECRET, secret.to_json())
            (whole / RECORDS).write_bytes(records)
            (whole / ROUND).write_text(about.to_json(), encoding="ascii")
    except FileExistsError:
        _check_free(folder)
        raise
    return about


def read_round(folder: Path) -> Round:
    """The round of a folder.

    Args:
        folder: Its folder.

    Raises:
        DataError: There is none, or it is not in its form.
    """
    path = folder / ROUND
    return parse_round(read_small(path, NO_ROUND), str(path))


def read_reveal(folder: Path) -> Reveal | None:
    """The reveal of a round; None if it has not been revealed.

    Args:
        folder: Its folder.

    Raises:
        DataError: It is not in its form.
    """
    path = folder / REVEAL
    if not path.exists():
        return None
    return parse_reveal(read_small(path, "no such file"), str(path))


def read_records(folder: Path, about: Round) -> bytes:
    """The published records of a round.

    Args:
        folder: Its folder.
        about: The round.

    Raises:
        DataError: They are missing, or not those that the round announces.
    """
    path = folder / RECORDS
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    if records_sha256(data) != about.records_sha256:
        raise DataError(
            f"{path}: tampered with: it is not the file whose SHA-256 {ROUND} announces"
        )
    return data


def reveal_round(folder: Path, now: datetime, *, early: bool = False) -> tuple[Reveal, bool]:
    """Reveal a round: check everything against its secret, and write `reveal.json`.

    A round is revealed once: what is entered later is not in it.

    Args:
        folder: Its folder.
        now: The time.
        early: Whether to reveal it before it closes.

    Returns:
        The reveal, and whether it is new; False: the round was revealed before, with this secret.

    Raises:
        DataError: The secret is not the one that the round committed to, the records are not those that
            the seed gives, an entry is not in its form, the round is still open, or it was revealed
            with another seed.
        OSError: The file cannot be written.
    """
    about = read_round(folder)
    path = folder / SECRET
    missing = "no such file; only who drew the round can reveal it"
    secret = parse_secret(read_small(path, missing), str(path))
    if secret.name != about.name:
        raise DataError(f"{path}: belongs to round {secret.name}; expected {about.name}")
    spec_of(about, secret.seed, str(folder / ROUND))
    check_commitment(about, secret, str(path))
    if (known := read_reveal(folder)) is not None:
        if (known.seed, known.salt) != (str(secret.seed), secret.salt):
            raise DataError(
                f"{folder / REVEAL}: the round was revealed already, with another seed or salt than "
                f"{SECRET} has"
            )
        return known, False
    if now <= about.closing and not early:
        raise DataError(
            f"{folder}: the round is open until {about.closes} (now {moment_text(now)}); reveal it then, "
            "or end it now with --early"
        )
    made = Reveal(
        seed=str(secret.seed),
        salt=secret.salt,
        revealed=moment_text(now),
        entries=tuple(sorted(entry.digest for entry in read_entries(folder, about))),
    )
    opened(about, made, str(folder / ROUND))
    read_records(folder, about)
    text = made.to_json()
    assert len(text) <= MAX_FILE_BYTES
    with new_file(folder / REVEAL) as part:
        part.write_text(text, encoding="ascii")
    return made, True


def _check_free(folder: Path) -> None:
    if (folder / ROUND).exists():
        raise DataError(f"{folder}: has a round already; expected a new or empty folder")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder}: is not empty; expected a new or empty folder")


def _write_private(path: Path, text: str) -> None:
    """A file that only its owner can read, from the moment it exists."""
    path.touch(0o600, exist_ok=False)
    path.write_text(text, encoding="ascii")
