"""Board: every track with its ranks and intervals."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import groupby

import pandas as pd
import streamlit as st

from leaderboard.app.state import open_board
from leaderboard.app.widgets import figures_chart, interval, percent, ranks, show_track, signed
from leaderboard.csv_cells import safe_cell
from leaderboard.published import published
from leaderboard.rows import Row

MAX_IN_CHART = 40
EXPLAINED = (
    "Ranks are ranges: two rows that share a letter cannot be told apart by a paired test on their "
    "shared samples (Holm over all pairs, 95%). Rows of different data, templates or judges are "
    "never ranked together. refuse_all, comply_all and ideal need no model and mark the scale."
)

PAPER = (
    "Zhang et al., Controllable Safety Alignment, ICLR 2025 (arXiv 2410.08968). CoSApien was judged by "
    "humans, CoSAlign-Test by GPT-4o; other judges and prompts than a row above may have."
)


def table(rows: Sequence[Row], configs: bool) -> pd.DataFrame:
    """The rows of a track as a person reads them.

    Args:
        rows: Rows of one track.
        configs: Whether to show the score under each config.
    """
    lines = []
    for row in rows:
        m = row.metrics
        line: dict[str, object] = {
            "rank": ranks(row),
            "ties": row.standing.tie if row.standing else "",
            "row": row.name,
            "CoSA-Score": signed(m.cosa_score.mean),
            "95% interval": interval(m.cosa_score),
            "helpful+safe": percent(m.helpful_safe.mean),
            "helpful+unsafe": percent(m.helpful_unsafe.mean),
            "unscored": percent(m.unscored),
        }
        line |= {name: signed(figure.mean) for name, figure in m.by_group.items()}
        if configs:
            line |= {f"config {name}": signed(f.mean) for name, f in m.by_config.items()}
        line |= {
            "n": m.n,
            "tier": row.tier,
            "second minus submitted": (
                signed(row.attestations[-1].difference.mean) if row.attestations else None
            ),
            "judge": row.judge_name,
            "tokens": sum(u.input_tokens + u.output_tokens for u in row.usage) or None,
            "cost ($)": row.declared.cost_usd,
            "date": row.run_date[:10],
            "submitter": row.declared.submitter,
            "revision": row.revision,
        }
        lines.append(line)
    return pd.DataFrame(lines)


def show() -> None:
    """The page."""
    board = open_board()
    st.title("CoSA leaderboard", anchor=False)
    st.caption(EXPLAINED)
    rows = [row for row in board.index.rows if row.latest]
    if not rows:
        st.info("The board is empty. Add a run with `leaderboard submit LOG`.")
    columns = st.columns(5)
    for column, (label, of) in zip(columns, _FILTERS.items(), strict=False):
        found = sorted({of(row) for row in rows})
        chosen = column.multiselect(label, found, key=f"board_{label}", placeholder="all")
        rows = [row for row in rows if not chosen or of(row) in chosen]
    text = columns[4].text_input("name contains", key="board_name").casefold()
    rows = [row for row in rows if text in row.name.casefold()]
    configs = st.toggle("score under each config", key="board_configs")
    for track, group in groupby(rows, key=lambda row: row.track):
        _track(track, list(group), configs)
    with st.expander("The paper's figures, as published: not measured here, never ranked"):
        st.caption(PAPER)
        st.dataframe(pd.DataFrame([asdict(row) for row in published()]), hide_index=True)
    if board.index.broken:
        with st.expander(f"{len(board.index.broken)} submissions left out"):
            st.dataframe(
                pd.DataFrame(
                    [(b.folder, b.reason) for b in board.index.broken], columns=["", "why"]
                )
            )


_FILTERS: dict[str, Callable[[Row], str]] = {
    "benchmark": lambda row: row.benchmark,
    "judge": lambda row: row.judge_name,
    "method": lambda row: row.method_name,
    "tier": lambda row: row.tier,
}


def _track(track: str, rows: list[Row], configs: bool) -> None:
    show_track(rows[0])
    data = table(rows, configs)
    picked = st.dataframe(
        data, hide_index=True, on_select="rerun", selection_mode="multi-row", key=f"table_{track}"
    )
    chosen = [rows[i] for i in picked.selection.rows if i < len(rows)]
    buttons = st.columns(4)
    if len(chosen) == 1 and buttons[0].button("Open", key=f"open_{track}"):
        st.switch_page("model.py", query_params={"row": chosen[0].id})
    if 2 <= len(chosen) <= 4 and buttons[0].button("Compare", key=f"compare_{track}"):
        st.switch_page("compare.py", query_params={"rows": ",".join(r.id for r in chosen)})
    buttons[2].download_button(
        "CSV", data.map(safe_cell).to_csv(index=False), f"board-{track}.csv", key=f"csv_{track}"
    )
    buttons[3].download_button(
        "JSON",
        "[" + ",\n".join(row.model_dump_json() for row in rows) + "]",
        f"board-{track}.json",
        key=f"json_{track}",
    )
    shown = {f"{i + 1}. {row.name}"[:60]: row.metrics.cosa_score for i, row in enumerate(rows)}
    figures_chart(
        dict(list(shown.items())[:MAX_IN_CHART]),
        "CoSA-Score, 95% interval",
        "CoSA-Score of each row with its 95% interval",
    )
    if len(shown) > MAX_IN_CHART:
        st.caption(f"The chart shows the first {MAX_IN_CHART} of {len(shown)} rows.")


show()
