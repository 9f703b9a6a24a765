"""What fixes the generated data of a row: of a public seed by its revision, of a round by its terms."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cosapien.generate import GENERATED, TEST_SEEDS
from cosapien.rounds import Round
from leaderboard.board.rows import RoundTerms, Row

_SIZES = ("worlds", "prompts")
"""Knobs that change how much is asked, and nothing of how difficult it is."""
_REVISION = re.compile(
    r"v(?P<version>\d{1,4})\.level(?P<levels>\d(?:\+\d)*)\.seed(?P<seed>\d{1,39})"
    r"(?P<knobs>(?:\.[a-z]+\d{1,4})*)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What fixes generated data.

    Attributes:
        version: The generator's version.
        levels: Its levels.
        knobs: What differs from the levels, without how many worlds and prompts there are.
        public: Whether its seed was public when the model was run: a test seed, and no round's.
    """

    version: int
    levels: tuple[int, ...]
    knobs: tuple[tuple[str, int], ...]
    public: bool


def terms_of(row: Row) -> Terms | None:
    """What fixes a row's data; None if it was not generated.

    Rows of every generator version are read, also of those that cannot be generated here.

    Args:
        row: The row.
    """
    if row.round is not None:
        known = row.round
        return Terms(known.generator_version, tuple(known.levels), _kept(known.knobs), False)
    if row.benchmark != GENERATED or (match := _REVISION.fullmatch(row.data_revision)) is None:
        return None
    knobs = {name: int(value) for name, value in re.findall(r"([a-z]+)(\d+)", match["knobs"])}
    return Terms(
        int(match["version"]),
        tuple(map(int, match["levels"].split("+"))),
        _kept(knobs),
        int(match["seed"]) in TEST_SEEDS,
    )


def levels_of(row: Row) -> tuple[str, ...]:
    """The levels of a row's data as texts; empty if it was not generated.

    Args:
        row: The row.
    """
    found = terms_of(row)
    return () if found is None else tuple(map(str, found.levels))


def round_terms(about: Round, revealed: str) -> RoundTerms:
    """A round as its rows have it.

    Args:
        about: The round.
        revealed: When it was revealed (UTC).
    """
    return RoundTerms(
        name=about.name,
        closes=about.closes,
        revealed=revealed,
        generator_version=about.generator_version,
        levels=list(about.levels),
        knobs=about.knobs,
    )


def _kept(knobs: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((name, value) for name, value in knobs.items() if name not in _SIZES))
