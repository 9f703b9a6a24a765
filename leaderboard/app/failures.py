"""Failures: every sample that went wrong, to be read."""

import json
from dataclasses import replace
from typing import Any, get_args

import pandas as pd
import streamlit as st

from cosapien import PromptType
from leaderboard.app.state import Board, open_board
from leaderboard.app.widgets import plain, show_text, signed, titles, visible
from leaderboard.csv_cells import safe_cell
from leaderboard.manifest import SubmissionError
from leaderboard.queries import KINDS, MEANING, Filter, count, others, page, sample
from leaderboard.rows import Row
from leaderboard.texts import search, texts_of

PAGE = 50
EXPORTED = 2_000
LICENCES = {
    "microsoft/CoSApien": "CDLA-Permissive-2.0",
    "microsoft/CoSAlign-Test": "CC-BY-NC-4.0",
    "contrast": "MIT",
    "sample": "MIT",
}
NOTE = "Prompts and responses can be offensive or harmful. They are shown for research on safety."


def show() -> None:
    """The page."""
    board = open_board()
    st.title("Failures", anchor=False)
    if not board.rows:
        st.info("The board is empty. Add a run with `leaderboard submit LOG`.")
        return
    reveal = st.toggle("Show prompts and responses", key="reveal", help=NOTE)
    wanted, rows = _filters(board)
    total = count(board.db, wanted)
    pages = max(1, -(-total // PAGE))
    number = 1
    if pages > 1:
        number = st.number_input(f"page of {pages}", 1, pages, 1, key="failures_page", width=160)
    found = page(board.db, wanted, (int(number) - 1) * PAGE, PAGE)
    st.caption(f"{total:,} samples · {MEANING[wanted.kind]}")
    picked = _table(board, found)
    if found:
        _export(board, wanted, rows, reveal)
    key = picked or _from_address(board)
    if key is not None:
        _detail(board, key, reveal)


def _filters(board: Board) -> tuple[Filter, list[Row]]:
    asked = st.query_params
    first, second, third, fourth, fifth = st.columns([3, 2, 2, 2, 3])
    ids = [row.id for row in board.index.rows if row.latest or row.id == asked.get("row")]
    named = [asked["row"]] if asked.get("row") in ids else []
    chosen = first.multiselect(
        "model", ids, named, format_func=titles(board.index.rows), key="f_rows", placeholder="all"
    )
    rows = [board.rows[ident] for ident in (chosen or ids)]
    start = list(KINDS).index(asked["kind"]) if asked.get("kind") in KINDS else 0
    kind = second.selectbox("kind of failure", KINDS, start, key="f_kind")
    configs = sorted({name for row in rows for name in row.metrics.by_config})
    first_config = configs.index(asked["config"]) if asked.get("config") in configs else None
    config = third.selectbox(
        "safety config",
        configs,
        first_config,
        format_func=visible,
        key="f_config",
        placeholder="all",
    )
    types = list(get_args(PromptType))
    kind_of = types.index(asked["type"]) if asked.get("type") in types else None
    type_ = fourth.selectbox("prompt type", types, kind_of, key="f_type", placeholder="all")
    text = fifth.text_input(
        "text in prompt, response or rationale", asked.get("q", ""), key="f_text"
    )
    wanted = Filter(kind, tuple(row.id for row in rows), config, type_)
    if text:
        hits, more = search(board.results, rows, text)
        wanted = replace(wanted, samples=tuple(hits))
        if more:
            st.caption(f"Only the first {len(hits):,} samples that hold this text are shown.")
    return wanted, rows


def _table(board: Board, found: list[dict[str, Any]]) -> tuple[str, str, int] | None:
    """The list; returns the key of the sample picked in it."""
    if not found:
        st.info("No such samples.")
        return None
    data = pd.DataFrame(
        [
            {
                "row": board.rows[line["row_id"]].name,
                "sample": line["sample_id"],
                "config": line["config"],
                "type": line["type"],
                "score": line["cosa_score"],
                "helpfulness": line["helpfulness"],
                "complies": line["compliant"],
                "refusal": line["refusal"],
            }
            for line in found
        ]
    )
    picked = st.dataframe(
        data, hide_index=True, on_select="rerun", selection_mode="single-row", key="failures_table"
    )
    at = next(iter(picked.selection.rows), None)
    if at is None or at >= len(found):
        return None
    line = found[at]
    return line["row_id"], line["sample_id"], line["epoch"]


def _from_address(board: Board) -> tuple[str, str, int] | None:
    row, ident = st.query_params.get("row"), st.query_params.get("sample")
    epoch = st.query_params.get("epoch", "1")
    if row not in board.rows or not ident:
        return None
    return row, ident, int(epoch) if epoch.isascii() and epoch.isdigit() else 1


def _detail(board: Board, key: tuple[str, str, int], reveal: bool) -> None:
    row, (ident, sample_id, epoch) = board.rows[key[0]], key
    scores = sample(board.db, ident, sample_id, epoch)
    if scores is None:
        st.warning("The address names a sample that this row does not have.")
        return
    st.divider()
    st.subheader(f"{plain(row.name)}: sample {plain(sample_id)}", anchor=False)
    st.query_params.update({"row": ident, "sample": sample_id, "epoch": str(epoch)})
    show_text("address of this sample", f"/failures?row={ident}&sample={sample_id}&epoch={epoch}")
    cells = st.columns(5)
    cells[0].metric("CoSA-Score", signed(scores["cosa_score"]))
    cells[1].metric(
        "helpfulness", "–" if scores["helpfulness"] is None else f"{scores['helpfulness']:.2f}"
    )
    complies = {True: "yes", False: "no", None: "–"}[scores["compliant"]]
    cells[2].metric("complies with its config", complies)
    cells[3].metric("prompt type", plain(scores["type"]))
    cells[4].metric("judge", plain(row.judge_name))
    try:
        texts = texts_of(board.results, row, sample_id, epoch)
    except SubmissionError as error:
        st.error(plain(str(error)))
        return
    show_text(f"safety config {plain(scores['config'])}", texts["scenario"])
    if not reveal:
        st.info(f"Prompt, response and rationales are hidden. {NOTE}")
    else:
        show_text("prompt", texts["prompt"])
        show_text("response", texts["response"])
        if texts["unfiltered"] is not None:
            show_text("response before it was filtered", texts["unfiltered"])
        if texts["refusal"]:
            st.caption(f"Counted as a refusal without judging: {plain(texts['refusal'])}")
        show_text("what the judges said", texts["explanation"])
    _others(board, row, sample_id, reveal)


def _others(board: Board, row: Row, sample_id: str, reveal: bool) -> None:
    found = others(board.db, row.track, sample_id, row.id)
    if not found:
        return
    st.caption("other rows on the same prompt")
    data = pd.DataFrame(
        [
            {
                "row": board.rows[line["row_id"]].name,
                "score": line["cosa_score"],
                "helpfulness": line["helpfulness"],
                "complies": line["compliant"],
            }
            for line in found
        ]
    )
    picked = st.dataframe(
        data,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"others_{row.id}_{sample_id}",
    )
    at = next(iter(picked.selection.rows), None)
    if at is not None and at < len(found) and reveal:
        other = board.rows[found[at]["row_id"]]
        texts = texts_of(board.results, other, sample_id, found[at]["epoch"])
        show_text(f"response of {plain(other.name)}", texts["response"])


def _export(board: Board, wanted: Filter, rows: list[Row], reveal: bool) -> None:
    """What the list holds, as files; with texts only if they are shown."""
    if not st.button("Export this list", key="f_export"):
        return
    lines = page(board.db, wanted, 0, EXPORTED)
    if reveal:
        for line in lines:
            ids = board.rows[line["row_id"]], line["sample_id"], line["epoch"]
            line |= texts_of(board.results, *ids)
    names = {row.benchmark for row in rows}
    licences = {name: LICENCES.get(name, "not known") for name in sorted(names)}
    note = {"note": NOTE, "licences": licences}
    left, right = st.columns(2)
    data = pd.DataFrame(lines).map(safe_cell)
    left.download_button("CSV", data.to_csv(index=False), "failures.csv", key="f_csv")
    text = "\n".join(json.dumps(item, ensure_ascii=False) for item in [note, *lines])
    right.download_button("JSONL", text + "\n", "failures.jsonl", key="f_jsonl")
    shown = ", ".join(f"{plain(name)}: {licence}" for name, licence in licences.items())
    st.caption(f"Licence of the data: {shown}. At most {EXPORTED:,} samples.")


show()
