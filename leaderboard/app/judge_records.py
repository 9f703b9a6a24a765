"""The judges' records, and a judge's own noise in one line."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from leaderboard.app.state import Board
from leaderboard.board.rows import Row
from leaderboard.evidence.judge_records import JudgeRecordFile, by_judge, read_judge_records


def records_of(board: Board) -> Mapping[str, tuple[JudgeRecordFile, ...]]:
    """The judges' records of a board, by judge identity.

    Args:
        board: The board.
    """
    return _records(str(board.index.path), str(board.results))


@st.cache_resource(max_entries=2, show_spinner=False)  # a new record gives a new index
def _records(index: str, results: str) -> Mapping[str, tuple[JudgeRecordFile, ...]]:
    return by_judge(read_judge_records(Path(results))[0])


def show_noise(board: Board, row: Row) -> None:
    """Show how much a row's score changes if its judge is asked again, if this was measured.

    Args:
        board: The board.
        row: A row.
    """
    for record in records_of(board).get(row.judge_id, ())[::-1]:
        if (noise := record.noise_of(row.metrics.n)) is not None and record.repeats is not None:
            wording = "with other wording and order" if len(record.variations) > 1 else "again"
            st.caption(
                f"Asked {wording}, this judge changes a CoSA-Score of {row.metrics.n:,} samples by "
                f"about ±{noise:.3f} (one standard deviation, from {record.repeats.repeats} answers "
                f"to {record.repeats.scored:,} labelled responses). The intervals do not include it."
            )
            return
