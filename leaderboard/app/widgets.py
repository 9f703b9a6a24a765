"""Small things that several pages show. Text from submissions passes through `plain` or st.code."""

import re
from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from leaderboard.app.state import Board
from leaderboard.board_text import track_title
from leaderboard.manifest import Figure
from leaderboard.rows import Row

BLUE = "#0072B2"
"""Of the palette of Okabe and Ito; orange for what is below zero in the heatmap goes with it."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:$@&^=/'\"])")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def plain(text: str, limit: int = 200) -> str:
    """Untrusted text for a label, which Streamlit reads as Markdown: every mark escaped.

    Args:
        text: Any text.
        limit: Longest result before escaping, in characters.
    """
    return _MARKDOWN.sub(r"\\\1", visible(text, limit))


def visible(text: str, limit: int = 200) -> str:
    """Untrusted text for where it is shown as it is, such as a list's options.

    Args:
        text: Any text.
        limit: Longest result, in characters.
    """
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text[:limit])


def show_text(title: str, text: str | None) -> None:
    """A text as text: no Markdown, no HTML, no links."""
    st.caption(title)
    st.code(text or "", language=None, wrap_lines=True)


def percent(share: float | None) -> str:
    """A share in [0, 1] as a reader wants it."""
    return "–" if share is None else f"{100 * share:.1f}%"


def signed(score: float | None) -> str:
    """A score in [-1, 1]."""
    return "–" if score is None else f"{score:+.3f}"


def interval(figure: Figure) -> str:
    """A figure's 95% interval."""
    if figure.lower is None or figure.upper is None:
        return "–"
    return f"[{figure.lower:+.3f}, {figure.upper:+.3f}]"


def ranks(row: Row) -> str:
    """A row's rank interval."""
    place = row.standing
    if place is None:
        return "–"
    return str(place.low) if place.low == place.high else f"{place.low}–{place.high}"


def figures_chart(
    figures: dict[str, Figure], title: str, alt_text: str, limit: float = 1.0
) -> None:
    """Scores with their intervals, one line each, on the whole scale.

    Args:
        figures: By name, in the order to show.
        title: What stands below the scale.
        alt_text: What a screen reader says.
        limit: Largest value the scale can take: 1 for scores, 2 for differences.
    """
    known = {name: f for name, f in figures.items() if f.mean is not None}
    if not known:
        return
    data = pd.DataFrame(
        [{"name": n, "mean": f.mean, "lower": f.lower, "upper": f.upper} for n, f in known.items()]
    )
    order = list(known)
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=320))
    scale = alt.Scale(domain=[-limit, limit])
    base = alt.Chart(data)
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color="gray", strokeDash=[4, 4])
    lines = base.mark_rule(color=BLUE, strokeWidth=2).encode(
        x=alt.X("lower:Q", scale=scale, title=title), x2="upper:Q", y=y
    )
    points = base.mark_point(color=BLUE, filled=True, size=60).encode(
        x=alt.X("mean:Q", scale=scale, title=title),
        y=y,
        tooltip=["name", "mean", "lower", "upper"],
    )
    chart = (zero.encode(x="x:Q") + lines + points).properties(
        height=70 + 24 * len(order), description=alt_text
    )
    st.altair_chart(chart, width="stretch")


def choose_row(board: Board, label: str, key: str, wanted: str | None) -> Row | None:
    """A row chosen from a list; the one asked for by the address first.

    Args:
        board: The board.
        label: The list's label.
        key: The widget's key.
        wanted: Row id from the address.
    """
    ids = [row.id for row in board.index.rows]
    if not ids:
        st.info("The board is empty. Add a run with `leaderboard submit LOG`.")
        return None
    if wanted is not None and wanted not in board.rows:
        st.warning("The address names a row that is not on this board.")
    start = ids.index(wanted) if wanted in board.rows else 0
    chosen = st.selectbox(label, ids, index=start, key=key, format_func=titles(board.index.rows))
    return board.rows[chosen]


class titles:  # noqa: N801 - used like a function
    """What a row is called in a list: its name, judge, submitter and revision."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._names = {
            row.id: visible(
                f"{row.name} · {row.benchmark} · judge {row.judge_name} · {row.declared.submitter}"
                + (f" · revision {row.revision}" if row.revision > 1 else "")
                + ("" if row.latest else " (superseded)")
            )
            for row in rows
        }

    def __call__(self, ident: str) -> str:
        """The name of the row with this id."""
        return self._names[ident]


def show_track(row: Row) -> None:
    """Which data and judge a table is of."""
    st.subheader(plain(track_title(row), 300), anchor=False)
