"""A track's chart: a chosen number of models, and the references."""

from collections.abc import Sequence

import streamlit as st

from leaderboard.app.charts import figures_chart
from leaderboard.board.rows import Row
from leaderboard.results.parts import Figure
from leaderboard.untrusted.text import visible

CHOICES, USUAL, ALL = (10, 20, 40, 100), 20, 0


def show_chart(track: str, rows: Sequence[Row]) -> None:
    """The scores of a track with their intervals.

    Args:
        track: The track's key.
        rows: Its rows, best first.
    """
    models = [row for row in rows if row.kind == "model"]
    most = ALL
    if len(models) > CHOICES[0]:
        most = st.segmented_control(
            "models in the chart",
            [*(n for n in CHOICES if n < len(models)), ALL],
            default=USUAL if len(models) > USUAL else ALL,
            format_func=lambda n: str(n or "all"),
            required=True,
            key=f"chart-{track}",
            bind="query-params",
        )
    shown = {row.id: place for place, row in enumerate(models[: most or len(models)], start=1)}
    figures: dict[str, Figure] = {}
    marks = set[str]()
    for row in rows:
        if row.kind == "reference":
            name = visible(row.name, 60)
            name = f"{name} ({row.id})" if name in marks else name
            marks.add(name)
        elif row.id in shown:
            name = f"{shown[row.id]}. {visible(row.name, 60)}"
        else:
            continue
        figures[name] = row.metrics.cosa_score
    figures_chart(
        figures,
        "CoSA-Score, 95% interval",
        f"CoSA-Score of the best {len(shown)} models and the references, with 95% intervals",
        marks=frozenset(marks),
    )
    if len(models) > len(shown):
        st.caption(f"The best {len(shown)} of {len(models)} models.")
