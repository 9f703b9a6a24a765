"""One sample: its config, prompt, response, the judges' answers, and other rows' answers."""

import json
from dataclasses import dataclass
from typing import Any

import streamlit as st

from leaderboard.app.parts.evidence import (
    SCORES,
    complies,
    show_answers,
    show_judges,
    show_passages,
    show_verdict,
)
from leaderboard.app.state import Board
from leaderboard.app.widgets import pick_table, plain, show_address, show_text
from leaderboard.board.rows import Row
from leaderboard.display.numbers import CONTENT_NOTE, LICENCES
from leaderboard.errors import SubmissionError
from leaderboard.reading.database import Filter, Found, others, page
from leaderboard.reading.steps import Place, key_of
from leaderboard.reading.texts import Key, texts_of
from leaderboard.untrusted.csv_cells import csv_text
from leaderboard.untrusted.text import visible

ANSWERS, ANSWERS_AT_MOST = 4, 12
CONFIG_HEIGHT = 420


@dataclass(frozen=True, slots=True)
class List:
    """The list that a sample is opened from.

    Attributes:
        at: The sample's position in it; None if the filters exclude it.
        total: Number of its samples.
        per_page: Samples per page.
        text: The search term, or empty.
    """

    at: Place | None
    total: int
    per_page: int
    text: str


def show_detail(board: Board, scores: Found, within: List, reveal: bool) -> None:
    """Show one sample.

    Args:
        board: The board.
        scores: The sample, from the index.
        within: The list it is opened from.
        reveal: Whether prompts and responses are shown.
    """
    row = board.rows[scores["row_id"]]
    st.divider()
    _steps(within)
    st.subheader(f"{plain(row.name)}: sample {plain(scores['sample_id'])}", anchor=False)
    show_verdict(scores, row)
    try:
        texts = texts_of(board.results, row, scores["sample_id"], scores["epoch"])
    except SubmissionError as error:
        st.error(plain(str(error)))
        return
    left, right = st.columns([2, 3])
    with left:
        title = f"safety config {plain(scores['config'])}"
        show_text(title, texts["scenario"], CONFIG_HEIGHT)
    with right:
        if reveal:
            _texts(texts, within.text)
        else:
            st.info(f"Prompt, response and rationales are hidden. {CONTENT_NOTE}")
    if reveal:
        show_judges(texts)
    _others(board, row, scores, reveal)
    show_address("failures", st.query_params.to_dict())


def _steps(within: List) -> None:
    at = within.at
    place = st.container(horizontal=True, vertical_alignment="center")
    for label, step, key, icon in (
        ("Previous", -1, "P", ":material/arrow_back:"),
        ("Next", 1, "N", ":material/arrow_forward:"),
    ):
        target = None if at is None else (at.previous if step < 0 else at.next)
        place.button(
            label,
            key=f"step_{label}",
            icon=icon,
            shortcut=key,
            disabled=target is None,
            on_click=_open,
            args=(target, 0 if at is None else at.number + step, within.per_page),
        )
    left_out = "not in this list: excluded by the filters"
    place.text(f"{at.number:,} of {within.total:,}" if at else left_out)


def _open(key: Key, number: int, per_page: int) -> None:
    row, ident, epoch = key
    st.query_params.update({"row": row, "sample": ident, "epoch": str(epoch)})
    st.session_state["page"] = 1 + (number - 1) // per_page


def _texts(texts: dict[str, Any], needle: str) -> None:
    show_passages({name: texts[name] for name in ("prompt", "response", "explanation")}, needle)
    show_text("prompt", texts["prompt"])
    show_text("response", texts["response"])
    if texts["unfiltered"] is not None:
        show_text("response before it was filtered", texts["unfiltered"])
    if texts["refusal"]:
        st.caption(f"Counted as a refusal without judging: {plain(texts['refusal'])}")


def _others(board: Board, row: Row, scores: Found, reveal: bool) -> None:
    found = others(board.db, row.track, scores["sample_id"], row.id)
    if not found:
        return
    st.markdown("**Other rows on the same prompt**")
    picked = pick_table(
        [
            {
                "row": visible(board.rows[line["row_id"]].name),
                "CoSA-Score": line["cosa_score"],
                "helpfulness": line["helpfulness"],
                "complies": complies(line["compliant"]),
            }
            for line in found
        ],
        "What other rows scored on the same prompt, worst first",
        f"others_{'_'.join(map(str, key_of(scores)))}",
        several=True,
        rows_seen=6,
        columns=SCORES,
    )
    if not reveal:
        return
    chosen = [found[i] for i in picked][:ANSWERS_AT_MOST]
    shown = chosen or found[:ANSWERS]
    if not chosen:
        st.caption(f"The first {len(shown)} answers; choose others in the table.")
    show_answers(board, [(board.rows[line["row_id"]], line) for line in shown], scores["sample_id"])


EXPORTED = 2_000


def show_export(board: Board, wanted: Filter, rows: list[Row], reveal: bool) -> None:
    """Show an export button for the list; texts are included only if they are shown.

    Args:
        board: The board.
        wanted: The list's filter.
        rows: Rows in the list.
        reveal: Whether prompts and responses are shown.
    """
    if not st.button("Export this list", key="f_export"):
        return
    lines = page(board.db, wanted, 0, EXPORTED)
    for line in lines:
        del line["position"]  # meaningful on this board only
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
