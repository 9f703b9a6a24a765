"""Charts, readable on light and on dark ground and without telling red from green."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from leaderboard.results.parts import Figure

BLUE, ORANGE = "#0072B2", "#D55E00"
"""Of the palette of Okabe and Ito; both stand out on white and on Streamlit's dark ground."""
MEASURED, MARK = "model", "reference"


def figures_chart(
    figures: Mapping[str, Figure],
    title: str,
    alt_text: str,
    limit: float = 1.0,
    marks: frozenset[str] = frozenset(),
) -> None:
    """Scores with their intervals, one line each, on the whole scale.

    Args:
        figures: By name, in the order to show.
        title: What stands below the scale.
        alt_text: What a screen reader says.
        limit: Largest value the scale can take: 1 for scores, 2 for differences.
        marks: Names that are fixed points of the scale, shown apart.
    """
    known = {name: figure for name, figure in figures.items() if figure.mean is not None}
    if not known:
        return
    data = pd.DataFrame(
        [
            {
                "name": name,
                "kind": MARK if name in marks else MEASURED,
                "mean": f.mean,
                "lower": f.lower,
                "upper": f.upper,
            }
            for name, f in known.items()
        ]
    )
    y = alt.Y(
        "name:N", sort=list(known), title=None, axis=alt.Axis(labelLimit=320, labelFlush=False)
    )
    scale = alt.Scale(domain=[-limit, limit])
    legend = alt.Legend(title=None, orient="top") if marks else None
    kinds: dict[str, Any] = {
        "color": alt.Color(
            "kind:N",
            scale=alt.Scale(domain=[MEASURED, MARK], range=[BLUE, ORANGE]),
            legend=legend,
        ),
    }
    shape = alt.Shape(
        "kind:N",
        scale=alt.Scale(domain=[MEASURED, MARK], range=["circle", "diamond"]),
        legend=legend,
    )
    base = alt.Chart(data)
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color="gray", strokeDash=[4, 4])
    lines = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("lower:Q", scale=scale, title=title), x2="upper:Q", y=y, **kinds
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.X("mean:Q", scale=scale, title=title),
        y=y,
        shape=shape,
        tooltip=["name", "mean", "lower", "upper"],
        **kinds,
    )
    chart = (zero.encode(x="x:Q") + lines + points).properties(height=70 + 24 * len(known))
    st.altair_chart(chart, width="stretch", alt=alt_text)


def heatmap(cells: Sequence[Mapping[str, object]], alt_text: str) -> None:
    """Mean scores per config and prompt type.

    Args:
        cells: With `config`, `type`, `score` in [-1, 1] and `n`.
        alt_text: What a screen reader says.
    """
    if not cells:
        return
    colour = alt.Color(
        "score:Q",
        scale=alt.Scale(domain=[-1, 0, 1], range=["#E59866", "#F7F7F7", "#7FB2D9"]),
        title="mean score",
    )
    base = alt.Chart(pd.DataFrame(list(cells))).encode(
        x=alt.X("type:N", title=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("config:N", title=None, axis=alt.Axis(labelLimit=240, labelFlush=False)),
    )
    squares = base.mark_rect().encode(color=colour, tooltip=["config", "type", "score", "n"])
    numbers = base.mark_text(color="black").encode(text=alt.Text("score:Q", format="+.2f"))
    rows = len({cell["config"] for cell in cells})
    chart = (squares + numbers).properties(height=70 + 24 * rows)
    st.altair_chart(chart, width="stretch", alt=alt_text)
