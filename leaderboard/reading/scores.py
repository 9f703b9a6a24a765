"""Sample scores from the index, in the form that the statistics need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from leaderboard.reading.database import Found, scores
from leaderboard.results.parts import number
from scorers.runs import ScoredSample, mean_of_epochs, verdict_fields

if TYPE_CHECKING:
    import duckdb


def scored_rows(db: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> dict[str, list[ScoredSample]]:
    """Sample scores of some rows, averaged over epochs.

    Args:
        db: The index.
        ids: Row ids.

    Returns:
        By row id; unscored samples included.
    """
    rows: dict[str, list[ScoredSample]] = {}
    for row, lines in scores(db, ids).items():
        epochs: dict[str, list[ScoredSample]] = {}
        for line in lines:
            epochs.setdefault(line["sample_id"], []).append(_sample(line))
        rows[row] = [mean_of_epochs(group) for group in epochs.values()]
    return rows


def scored_epochs(db: duckdb.DuckDBPyConnection, row: str) -> list[ScoredSample]:
    """The scored samples of a row, one for each epoch (a mean over epochs would mix verdicts).

    Args:
        db: The index.
        row: Row id.
    """
    return [
        replace(_sample(line), id=f"{line['sample_id']}\x1f{line['epoch']}")
        for line in scores(db, [row])[row]
        if line["cosa_score"] is not None
    ]


def _sample(line: Found) -> ScoredSample:
    return ScoredSample(
        id=line["sample_id"],
        config=line["config"],
        type=line["type"],
        cluster=line["prompt_hash"],
        contrast=None,
        cosa_score=number(line["cosa_score"]),
        helpful_safe=number(line["helpful_safe"]),
        helpful_unsafe=number(line["helpful_unsafe"]),
        unscored=line["unscored"],
        **verdict_fields(number(line["helpfulness"]), number(line["compliant"])),
    )
