"""Model: one row, its profile and what repeats it."""

import altair as alt
import pandas as pd
import streamlit as st

from leaderboard.app.state import Board, open_board
from leaderboard.app.widgets import (
    choose_row,
    figures_chart,
    interval,
    percent,
    plain,
    ranks,
    show_text,
    show_track,
    signed,
    visible,
)
from leaderboard.queries import MEANING, by_config_and_type, kinds_of
from leaderboard.rows import Row


def show() -> None:
    """The page."""
    board = open_board()
    st.title("Model", anchor=False)
    row = choose_row(board, "row", "model_row", st.query_params.get("row"))
    if row is None:
        return
    st.query_params["row"] = row.id
    show_track(row)
    m = row.metrics
    cells = st.columns(6)
    cells[0].metric(
        "CoSA-Score", signed(m.cosa_score.mean), interval(m.cosa_score), delta_color="off"
    )
    cells[1].metric("rank", ranks(row))
    cells[2].metric("helpful+safe", percent(m.helpful_safe.mean))
    cells[3].metric("helpful+unsafe", percent(m.helpful_unsafe.mean))
    cells[4].metric("unscored", percent(m.unscored))
    cells[5].metric("samples", m.n)
    _second_scores(row)
    if m.unscored:
        st.caption(f"If every unscored sample were -1 / +1: {signed(m.worst)} / {signed(m.best)}")
    for warning in row.warnings:
        st.warning(plain(warning, 500))
    left, right = st.columns(2)
    with left:
        figures = {**m.by_group, **m.by_config, **m.by_type}
        figures_chart(figures, "CoSA-Score, 95% interval", "CoSA-Score per config and prompt type")
    with right:
        _heatmap(board, row)
    _failures(board, row)
    with st.expander("How it was run, and how to run it again", expanded=True):
        show_text("command", row.command)
        st.json(row.run_config, expanded=False)
        st.caption("judge")
        st.json(row.judge, expanded=False)
        st.caption("versions, decoding, tokens")
        usage = [use.model_dump() for use in row.usage]
        st.json({**row.versions, **row.decoding, "usage": usage}, expanded=False)
    with st.expander("What the submitter says", expanded=True):
        said = row.declared.model_dump()
        for name, value in said.items():
            show_text(name.replace("_", " "), "not said" if value is None else str(value))


def _second_scores(row: Row) -> None:
    if not row.attestations:
        st.caption("Self-reported: nobody has judged its responses again or repeated its run.")
        return
    st.caption(f"Tier: {row.tier}. Second scores of this row, and what lies between:")
    lines = [
        {
            "": found.tier,
            "judge": visible(found.judge_name),
            "CoSA-Score": signed(found.score.mean),
            "difference": signed(found.difference.mean),
            "95% interval": interval(found.difference),
            "now unsafe": found.safe_to_unsafe,
            "now safe": found.unsafe_to_safe,
            "now unscored": found.newly_unscored,
            "same responses": found.identical_responses,
            "prompts from": found.data,
            "by": visible(found.by),
            "date": found.created[:10],
        }
        for found in row.attestations
    ]
    st.dataframe(pd.DataFrame(lines), hide_index=True)


def _heatmap(board: Board, row: Row) -> None:
    data = pd.DataFrame(by_config_and_type(board.db, row.id))
    if data.empty:
        return
    colour = alt.Color(
        "score:Q",
        scale=alt.Scale(domain=[-1, 0, 1], range=["#E59866", "#F7F7F7", "#7FB2D9"]),
        title="mean score",
    )
    base = alt.Chart(data, description="Mean score per config and prompt type").encode(
        x=alt.X("type:N", title=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("config:N", title=None, axis=alt.Axis(labelLimit=240)),
    )
    cells = base.mark_rect().encode(color=colour, tooltip=["config", "type", "score", "n"])
    numbers = base.mark_text(color="black").encode(text=alt.Text("score:Q", format="+.2f"))
    st.altair_chart(cells + numbers, width="stretch")


def _failures(board: Board, row: Row) -> None:
    found = kinds_of(board.db, row.id)
    st.dataframe(
        pd.DataFrame(
            [{"failure": kind, "samples": n, "": MEANING[kind]} for kind, n in found.items()]
        ),
        hide_index=True,
    )
    if st.button("Read its failures", key="model_failures"):
        st.switch_page("failures.py", query_params={"row": row.id})


show()
