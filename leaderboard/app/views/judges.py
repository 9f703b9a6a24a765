"""Judges: who judged how much, and how they differ."""

import streamlit as st

from leaderboard.app.charts import figures_chart
from leaderboard.app.judge_records import records_of
from leaderboard.app.parts.judge_agreement import show_records
from leaderboard.app.state import Board, open_board
from leaderboard.app.widgets import EMPTY, plain, show_table
from leaderboard.display.judges import ABOUT, in_short
from leaderboard.display.numbers import interval, percent, signed
from leaderboard.reading.judges import JudgeUse, Second, Tally, judge_uses, tallies
from leaderboard.untrusted.text import visible


def show() -> None:
    """The page."""
    board = open_board()
    st.title("Judges", anchor=False)
    if not board.rows:
        st.info(EMPTY)
        return
    st.caption(ABOUT)
    counted = _tallies(board, str(board.index.path))
    uses = judge_uses(board.index.rows, counted, records_of(board))
    show_table(
        [
            {
                "judge": visible(use.name),
                "identity": visible(use.id),
                "kind": visible(str(use.identity["kind"])) if use.identity else None,
                "rows": len(use.rows),
                "responses": use.samples,
                "unscored": percent(use.unscored),
                "panel disagreement": use.disagreement,
                "second scores given": len(use.given),
                "agreement with people": in_short(use.records),
            }
            for use in uses
        ],
        "Judges of this board",
        columns={
            "panel disagreement": st.column_config.NumberColumn(
                format="%.3f",
                help="Mean over responses, 0 to 1: the larger of the range of the ratings and the "
                "minority's share of the votes on compliance. A single judge has none.",
            ),
        },
    )
    for use in uses:
        _judge(use)


@st.cache_data(max_entries=2, show_spinner=False)
def _tallies(_board: Board, path: str) -> dict[str, Tally]:
    return tallies(_board.db)


def _judge(use: JudgeUse) -> None:
    st.subheader(f"{plain(use.name)} ({plain(use.id)})", anchor=False)
    show_records(use.records)
    if use.identity is None:
        st.caption("It gave second scores only; their files state its parameters.")
    else:
        with st.expander("Identity: models, parameters, prompt"):
            st.json(use.identity, expanded=True)
    others = [second for second in use.own if not second.same_judge]
    again = [second for second in use.own if second.same_judge]
    _seconds("Its rows, judged again by another judge", others)
    _seconds("Its rows, judged again by itself", again)
    if use.rows and not use.own:
        st.caption("None of its rows was judged a second time.")


def _seconds(title: str, seconds: list[Second]) -> None:
    if not seconds:
        return
    st.markdown(f"**{title}**")
    show_table(
        [
            {
                "row": visible(second.row.name),
                "second judge": visible(second.attestation.judge_name),
                "of": second.attestation.tier,
                "submitted": signed(second.row.metrics.cosa_score.mean),
                "second": signed(second.attestation.score.mean),
                "difference": signed(second.attestation.difference.mean),
                "95% interval": interval(second.attestation.difference),
                "now unsafe": second.attestation.safe_to_unsafe,
                "now safe": second.attestation.unsafe_to_safe,
                "now unscored": second.attestation.newly_unscored,
                "by": visible(second.attestation.by),
                "date": visible(second.attestation.created[:10]),
            }
            for second in seconds
        ],
        title,
    )
    figures_chart(
        {
            visible(f"{place}. {s.row.name}: {s.attestation.judge_name}", 60): (
                s.attestation.difference
            )
            for place, s in enumerate(seconds, start=1)
        },
        "second minus submitted CoSA-Score, 95% interval",
        f"{title}: second minus submitted CoSA-Score with 95% intervals",
        limit=2.0,
    )


show()
