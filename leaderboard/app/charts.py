"""Charts that are readable on light and dark backgrounds and do not rely on red and green."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from leaderboard.results.parts import Figure

BLUE, ORANGE = "#0072B2", "#D55E00"
"""From the palette of Okabe and Ito; both are readable on white and on Streamlit's dark background."""
MEASURED, MARK = "model", "reference"


def figures_chart(
    figures: Mapping[str, Figure],
    title: str,
    alt_text: str,
    limit: float = 1.0,
    marks: frozenset[str] = frozenset(),
) -> None:
    """Scores with their intervals, one line each, on the full scale.

    Args:
        figures: By name, in the order to show.
        title: Title of the scale.
        alt_text: Text for screen readers.
        limit: Largest value the scale can take: 1 for scores, 2 for differences.
        marks: Names of references, shown in another colour and shape.
    """
    known = {name: figure for name, figure in figures.items() if figure.mean is not None}
    if not known:
        return
    y = alt.Y(
        "name:N", sort=list(known), title=None, axis=alt.Axis(labelLimit=320, labelFlush=False)
    )
    scale = alt.Scale(domain=[-limit, limit])
    legend = alt.Legend(title=None, orient="top") if marks else None
    colour = _by_kind(alt.Color, [BLUE, ORANGE], legend)
    base = alt.Chart(_lines(known, marks))
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color="gray", strokeDash=[4, 4])
    lines = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("lower:Q", scale=scale, title=title), x2="upper:Q", y=y, color=colour
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.X("mean:Q", scale=scale, title=title),
        y=y,
        shape=_by_kind(alt.Shape, ["circle", "diamond"], legend),
        tooltip=["name", "mean", "lower", "upper"],
        color=colour,
    )
    chart = (zero.encode(x="x:Q") + lines + points).properties(height=70 + 24 * len(known))
    st.altair_chart(chart, width="stretch", alt=alt_text)


def _lines(figures: Mapping[str, Figure], marks: frozenset[str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "name": name,
                "kind": MARK if name in marks else MEASURED,
                "mean": figure.mean,
                "lower": figure.lower,
                "upper": figure.upper,
            }
            for name, figure in figures.items()
        ]
    )


def _by_kind(channel: Callable[..., Any], values: list[str], legend: alt.Legend | None) -> Any:  # noqa: ANN401
    """A colour or shape that distinguishes models from references."""
    scale = alt.Scale(domain=[MEASURED, MARK], range=values)
    return channel("kind:N", scale=scale, legend=legend)


def heatmap(cells: Sequence[Mapping[str, object]], alt_text: str) -> None:
    """Mean scores per config and prompt type.

    Args:
        cells: With `config`, `type`, `score` in [-1, 1] and `n`.
        alt_text: Text for screen readers.
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
