"""How much less models score in a private round than on public seeds of the same generator."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leaderboard.board.generated import Terms, terms_of
from leaderboard.board.rows import Row
from leaderboard.results.parts import Figure

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


def difference(public: Figure, later: Figure) -> Figure:
    """Public minus round, with its 95% interval.

    The two are independent samples: standard errors add in squares, and so do the arms of the two
    intervals, the upper one of the first with the lower one of the second and the other way round (an
    arm is a standard error times its quantile, or wider where responses are unscored).

    Args:
        public: The score on a public seed.
        later: The score in the round.

    Returns:
        The difference, in [-2, 2]; each of its parts is None if it is not established.
    """
    if public.mean is None or later.mean is None:
        return UNKNOWN
    mean = public.mean - later.mean
    stderr = _root([public.stderr, later.stderr])
    down, up = _arms(public)
    later_down, later_up = _arms(later)
    return _figure(
        mean, stderr, _root([down, later_up]), _root([up, later_down]), public.n + later.n
    )


def mean_of(figures: Sequence[Figure]) -> Figure:
    """The mean of independent figures, with its 95% interval.

    Args:
        figures: Some figures.

    Returns:
        Their unweighted mean; not established if one of them is not, or if there are none.
    """
    means = [figure.mean for figure in figures if figure.mean is not None]
    if not means or len(means) < len(figures):
        return UNKNOWN
    count = len(means)
    arms = [_arms(figure) for figure in figures]
    stderr, down, up = (
        None if (root := _root(parts)) is None else root / count
        for parts in (
            [figure.stderr for figure in figures],
            [down for down, _ in arms],
            [up for _, up in arms],
        )
    )
    return _figure(sum(means) / count, stderr, down, up, sum(figure.n for figure in figures))


def _compared(row: Row, terms: Terms) -> tuple[object, ...]:
    """What two rows must share to be compared."""
    return (
        *(row.model, row.method.model_dump_json(), row.template, sorted(row.variant.items())),
        *(row.task, row.task_version, row.judge_id, terms.version, terms.knobs),
    )


def _drop(public: Row, later: Row, levels: Sequence[int]) -> Drop:
    found = {level: difference(_of(public, level), _of(later, level)) for level in levels}
    return Drop(public, later, found, mean_of(list(found.values())))


def _of(row: Row, level: int) -> Figure:
    return row.metrics.by_group.get(f"level {level}", UNKNOWN)


def _arms(figure: Figure) -> tuple[float | None, float | None]:
    """How far the interval reaches below the mean and above it."""
    if figure.mean is None or figure.lower is None or figure.upper is None:
        return None, None
    return figure.mean - figure.lower, figure.upper - figure.mean


def _root(parts: Sequence[float | None]) -> float | None:
    """The root of the sum of squares; None if a part is missing."""
    known = [part for part in parts if part is not None]
    return math.hypot(*known) if len(known) == len(parts) else None


def _figure(
    mean: float, stderr: float | None, down: float | None, up: float | None, n: int
) -> Figure:
    return Figure(
        mean=mean,
        stderr=stderr,
        lower=None if down is None else mean - down,
        upper=None if up is None else mean + up,
        n=n,
    )
