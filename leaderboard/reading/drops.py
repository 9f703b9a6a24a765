"""How much less models score in a private round than on public seeds of the same generator."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cosapien.generate import world_of
from leaderboard.board.generated import Terms, terms_of
from leaderboard.board.rows import Row
from leaderboard.results.parts import Figure
from scorers.statistics import weighted_means

UNKNOWN = Figure(mean=None, stderr=None, lower=None, upper=None, n=0)


@dataclass(frozen=True, slots=True)
class Drop:
    """A model on a public seed and in a round.

    Attributes:
        public: Its row on the public seed.
        later: Its row in the round.
        levels: Public minus round, for each level that both have.
        mean: Their mean over those levels.
    """

    public: Row
    later: Row
    levels: Mapping[int, Figure]
    mean: Figure


def drops(rows: Sequence[Row]) -> list[Drop]:
    """Every model of a round beside its own rows on public seeds.

    Two rows are compared if model, method, template, variant, task version and judge are the same, and
    the data was made by the same generator version with the same knobs (how many worlds and prompts there
    are does not matter). References, partial runs and older revisions are left out.

    Args:
        rows: Rows of a board.
    """
    known = [
        (row, terms)
        for row in rows
        if row.latest and row.partial is None and row.kind == "model"
        if (terms := terms_of(row)) is not None
    ]
    return [
        _drop(public, later, sorted(set(own.levels) & set(terms.levels)))
        for later, terms in known
        if later.round is not None
        for public, own in known
        if own.public and _compared(public, own) == _compared(later, terms)
        if set(own.levels) & set(terms.levels)
    ]


def difference(
    public: Sequence[Figure], later: Sequence[Figure], worlds: Sequence[tuple[Sequence[float], ...]]
) -> Figure:
    """Public minus round, averaged over levels, with a 95% interval.

    A fresh seed has other policies, and models do not score alike on all of them. So the interval is that
    of Welch and Satterthwaite over the mean scores of worlds (a world has two policies, opposite ones):
    the interval over prompts alone is far too narrow. It is never narrower than that one, whose arms
    also cover unscored responses and are never 0.

    Args:
        public: The score on the public seed at each level.
        later: The score in the round at each level.
        worlds: For each level the mean scores of worlds, on the public seed and in the round.

    Returns:
        The difference, in [-2, 2]; each of its parts is None if it is not established.
    """
    means = [(a.mean, b.mean) for a, b in zip(public, later, strict=True)]
    known = [(a, b) for a, b in means if a is not None and b is not None]
    if not known or len(known) < len(means):
        return UNKNOWN
    count = len(known)
    mean = sum(a - b for a, b in known) / count
    over = weighted_means([w for pair in worlds for w in pair], [1 / count, -1 / count] * count)
    arms = [*map(_arms, public), *((up, down) for down, up in map(_arms, later))]
    down, up = (_root([arm[side] for arm in arms]) for side in (0, 1))
    n = sum(figure.n for figure in (*public, *later))
    if math.isnan(over.mean) or down is None or up is None:
        return Figure(mean=mean, stderr=None, lower=None, upper=None, n=n)
    half = 0.0 if math.isnan(over.lower) else over.mean - over.lower
    return Figure(
        mean=mean,
        stderr=over.stderr,
        lower=max(mean - max(half, down / count), -2.0),
        upper=min(mean + max(half, up / count), 2.0),
        n=n,
    )


def _compared(row: Row, terms: Terms) -> tuple[object, ...]:
    """What two rows must share to be compared."""
    return (
        *(row.model, row.method.model_dump_json(), row.template, sorted(row.variant.items())),
        *(row.task, row.task_version, row.judge_id, terms.version, terms.knobs),
    )


def _drop(public: Row, later: Row, levels: Sequence[int]) -> Drop:
    def found(of: Sequence[int]) -> Figure:
        return difference(
            [_of(public, level) for level in of],
            [_of(later, level) for level in of],
            [(_worlds(public, level), _worlds(later, level)) for level in of],
        )

    return Drop(public, later, {level: found([level]) for level in levels}, found(levels))


def _of(row: Row, level: int) -> Figure:
    return row.metrics.by_group.get(f"level {level}", UNKNOWN)


def _worlds(row: Row, level: int) -> list[float]:
    """Mean score of each world of a level whose policies all have one."""
    held: dict[str, list[float | None]] = defaultdict(list)
    for config, figure in row.metrics.by_config.items():
        if (name := world_of(config)) is not None and name[0] == level:
            held[name[1]].append(figure.mean)
    known = [[m for m in means if m is not None] for means in held.values() if None not in means]
    return [sum(means) / len(means) for means in known]


def _arms(figure: Figure) -> tuple[float | None, float | None]:
    """How far the interval reaches below the mean and above it."""
    if figure.mean is None or figure.lower is None or figure.upper is None:
        return None, None
    return figure.mean - figure.lower, figure.upper - figure.mean


def _root(parts: Sequence[float | None]) -> float | None:
    """The root of the sum of squares; None if a part is missing."""
    known = [part for part in parts if part is not None]
    return math.hypot(*known) if len(known) == len(parts) else None
