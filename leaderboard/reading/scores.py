"""Sample scores out of the index, as the statistics take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from leaderboard.reading.database import scores
from scorers.runs import ScoredSample, mean_of_epochs

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
    found: dict[str, list[ScoredSample]] = {}
    for row, lines in scores(db, ids).items():
        epochs: dict[str, list[ScoredSample]] = {}
        for line in lines:
            sample = ScoredSample(
                id=line["sample_id"],
                config=line["config"],
                type=line["type"],
                cluster=line["prompt_hash"],
                contrast=None,
                cosa_score=_number(line["cosa_score"]),
                helpful_safe=_number(line["helpful_safe"]),
                helpful_unsafe=_number(line["helpful_unsafe"]),
                unscored=line["unscored"],
            )
            epochs.setdefault(sample.id, []).append(sample)
        found[row] = [mean_of_epochs(group) for group in epochs.values()]
    return found


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
