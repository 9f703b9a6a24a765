"""A row's score, shown together with the score corrected for its judge's errors."""

from pathlib import Path

import streamlit as st

from leaderboard.app.charts import figures_chart
from leaderboard.app.judge_records import records_of
from leaderboard.app.state import Board
from leaderboard.app.widgets import plain, show_table
from leaderboard.board.rows import Row
from leaderboard.display.numbers import interval, signed
from leaderboard.reading.corrections import ASSUMES, Correction, corrections
from leaderboard.results.parts import Figure
from leaderboard.untrusted.text import visible


def show_corrected(board: Board, row: Row) -> None:
    """Show both scores, the method of correction, and its assumptions.

    Args:
        board: The board.
        row: The row.
    """
    found, unused = _corrections(board, row, str(board.index.path), row.id)
    if found:
        st.markdown("**Corrected for the judge's errors**; ranks use the judged score")
        show_table(
            [
                {
                    "method": each.method,
                    "labels from": visible(each.source),
                    "labels": each.found.labelled,
                    "undecided": each.undecided,
                    "judged": signed(each.found.judged.mean),
                    "judged, 95% interval": interval(Figure.from_estimate(each.found.judged)),
                    "corrected": signed(each.found.corrected.mean),
                    "corrected, 95% interval": interval(Figure.from_estimate(each.found.corrected)),
                }
                for each in found
            ],
            "Judged and corrected scores",
        )
        figures = {"judged": row.metrics.cosa_score} | {
            visible(f"{place}. {each.method}: {each.source}", 60): Figure.from_estimate(
                each.found.corrected
            )
            for place, each in enumerate(found, start=1)
        }
        figures_chart(figures, "CoSA-Score, 95% interval", "Judged and corrected CoSA-Scores")
        for method in dict.fromkeys(each.method for each in found):
            st.caption(f"{method}: {ASSUMES[method]}")
    for line in unused:
        st.caption(f"Not used: {plain(line, 300)}")


@st.cache_data(max_entries=16, show_spinner=False)
def _corrections(
    _board: Board, _row: Row, index: str, row: str
) -> tuple[list[Correction], list[str]]:
    records = records_of(_board).get(_row.judge_id, ())
    return corrections(_board.db, Path(_board.results), _row, records)
