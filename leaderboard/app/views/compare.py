"""Compare: two to four rows on the samples that they share."""

from collections.abc import Mapping
from itertools import combinations

import streamlit as st

from leaderboard.app.charts import figures_chart
from leaderboard.app.parts.flips import show_flips
from leaderboard.app.state import open_board
from leaderboard.app.widgets import plain, revealed, row_titles, show_track
from leaderboard.board.ranking import pairwise
from leaderboard.board.rows import Row
from leaderboard.display.numbers import interval, signed
from leaderboard.reading.scores import scored_rows
from leaderboard.results.parts import Figure
from leaderboard.untrusted.text import visible
from scorers.runs import Comparison, compare_samples


def show() -> None:
    """The page."""
    board = open_board()
    st.title("Compare", anchor=False)
    named = [ident for ident in st.query_params.get("rows", "").split(",") if ident in board.rows]
    ids = [row.id for row in board.index.rows]
    chosen = st.multiselect(
        "two to four rows",
        ids,
        default=named[:4],
        max_selections=4,
        format_func=row_titles(board.index.rows),
        key="compare_rows",
    )
    if len(chosen) < 2:
        st.info("Choose two to four rows of the same data and judge.")
        return
    st.query_params["rows"] = ",".join(chosen)
    rows = [board.rows[ident] for ident in chosen]
    if len({row.track for row in rows}) > 1:
        st.error("These rows have different data, template or judge, so they cannot be compared.")
        return
    show_track(rows[0])
    for row in rows:
        if row.partial:
            st.warning(f"{plain(row.name)} is a partial run: {plain(row.partial)}")
    reveal = revealed()
    samples = scored_rows(board.db, chosen)
    adjusted = pairwise(samples)
    order = {ident: i for i, ident in enumerate(adjusted.ids)}
    for a, b in combinations(rows, 2):
        if not {a.id, b.id} <= set(order):
            st.warning(f"{plain(a.name)} and {plain(b.name)}: a score is not established")
            continue
        found = compare_samples(samples[a.id], samples[b.id])
        if found is None:
            st.warning(f"{plain(a.name)} and {plain(b.name)} share no scored sample")
            continue
        p = float(adjusted.adjusted[order[a.id], order[b.id]])
        _pair(a, b, found, p, len(rows) > 2)
        show_flips(board, a, b, samples, reveal)


def _pair(a: Row, b: Row, found: Comparison, adjusted: float, several: bool) -> None:
    st.subheader(f"{plain(a.name)} minus {plain(b.name)}", anchor=False)
    difference = Figure.from_estimate(found.difference)
    cells = st.columns(4)
    cells[0].metric(
        "difference, 95% interval",
        signed(difference.mean),
        interval(difference),
        delta_color="off",
        delta_arrow="off",
    )
    p = f"{found.p:.2g}" + (f" ({adjusted:.2g} for all pairs)" if several else "")
    cells[1].metric("p", p)
    cells[2].metric("higher / equal / lower", f"{found.wins} / {found.ties} / {found.losses}")
    unknown = found.not_detectable
    detectable = f"{found.detectable:.3f}" if unknown is None else "not established"
    cells[3].metric("smallest detectable difference", detectable, help=unknown)
    if found.only_one or found.unscored:
        st.caption(f"Not compared: {found.only_one} in one row only, {found.unscored} unscored.")
    by_config: Mapping[str, Figure] = {
        visible(name, 60): Figure.from_estimate(e) for name, e in found.by_config.items()
    }
    figures_chart(
        by_config,
        "difference, 95% interval",
        f"Difference per config, {visible(a.name, 60)} minus {visible(b.name, 60)}",
        limit=2.0,
    )


show()
