"""Paired differences between all ranked rows of a track."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb

from leaderboard.board.ranking import pairwise
from leaderboard.board.rows import Row
from leaderboard.reading.scores import scored_rows

MAX_ROWS = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """One row compared with another.

    Attributes:
        difference: The row's score minus the column's, in [-2, 2]; None if not established.
        p: Adjusted over all pairs of the track.
        verdict: How the row differs significantly (95% over all pairs); empty if it does not.
    """

    difference: float | None
    p: float
    verdict: Literal["higher", "lower", ""]


@dataclass(frozen=True, slots=True)
class Matrix:
    """All comparisons of a track.

    Attributes:
        rows: The ranked rows, best first.
        cells: One line per row with one cell per column; None on the diagonal.
    """

    rows: tuple[Row, ...]
    cells: tuple[tuple[Cell | None, ...], ...]


def matrix_of(db: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> Matrix | None:
    """The comparisons behind a track's ranks: the same rows, adjusted over the same pairs.

    Args:
        db: The index.
        rows: The track's rows; those without a rank are left out.

    Returns:
        None if fewer than two rows are ranked, or more than `MAX_ROWS`.
    """
    ranked = {row.id: row for row in rows if row.standing is not None}
    if not 2 <= len(ranked) <= MAX_ROWS:
        return None
    pairs = pairwise(scored_rows(db, list(ranked)))
    higher = pairs.higher()

    def cell(i: int, j: int) -> Cell | None:
        if i == j:
            return None
        difference = float(pairs.difference[i, j])
        return Cell(
            difference=None if math.isnan(difference) else difference,
            p=float(pairs.adjusted[i, j]),
            verdict="higher" if higher[i, j] else "lower" if higher[j, i] else "",
        )

    order = range(len(pairs.ids))
    return Matrix(
        rows=tuple(ranked[ident] for ident in pairs.ids),
        cells=tuple(tuple(cell(i, j) for j in order) for i in order),
    )
