"""What a round announces, what it keeps secret, and the commitment that binds the two."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from cosapien.errors import DataError
from cosapien.generate import GENERATOR_VERSION, LEVELS, ROUND_SEEDS, Spec, make_spec
from cosapien.records.forms import quote
from cosapien.rounds.forms import (
    NAME_FORM,
    canonical,
    is_count,
    is_digest,
    is_moment,
    is_name,
    moment,
    pretty,
    read_object,
)

ROUND_FORMAT = "cosa-round/1"
SECRET_FORMAT = "cosa-round-secret/1"
MAX_RECORDS = 10_000
"""Most records of a round: whoever checks a submission makes all of them again."""
_PREFIX = "round "


@dataclass(frozen=True, slots=True)
class Round:
    """A private round, as `round.json` announces it.

    Attributes:
        name: Its name, see `cosapien.rounds.forms.NAME_FORM`.
        created: When it was drawn (UTC, `2026-09-01T12:00:00Z`).
        closes: The last moment at which a run may be entered (UTC).
        generator_version: `GENERATOR_VERSION` of what made its records.
        levels: Levels in rising order.
        knobs: Fields of `Dial` that differ from the level's.
        commitment: SHA-256 of `committed`, which also needs the secret.
        records_sha256: SHA-256 of `records.jsonl`.
    """

    name: str
    created: str
    closes: str
    generator_version: int
    levels: tuple[int, ...]
    knobs: dict[str, int]
    commitment: str
    records_sha256: str

    @property
    def benchmark(self) -> str:
        """What the board calls its data: `round autumn-2026`."""
        return f"{_PREFIX}{self.name}"

    @property
    def revision(self) -> str:
        """What identifies its data: first 12 hex digits of the commitment."""
        return self.commitment[:12]

    @property
    def closing(self) -> datetime:
        """The last moment at which a run may be entered."""
        return moment(self.closes)

    def to_json(self) -> str:
        """The content of `round.json`."""
        return pretty({"format": ROUND_FORMAT, **asdict(self)})


@dataclass(frozen=True, slots=True)
class Secret:
    """What the organiser of a round keeps until the reveal (`secret.json`).

    Attributes:
        name: The round's name.
        seed: One of `ROUND_SEEDS`.
        salt: 32 bytes in hex digits: without it nobody can try out seeds, however few there were.
    """

    name: str
    seed: int
    salt: str

    def to_json(self) -> str:
        """The content of `secret.json`."""
        seed = str(self.seed)  # as text: many readers of JSON round numbers of 39 digits
        fields = {"name": self.name, "seed": seed, "salt": self.salt}
        return pretty({"format": SECRET_FORMAT, **fields})


def round_name(benchmark: str) -> str | None:
    """The name of a round from what the board calls its data; None if it is no round.

    Args:
        benchmark: Any text.
    """
    name = benchmark.removeprefix(_PREFIX)
    return name if name != benchmark and is_name(name) else None


def is_round(benchmark: str) -> bool:
    """Whether data has the name of a round, in its form or not.

    Args:
        benchmark: Any text.
    """
    return benchmark.startswith(_PREFIX)


def commitment_of(about: Round, secret: Secret) -> str:
    """The commitment to a round's secret and terms: SHA-256 over one canonical JSON text.

    Args:
        about: The round; its commitment and the hash of its records, which follow, do not enter.
        secret: Seed and salt.
    """
    text = canonical(
        {
            "format": ROUND_FORMAT,
            "name": about.name,
            "closes": about.closes,
            "generator_version": about.generator_version,
            "levels": list(about.levels),
            "knobs": about.knobs,
            "seed": str(secret.seed),
            "salt": secret.salt,
        }
    )
    return hashlib.sha256(text.encode()).hexdigest()


def spec_of(about: Round, seed: int, place: str) -> Spec:
    """What fixes a round's records.

    Args:
        about: The round.
        seed: Its seed.
        place: Where it was read, for messages.

    Raises:
        DataError: It was made by another generator version, or its levels, knobs or seed are out of
            range.
    """
    if about.generator_version != GENERATOR_VERSION:
        raise DataError(
            f"{place}: the round was made by generator version {about.generator_version}; this one is "
            f"version {GENERATOR_VERSION}, whose records are other ones: use the release it was made by"
        )
    if seed not in ROUND_SEEDS:
        raise DataError(f"{place}: the seed is not one of a round; expected 2^127 to 2^128 - 1")
    try:
        spec = make_spec(list(about.levels), seed, about.knobs)
    except DataError as error:
        raise DataError(f"{place}: {error}") from None
    if (size := size_of(spec)) > MAX_RECORDS:
        raise DataError(f"{place}: {size:,} records; expected at most {MAX_RECORDS:,}")
    return spec


def size_of(spec: Spec) -> int:
    """How many records a generated benchmark has: every prompt of a world under its two policies."""
    dials = [spec.dial(level) for level in spec.levels]
    return sum(2 * dial.worlds * dial.prompts for dial in dials)


def parse_round(data: bytes, place: str) -> Round:
    """A round from the content of `round.json`.

    Args:
        data: The content; it may be anything.
        place: What to call it in messages.

    Raises:
        DataError: It is not in its form.
    """
    found = read_object(
        data,
        place,
        ROUND_FORMAT,
        {
            "name": is_name,
            "created": is_moment,
            "closes": is_moment,
            "generator_version": is_count,
            "levels": _is_levels,
            "knobs": _is_knobs,
            "commitment": is_digest,
            "records_sha256": is_digest,
        },
    )
    return Round(**{**found, "levels": tuple(found["levels"])})


def parse_secret(data: bytes, place: str) -> Secret:
    """A secret from the content of `secret.json`.

    Args:
        data: The content.
        place: What to call it in messages.

    Raises:
        DataError: It is not in its form.
    """
    checks = {"name": is_name, "seed": is_seed, "salt": is_digest}
    found = read_object(data, place, SECRET_FORMAT, checks)
    return Secret(found["name"], int(found["seed"]), found["salt"])


def is_seed(value: object) -> bool:
    """Whether something is the text of a round's seed."""
    return (
        isinstance(value, str)
        and value.isascii()
        and value.isdigit()
        and len(value) == 39
        and int(value) in ROUND_SEEDS
    )


def checked_name(name: str) -> str:
    """The name of a new round.

    Raises:
        DataError: It is not in its form.
    """
    if not is_name(name):
        raise DataError(f"name {quote(name)} of a round; expected {NAME_FORM}, such as autumn-2026")
    return name


def _is_levels(value: Any) -> bool:  # noqa: ANN401 - JSON in
    return (
        isinstance(value, list)
        and 0 < len(value) <= len(LEVELS)
        and all(map(is_count, value))
        and value == sorted(set(value))
    )


def _is_knobs(value: Any) -> bool:  # noqa: ANN401 - JSON in
    return (
        isinstance(value, dict)
        and len(value) <= 50
        and all(name.isascii() and name.isalpha() and len(name) <= 40 for name in value)
        and all(map(is_count, value.values()))
    )
