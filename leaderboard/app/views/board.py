"""Board: all tracks with ranks and intervals."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import groupby

import streamlit as st

from cosapien import UserError
from leaderboard.app.judge_records import show_noise
from leaderboard.app.parts.board_chart import show_chart
from leaderboard.app.parts.board_table import columns_of, table
from leaderboard.app.serving import look_again
from leaderboard.app.state import Board, open_board
from leaderboard.app.widgets import EMPTY, pick_table, plain, show_table, show_track
from leaderboard.board.generated import levels_of
from leaderboard.board.published import published
from leaderboard.board.rows import Row
from leaderboard.display.numbers import PAPER
from leaderboard.untrusted.csv_cells import csv_text
from leaderboard.untrusted.text import visible

READ = (
    "A rank is a range: 1–6 means that, with 95% confidence for all rows at once, the row's true "
    "rank is between 1 and 6. All pairs of rows in a table are compared on the samples that both "
    "have scored, adjusted for the number of pairs (Holm). Rows that share a letter do not differ "
    "significantly; a–d means a, b, c and d. The full list of letters is on the row's page. "
    "References (refuse_all, comply_all, ideal, ...) use no model: they mark the scale, unranked."
)
APART = (
    "Each combination of data, template and judge has its own table: two judges rate the same "
    "responses differently, so a common rank would compare judges, not models."
)
ROWS_SEEN = 20


def show() -> None:
    """The page."""
    board = open_board()
    st.title("CoSA leaderboard", anchor=False)
    top = st.container(horizontal=True, vertical_alignment="center")
    with top.popover("How to read ranks and letters", icon=":material/help:"):
        st.write(READ)
    if top.button("Look for new submissions", icon=":material/refresh:", key="look"):
        board = _look(board)
    rows = [row for row in board.index.rows if row.latest]
    if rows:
        _tracks(_filtered(rows))
    else:
        st.info(EMPTY)
    with st.expander("The paper's published figures: not measured here, never ranked"):
        st.caption(PAPER)
        show_table([asdict(row) for row in published()], "Published figures of the paper")
    if board.index.broken:
        with st.expander(f"{len(board.index.broken)} left out, and why"):
            show_table(
                [
                    {"folder": visible(b.folder), "why": visible(b.reason, 500)}
                    for b in board.index.broken
                ],
                "Submissions left out, with reasons",
            )


def _look(board: Board) -> Board:
    try:
        with st.spinner("Looking"):
            look_again()
    except UserError as error:
        st.error(plain(str(error), 500))
        return board
    found = open_board()
    come = len(found.rows.keys() - board.rows.keys())
    st.toast(f"{come} new rows" if come else "Nothing new")
    return found


# What a row is found by; a row of generated data has all of its levels, one of other data none.
# (A comment, since Streamlit would show a string that stands alone.)
_FILTERS: dict[str, Callable[[Row], tuple[str, ...]]] = {
    "benchmark": lambda row: (row.benchmark,),
    "level": levels_of,
    "judge": lambda row: (row.judge_name,),
    "method": lambda row: (row.method_name,),
    "tier": lambda row: (row.tier,),
}


def _filtered(rows: list[Row]) -> list[Row]:
    columns = st.columns(len(_FILTERS) + 1)
    options = {
        name: sorted({value for row in rows for value in of(row)}) for name, of in _FILTERS.items()
    }
    for column, (name, of) in zip(columns, _FILTERS.items(), strict=False):
        chosen = column.multiselect(
            name,
            options[name],
            key=name,
            format_func=visible,
            placeholder="all",
            bind="query-params",
        )
        rows = [row for row in rows if not chosen or set(of(row)) & set(chosen)]
    text = columns[-1].text_input("name contains", key="name", bind="query-params") or ""
    return [row for row in rows if text.casefold() in row.name.casefold()]


def _tracks(rows: Sequence[Row]) -> None:
    configs = st.toggle("score under each config", key="configs", bind="query-params")
    tracks = [(track, list(group)) for track, group in groupby(rows, key=lambda row: row.track)]
    if not tracks:
        st.info("No row matches these filters.")
    if len(tracks) > 1:
        st.caption(APART)
    for track, group in tracks:
        _track(track, group, configs)


def _track(track: str, rows: list[Row], configs: bool) -> None:
    show_track(rows[0])
    lines = [table(row, configs) for row in rows]
    picked = pick_table(
        lines,
        "Rows of this track, best score first",
        f"table_{track}",
        several=True,
        rows_seen=ROWS_SEEN,
        columns=columns_of(lines, READ),
    )
    show_noise(open_board(), rows[0])
    chosen = [rows[i] for i in picked]
    buttons = st.container(horizontal=True)
    if buttons.button("Open", key=f"open_{track}", disabled=len(chosen) != 1):
        st.switch_page("views/model.py", query_params={"row": chosen[0].id})
    if buttons.button("Compare", key=f"compare_{track}", disabled=not 2 <= len(chosen) <= 4):
        st.switch_page("views/compare.py", query_params={"rows": ",".join(r.id for r in chosen)})
    buttons.download_button(
        "CSV",
        lambda: csv_text(lines),
        f"board-{track}.csv",
        key=f"csv_{track}",
    )
    buttons.download_button(
        "JSON",
        lambda: "[" + ",\n".join(row.model_dump_json() for row in rows) + "]",
        f"board-{track}.json",
        key=f"json_{track}",
    )
    buttons.caption("Choose one row to open it, two to four to compare them.")
    show_chart(track, rows)


show()
