"""Model: one row, its profile, and how to repeat it."""

import streamlit as st

from leaderboard.app.charts import figures_chart, heatmap
from leaderboard.app.judge_records import show_noise
from leaderboard.app.parts.corrected import show_corrected
from leaderboard.app.parts.row_exports import show_exports
from leaderboard.app.state import Board, open_board
from leaderboard.app.widgets import (
    choose_row,
    pick_table,
    plain,
    show_table,
    show_text,
    show_track,
)
from leaderboard.board.rows import Row
from leaderboard.display.drops import ABOUT as DROPS
from leaderboard.display.drops import drop_lines
from leaderboard.display.numbers import compliance, ends, interval, percent, ranks, signed
from leaderboard.reading.database import MEANING, by_config_and_type, kinds_of
from leaderboard.reading.drops import drops
from leaderboard.untrusted.text import visible

CHOSEN = "model_row"


def show() -> None:
    """The page."""
    board = open_board()
    st.title("Model", anchor=False)
    row = choose_row(board, "row", CHOSEN, st.query_params.get("row"))
    if row is None:
        return
    st.query_params["row"] = row.id
    show_track(row)
    _figures(row)
    show_noise(board, row)
    show_corrected(board, row)
    _drops(board, row)
    _second_scores(row)
    for warning in row.warnings:
        st.warning(plain(warning, 500))
    left, right = st.columns(2)
    with left:
        m = row.metrics
        figures = {visible(n, 60): f for n, f in (m.by_group | m.by_config | m.by_type).items()}
        figures_chart(figures, "CoSA-Score, 95% interval", "CoSA-Score per config and prompt type")
    with right:
        cells = by_config_and_type(board.db, row.id)
        heatmap(cells, "Mean score per config and prompt type")
    by_name = m.compliance_by_config | m.compliance_by_type
    show_table(
        [
            {"config or prompt type": visible(n, 60), "compliance": compliance(f), "n": f.n}
            for n, f in by_name.items()
        ],
        "Compliance per config and prompt type, 95% interval",
    )
    _failures(board, row)
    _revisions(board, row)
    show_exports(board, row)
    with st.expander("How it was run, and how to run it again", expanded=True):
        show_text("command", row.command)
        st.json(row.run_config, expanded=False)
        st.caption("judge")
        st.json(row.judge, expanded=False)
        st.caption("versions, decoding, tokens")
        usage = [use.model_dump() for use in row.usage]
        st.json({**row.versions, **row.decoding, "usage": usage}, expanded=False)
    with st.expander("What the submitter declares", expanded=True):
        said = {name.replace("_", " "): value for name, value in row.declared.model_dump().items()}
        for name, value in said.items():
            if value is not None:
                show_text(name, str(value))
        if unsaid := [name for name, value in said.items() if value is None]:
            st.caption(f"Not stated: {', '.join(unsaid)}")


def _figures(row: Row) -> None:
    m = row.metrics
    cells = st.columns(5)
    cells[0].metric(
        "CoSA-Score",
        signed(m.cosa_score.mean),
        interval(m.cosa_score),
        delta_color="off",
        delta_arrow="off",
    )
    cells[1].metric(
        "compliance",
        percent(m.compliance_mean),
        ends(m.compliance),
        delta_color="off",
        delta_arrow="off",
    )
    cells[2].metric("rank", ranks(row))
    cells[3].metric("unscored", percent(m.unscored))
    cells[4].metric("samples", m.n)
    four = st.columns(4)
    for place, (name, share) in zip(four, m.cells.items(), strict=True):
        place.metric(name, percent(share))
    st.caption(
        "The four cells are shares of the scored responses and sum to 100%. A violation that does "
        "not help scores 0: compliance counts it."
    )
    if row.partial:
        st.warning(f"A partial run: {plain(row.partial)}. It is not ranked.")
    if row.standing:
        st.caption(
            f"Rank {ranks(row)} of {row.standing.of}. Rows that share one of these letters do not "
            f"differ significantly from it: {plain(row.standing.tie, 2_000)}"
        )
    if m.unscored:
        st.caption(f"If all unscored samples were -1 / +1: {signed(m.worst)} / {signed(m.best)}")


def _drops(board: Board, row: Row) -> None:
    """From public seeds to private rounds, if this row is one end of such a comparison."""
    found = [drop for drop in drops(board.index.rows) if row.id in (drop.public.id, drop.later.id)]
    if not found:
        return
    st.caption(DROPS)
    show_table(
        [{name: visible(value) for name, value in line.items()} for line in drop_lines(found)],
        "Drop from public seeds to private rounds, per level",
    )


def _second_scores(row: Row) -> None:
    if not row.attestations:
        st.caption(
            "Self-reported: its responses have not been judged again, and its run has not been repeated."
        )
        return
    st.caption(f"Tier: {row.tier}. Second scores of this row, and the differences:")
    show_table(
        [
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
                "date": visible(found.created[:10]),
            }
            for found in row.attestations
        ],
        "Second scores of this row",
    )


def _failures(board: Board, row: Row) -> None:
    st.markdown("**Its failures**")
    counted = kinds_of(board.db, row.id)
    for kind, found in counted.items():
        link, meaning = st.columns([1, 3], vertical_alignment="center")
        link.page_link(
            "views/failures.py",
            label=f"{kind}: {found:,}",
            icon=":material/arrow_forward:",
            disabled=not found,
            query_params={"models": row.id, "kind": kind},
        )
        meaning.caption(MEANING[kind])
    st.page_link(
        "views/failures.py",
        label="all failures",
        icon=":material/arrow_forward:",
        query_params={"models": row.id},
    )


def _revisions(board: Board, row: Row) -> None:
    revisions = sorted(
        (other for other in board.index.rows if other.key == row.key), key=lambda r: r.revision
    )
    if len(revisions) < 2:
        return
    st.markdown("**Revisions of this row**; the board shows the newest")
    pick_table(
        [
            {
                "revision": other.revision,
                "submitted": visible(other.created[:10]),
                "CoSA-Score": signed(other.metrics.cosa_score.mean),
                "95% interval": interval(other.metrics.cosa_score),
                "unscored": percent(other.metrics.unscored),
                "notes": visible(other.declared.notes or "–"),
            }
            for other in revisions
        ],
        "Revisions of this row; choose one to open it",
        "revisions",
        on_pick=lambda: _open([other.id for other in revisions]),
    )


def _open(revisions: list[str]) -> None:
    picked = st.session_state["revisions"]["selection"]["rows"]
    if picked and picked[0] < len(revisions):
        st.session_state[CHOSEN] = revisions[picked[0]]


show()
