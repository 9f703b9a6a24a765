"""A list of failures as files."""

import json

import streamlit as st

from leaderboard.app.state import Board
from leaderboard.app.widgets import plain
from leaderboard.csv_cells import csv_text
from leaderboard.queries import Filter, page
from leaderboard.rows import Row
from leaderboard.texts import texts_of
from leaderboard.words import CONTENT_NOTE, LICENCES

EXPORTED = 2_000


def show_export(board: Board, wanted: Filter, rows: list[Row], reveal: bool) -> None:
    """A button, and behind it what the list holds; with texts only if they are shown.

    Args:
        board: The board.
        wanted: The list's filter.
        rows: Rows it is about.
        reveal: Whether prompts and responses are shown.
    """
    if not st.button("Export this list", key="f_export"):
        return
    lines = page(board.db, wanted, 0, EXPORTED)
    for line in lines:
        del line["position"]  # of this board only
        if reveal:
            ids = board.rows[line["row_id"]], line["sample_id"], line["epoch"]
            line |= texts_of(board.results, *ids)
    names = {row.benchmark for row in rows}
    licences = {name: LICENCES.get(name, "not known") for name in sorted(names)}
    note = {"note": CONTENT_NOTE, "licences": licences}
    left, right = st.columns(2)
    left.download_button("CSV", csv_text(lines), "failures.csv", key="f_csv")
    text = "\n".join(json.dumps(item, ensure_ascii=False) for item in [note, *lines])
    right.download_button("JSONL", text + "\n", "failures.jsonl", key="f_jsonl")
    shown = ", ".join(f"{plain(name)}: {licence}" for name, licence in licences.items())
    st.caption(f"Licence of the data: {shown}. At most {EXPORTED:,} samples.")
