"""Widgets that several pages share. Text from submissions passes through `plain` or st.code."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from leaderboard.app.state import Board
from leaderboard.board.rows import Row
from leaderboard.display.numbers import CONTENT_NOTE
from leaderboard.display.terminal import track_title
from leaderboard.untrusted.text import visible

Line = Mapping[str, object]
Columns = Mapping[str, Any]

EMPTY = "The board is empty. Add a run with `leaderboard submit LOG`."

_REVEAL = "revealed"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:$@&^=/'\"])")


def plain(text: str, limit: int = 200) -> str:
    """Untrusted text for a label, which Streamlit renders as Markdown: its special characters escaped.

    Args:
        text: Any text.
        limit: Longest result before escaping, in characters.
    """
    return _MARKDOWN.sub(r"\\\1", visible(text, limit))


def show_text(title: str, text: str | None, height: int | None = None) -> None:
    """Show a text literally: no Markdown, no HTML, no links.

    Args:
        title: Its title, rendered as Markdown.
        text: Any text.
        height: Height in pixels above which it scrolls; None shows all of it.
    """
    st.caption(title)
    lines = sum(1 + len(line) // 60 for line in (text or "").splitlines())
    long = height is not None and lines * 21 > height
    st.code(text or "", language=None, wrap_lines=True, height=height if long else "content")


def show_table(
    lines: Sequence[Line], alt: str, *, rows_seen: int = 10, columns: Columns | None = None
) -> None:
    """Show a table of plain cells, with a dash for missing values.

    Args:
        lines: Its rows; all have the same keys.
        alt: Text for screen readers.
        rows_seen: How many rows are visible at once.
        columns: How columns are shown (`st.column_config`), by name.
    """
    st.dataframe(
        pd.DataFrame(list(lines)),
        hide_index=True,
        placeholder="–",
        alt=alt,
        height=_height(lines, rows_seen),
        column_config=columns,
    )


def pick_table(
    lines: Sequence[Line],
    alt: str,
    key: str,
    *,
    several: bool = False,
    rows_seen: int = 10,
    columns: Columns | None = None,
    on_pick: Callable[[], None] | None = None,
) -> list[int]:
    """Show the same table with selectable rows.

    Args:
        lines: Its rows; all have the same keys.
        alt: Text for screen readers.
        key: The widget's key.
        several: Whether more than one row may be chosen.
        rows_seen: How many rows are visible at once.
        columns: How columns are shown (`st.column_config`), by name.
        on_pick: Called when the selection changes.

    Returns:
        Numbers of the selected rows, from 0.
    """
    picked = st.dataframe(
        pd.DataFrame(list(lines)),
        hide_index=True,
        placeholder="–",
        alt=alt,
        height=_height(lines, rows_seen),
        column_config=columns,
        on_select=on_pick or "rerun",
        selection_mode="multi-row" if several else "single-row",
        key=key,
    )
    # a browser may still have the selection of a longer table
    return [at for at in picked.selection.rows if at < len(lines)]


def _height(lines: Sequence[Line], rows_seen: int) -> int:
    return 38 + 35 * max(1, min(len(lines), rows_seen))


def show_address(page: str, parameters: Mapping[str, str]) -> None:
    """Show the address of a view, with a button to copy it.

    Args:
        page: Path of the page, such as `failures`.
        parameters: Its query.
    """
    base = (st.context.url or f"/{page}").rstrip("/")
    show_text("link to this view (copy it on the right)", f"{base}?{urlencode(parameters)}")


def revealed() -> bool:
    """Whether prompts and responses are shown: a button for all pages, not stored in any address."""
    shown = bool(st.session_state.get(_REVEAL))
    st.button(
        f"{'Hide' if shown else 'Show'} prompts and responses",
        key="reveal",
        icon=f":material/visibility{'_off' if shown else ''}:",
        help=CONTENT_NOTE,
        shortcut="S",  # a button and not a toggle: while a toggle has the focus no key works
        on_click=lambda: st.session_state.update({_REVEAL: not shown}),
    )
    return shown


def choose_row(board: Board, label: str, key: str, wanted: str | None) -> Row | None:
    """Let the visitor choose a row; the one in the address is preselected.

    Args:
        board: The board.
        label: The list's label.
        key: The widget's key.
        wanted: Row id from the address.
    """
    ids = [row.id for row in board.index.rows]
    if not ids:
        st.info(EMPTY)
        return None
    if wanted is not None and wanted not in board.rows:
        st.warning("The address names a row that is not on this board.")
    start = ids.index(wanted) if wanted in board.rows else 0
    chosen = st.selectbox(
        label, ids, index=start, key=key, format_func=row_titles(board.index.rows)
    )
    return board.rows[chosen]


def row_titles(rows: Sequence[Row]) -> Callable[[str], str]:
    """A function from a row's id to its title in a list: name, judge, submitter and revision.

    Args:
        rows: The rows.
    """
    titles = {
        row.id: visible(
            f"{row.name} · {row.benchmark} · judge {row.judge_name} · {row.declared.submitter}"
            + (f" · revision {row.revision}" if row.revision > 1 else "")
            + ("" if row.latest else " (partial)" if row.partial else " (superseded)")
        )
        for row in rows
    }
    return titles.__getitem__


def show_track(row: Row) -> None:
    """Show the data and judge of a table."""
    st.subheader(plain(track_title(row), 300), anchor=False)
