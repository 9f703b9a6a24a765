"""What the page of the judges shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from cosapien import content_hash
from leaderboard.board.rows import Row
from leaderboard.evidence.judge_records import by_judge, read_judge_records
from leaderboard.reading.judges import JudgeUse, judge_uses, tallies


def judges_of(db: duckdb.DuckDBPyConnection, rows: Sequence[Row], results: Path) -> list[JudgeUse]:
    """All judges of a board with their records, those of most rows first.

    Args:
        db: The index.
        rows: All rows of the board.
        results: The results folder, where the records are.
    """
    return judge_uses(rows, tallies(db), by_judge(read_judge_records(results)[0]))


def anchors_of(uses: Sequence[JudgeUse]) -> dict[str, str]:
    """The address of each judge within the page, by its id: the same in every export.

    Args:
        uses: The judges; an id may be any text, and is hashed.
    """
    return {use.id: f"judge-{content_hash(use.id)}" for use in uses}
