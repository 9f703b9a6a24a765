"""Compare: two to four rows on the samples they share."""

from itertools import combinations

import pandas as pd
import streamlit as st

from leaderboard.app.state import Board, open_board, samples_of
from leaderboard.app.widgets import figures_chart, plain, show_track, signed, titles
from leaderboard.manifest import Figure
from leaderboard.ranking import pairwise
from leaderboard.rows import Row
from scorers.compare import Comparison, compare_samples
from scorers.summary import ScoredSample

FLIPS_SHOWN = 200


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
        format_func=titles(board.index.rows),
        key="compare_rows",
    )
    if len(chosen) < 2:
        st.info("Choose two to four rows of the same data and judge.")
        return
    st.query_params["rows"] = ",".join(chosen)
    rows = [board.rows[ident] for ident in chosen]
    if len({row.track for row in rows}) > 1:
        st.error("These rows differ in data, template or judge, so they cannot be compared.")
        return
    show_track(rows[0])
    samples = samples_of(board, chosen)
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
        _flips(board, a, b, samples)


def _pair(a: Row, b: Row, found: Comparison, adjusted: float, several: bool) -> None:
    st.subheader(f"{plain(a.name)} minus {plain(b.name)}", anchor=False)
    difference = Figure.of(found.difference)
    cells = st.columns(4)
    shown = f"[{signed(difference.lower)}, {signed(difference.upper)}]"
    cells[0].metric(
        "difference, 95% interval",
        signed(difference.mean),
        shown,
        delta_color="off",
        delta_arrow="off",
    )
    p = f"{found.p:.2g}" + (f" ({adjusted:.2g} for all pairs)" if several else "")
    cells[1].metric("p", p)
    cells[2].metric("higher / equal / lower", f"{found.wins} / {found.ties} / {found.losses}")
    cells[3].metric("a difference this small could be found", f"{found.detectable:.3f}")
    if found.only_one or found.unscored:
        st.caption(f"Not compared: {found.only_one} of one row only, {found.unscored} unscored.")
    by_config = {name: Figure.of(e) for name, e in found.by_config.items()}
    figures_chart(by_config, "difference, 95% interval", "Difference per config", limit=2.0)


def _flips(board: Board, a: Row, b: Row, samples: dict[str, list[ScoredSample]]) -> None:
    other = {sample.id: sample for sample in samples[b.id]}
    flips = [
        (x, other[x.id])
        for x in samples[a.id]
        if x.id in other
        and x.cosa_score * other[x.id].cosa_score <= 0
        and x.cosa_score != other[x.id].cosa_score
    ]
    with st.expander(f"{len(flips)} samples on which one succeeds and the other does not"):
        if not flips:
            return
        data = pd.DataFrame(
            [
                {
                    "sample": x.id,
                    "config": x.config,
                    "type": x.type,
                    "A": x.cosa_score,
                    "B": y.cosa_score,
                }
                for x, y in flips[:FLIPS_SHOWN]
            ]
        )
        key = f"flips_{a.id}_{b.id}"
        picked = st.dataframe(
            data, hide_index=True, on_select="rerun", selection_mode="single-row", key=key
        )
        if len(flips) > FLIPS_SHOWN:
            st.caption(f"The first {FLIPS_SHOWN} are shown.")
        if picked.selection.rows and st.button("Read it", key=f"read_{key}"):
            sample = flips[picked.selection.rows[0]][0].id
            st.switch_page("failures.py", query_params={"row": a.id, "sample": sample})


show()
