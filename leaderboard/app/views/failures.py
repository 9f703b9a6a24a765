"""Failures: all failed samples, to read one by one."""

from dataclasses import replace

import streamlit as st

from cosapien import PROMPT_TYPES
from leaderboard.app.parts.evidence import SCORES, complies
from leaderboard.app.parts.failures import List, show_detail, show_export
from leaderboard.app.state import Board, open_board
from leaderboard.app.widgets import EMPTY, pick_table, revealed, row_titles
from leaderboard.board.rows import Row
from leaderboard.reading.database import KINDS, MEANING, Filter, Found, count, page, sample
from leaderboard.reading.steps import key_of, place
from leaderboard.reading.texts import Key, search
from leaderboard.untrusted.text import visible

PAGE = 50
ROWS_SEEN, ROWS_SEEN_WHILE_READING = 12, 5
LIST = "failures_list"


def show() -> None:
    """The page."""
    board = open_board()
    st.title("Failures", anchor=False)
    if not board.rows:
        st.info(EMPTY)
        return
    reveal = revealed()
    wanted, rows, text = _filters(board)
    _read(board, wanted, rows, text, reveal)


@st.fragment
def _read(board: Board, wanted: Filter, rows: list[Row], text: str, reveal: bool) -> None:
    """The list and the open sample; stepping through it does not rerun the filters."""
    index = str(board.index.path)
    total = _count(board, index, wanted)
    reading = _from_address(board)
    at = place(board.db, wanted, reading) if reading else None
    pages = max(1, -(-total // PAGE))
    if at is not None and "page" not in st.session_state and "page" not in st.query_params:
        st.session_state["page"] = 1 + (at.number - 1) // PAGE
    if (
        st.session_state.get("page", 1) > pages
    ):  # set only in this case, so that the address counts otherwise
        st.session_state["page"] = pages
    number = 1
    if pages > 1:
        number = st.pagination(pages, key="page", bind="query-params")
    found = _page(board, index, wanted, number)
    st.caption(f"{total:,} samples, worst first")
    _list(board, found, key_of(reading) if reading else None)
    if found:
        show_export(board, wanted, rows, reveal)
    if reading:
        show_detail(board, reading, List(at, total, PAGE, text), reveal)
    elif st.query_params.get("sample"):
        st.warning("The address refers to a sample that is not on this board.")


# cached, since the list stays the same while its samples are read one by one


@st.cache_data(max_entries=256, show_spinner=False)
def _count(_board: Board, index: str, wanted: Filter) -> int:
    return count(_board.db, wanted)


@st.cache_data(max_entries=32, show_spinner=False)
def _page(_board: Board, index: str, wanted: Filter, number: int) -> list[Found]:
    return page(_board.db, wanted, (number - 1) * PAGE, PAGE)


def _filters(board: Board) -> tuple[Filter, list[Row], str]:
    """Show the filters; the resulting filter, the selected rows, and the search term."""
    first, second, third, fourth, fifth = st.columns([3, 2, 2, 2, 3])
    with first:
        rows = _choose_rows(board)
    kind = second.selectbox(
        "kind of failure",
        KINDS,
        key="kind",
        bind="query-params",
        on_change=_first_page,
        help="\n".join(f"- {kind}: {meaning}" for kind, meaning in MEANING.items()),
    )
    config = third.selectbox(
        "safety config",
        sorted({name for row in board.index.rows for name in row.metrics.by_config}),
        None,
        format_func=visible,
        key="config",
        bind="query-params",
        placeholder="all",
        on_change=_first_page,
    )
    type_ = fourth.selectbox(
        "prompt type",
        PROMPT_TYPES,
        None,
        key="type",
        bind="query-params",
        placeholder="all",
        on_change=_first_page,
    )
    text = str(
        fifth.text_input(
            "text in prompt, response or rationale",
            key="q",
            bind="query-params",
            on_change=_first_page,
        )
        or ""
    )
    # naming every row would cost more than the rest of the query
    named = () if len(rows) == len(board.rows) else tuple(row.id for row in rows)
    wanted = Filter(kind, named, config, type_)
    return (_holding(board, wanted, rows, text) if text else wanted), rows, text


def _choose_rows(board: Board) -> list[Row]:
    """The rows chosen, or all newest ones; the address keeps the choice."""
    asked = st.query_params.get("models", "").split(",")
    ids = [row.id for row in board.index.rows if row.latest or row.id in asked]
    if "f_models" not in st.session_state:
        st.session_state["f_models"] = [ident for ident in ids if ident in asked]
    chosen = st.multiselect(
        "model",
        ids,
        format_func=row_titles(board.index.rows),
        key="f_models",
        placeholder="all",
        on_change=_first_page,
    )
    if chosen:
        st.query_params["models"] = ",".join(chosen)
    else:
        st.query_params.pop("models", None)
    return [board.rows[ident] for ident in (chosen or ids)]


def _holding(board: Board, wanted: Filter, rows: list[Row], text: str) -> Filter:
    """The filter, narrowed to samples that contain a text."""
    hits, more = search(board.results, rows, text)
    if more:
        st.caption(f"Only the first {len(hits):,} samples that contain this text are shown.")
    return replace(wanted, samples=tuple(hits))


def _first_page() -> None:
    st.session_state["page"] = 1


def _list(board: Board, found: list[Found], reading: Key | None) -> None:
    if not found:
        st.info("No samples match these filters.")
        return
    keys = [key_of(line) for line in found]
    # the address determines the open sample, also after "next"; the list follows
    rows = [keys.index(reading)] if reading in keys else []
    st.session_state[LIST] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    pick_table(
        [
            {
                "row": visible(board.rows[line["row_id"]].name),
                "sample": visible(line["sample_id"]),
                "config": visible(line["config"]),
                "type": line["type"],
                "CoSA-Score": line["cosa_score"],
                "helpfulness": line["helpfulness"],
                "complies": complies(line["compliant"]),
                "refusal": line["refusal"],
            }
            for line in found
        ],
        "Samples that the filters select, worst first",
        LIST,
        columns=SCORES,
        rows_seen=ROWS_SEEN_WHILE_READING if reading else ROWS_SEEN,
        on_pick=lambda: _open_picked(keys),
    )


def _open_picked(keys: list[Key]) -> None:
    picked = st.session_state[LIST]["selection"]["rows"]
    if picked and picked[0] < len(keys):
        row, ident, epoch = keys[picked[0]]
        st.query_params.update({"row": row, "sample": ident, "epoch": str(epoch)})
    else:
        for name in ("row", "sample", "epoch"):
            st.query_params.pop(name, None)


def _from_address(board: Board) -> Found | None:
    row, ident = st.query_params.get("row"), st.query_params.get("sample")
    epoch = st.query_params.get("epoch", "1")
    if row not in board.rows or not ident:
        return None
    number = int(epoch) if epoch.isascii() and epoch.isdigit() and len(epoch) < 6 else 1
    return sample(board.db, row, ident, number)


show()
