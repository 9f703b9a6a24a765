"""The reveal of a round, and the round's benchmark with everything in it."""

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from cosapien.errors import DataError
from cosapien.generate import generate
from cosapien.records.record import Benchmark
from cosapien.rounds.forms import is_digest, is_moment, pretty, read_object
from cosapien.rounds.public import public_records, records_sha256
from cosapien.rounds.terms import Round, Secret, commitment_of, is_seed, spec_of

REVEAL_FORMAT = "cosa-reveal/1"


@dataclass(frozen=True, slots=True)
class Reveal:
    """What is published when a round has closed (`reveal.json`).

    Attributes:
        seed: The seed, as text.
        salt: The salt.
        revealed: When (UTC).
        entries: Digests of the responses of all runs that were entered, sorted.
    """

    seed: str
    salt: str
    revealed: str
    entries: tuple[str, ...]

    def to_json(self) -> str:
        """The content of `reveal.json`."""
        return pretty({"format": REVEAL_FORMAT, **asdict(self)})


@dataclass(frozen=True, slots=True)
class RoundBenchmark(Benchmark):
    """The records of a revealed round, checks and types included, under the round's name.

    Attributes:
        about: The round.
        entries: Digests of the responses that were entered before it closed.
    """

    about: Round
    entries: frozenset[str]


def parse_reveal(data: bytes, place: str) -> Reveal:
    """A reveal from the content of `reveal.json`.

    Args:
        data: The content; it may be anything.
        place: What to call it in messages.

    Raises:
        DataError: It is not in its form.
    """
    checks = {"seed": is_seed, "salt": is_digest, "revealed": is_moment, "entries": _is_entries}
    found = read_object(data, place, REVEAL_FORMAT, checks)
    return Reveal(**{**found, "entries": tuple(found["entries"])})


def opened(about: Round, reveal: Reveal, place: str) -> RoundBenchmark:
    """A round's benchmark, made again from its seed.

    Args:
        about: The round.
        reveal: Its reveal.
        place: Where they were read, for messages.

    Raises:
        DataError: Seed and salt are not those that the round committed to, or its name, closing time or
            parameters were changed; it was made by another generator version; its records are others.
    """
    seed = int(reveal.seed)
    spec = spec_of(about, seed, place)
    check_commitment(about, Secret(about.name, seed, reveal.salt), place)
    made = generate(spec)
    if records_sha256(public_records(made)) != about.records_sha256:
        raise DataError(
            f"{place}: the records are not those that the seed gives (records_sha256 differs): the "
            "round was tampered with"
        )
    return RoundBenchmark(
        about.benchmark, made.records, about.revision, about, frozenset(reveal.entries)
    )


def check_commitment(about: Round, secret: Secret, place: str) -> None:
    """Check that a secret and the terms of a round are those that it committed to.

    Args:
        about: The round.
        secret: Seed and salt.
        place: Where they were read, for messages.

    Raises:
        DataError: They are not.
    """
    if commitment_of(about, secret) != about.commitment:
        raise DataError(
            f"{place}: the commitment does not match: seed, salt, name, closing time or parameters are "
            "not those that the round announced"
        )


def _is_entries(value: Any) -> bool:  # noqa: ANN401 - JSON in
    return (
        isinstance(value, list)
        and all(map(is_digest, value))
        and all(a < b for a, b in pairwise(value))
    )
