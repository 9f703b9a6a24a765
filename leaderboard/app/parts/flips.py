"""Samples on which one of two rows succeeds and the other fails, side by side."""

from collections.abc import Mapping, Sequence

import streamlit as st

from leaderboard.app.parts.evidence import SCORES, show_answers
from leaderboard.app.state import Board
from leaderboard.app.widgets import pick_table, plain, show_text
from leaderboard.board.rows import Row
from leaderboard.errors import SubmissionError
from leaderboard.reading.database import sample
from leaderboard.reading.texts import texts_of
from leaderboard.untrusted.text import visible
from scorers.runs import ScoredSample

FLIPS_SHOWN = 200


def show_flips(
    board: Board, a: Row, b: Row, samples: Mapping[str, Sequence[ScoredSample]], reveal: bool
) -> None:
    """Show the flipped samples of two rows, and the selected one.

    Args:
        board: The board.
        a: One row.
        b: The other.
        samples: Samples by row id.
        reveal: Whether prompts and responses are shown.
    """
    flips = _flips(samples[a.id], samples[b.id])
    ours, theirs = visible(f"A: {a.name}"), visible(f"B: {b.name}")
    key = f"flips_{a.id}_{b.id}"
    title = f"{len(flips)} samples on which one succeeds and the other fails"
    with st.expander(title, expanded=True):
        if not flips:
            return
        picked = pick_table(
            [
                {
                    "sample": visible(x.id),
                    "config": visible(x.config),
                    "type": x.type,
                    ours: x.cosa_score,
                    theirs: y.cosa_score,
                }
                for x, y in flips[:FLIPS_SHOWN]
            ],
            "Samples on which one row succeeds and the other fails",
            key,
            rows_seen=6,
            columns=dict.fromkeys((ours, theirs), SCORES["CoSA-Score"]),
        )
        if len(flips) > FLIPS_SHOWN:
            st.caption(f"Only the first {FLIPS_SHOWN} are shown.")
        if picked:
            _read(board, a, b, flips[picked[0]][0].id, reveal)
        else:
            st.caption("Choose one to read both answers.")


def _flips(
    ours: Sequence[ScoredSample], theirs: Sequence[ScoredSample]
) -> list[tuple[ScoredSample, ScoredSample]]:
    """Largest difference first; equal ones in the order of the data."""
    other = {sample.id: sample for sample in theirs}
    found = [
        (x, other[x.id])
        for x in ours
        if x.id in other
        and x.cosa_score * other[x.id].cosa_score <= 0
        and x.cosa_score != other[x.id].cosa_score
    ]
    return sorted(found, key=lambda pair: -abs(pair[0].cosa_score - pair[1].cosa_score))


def _read(board: Board, a: Row, b: Row, ident: str, reveal: bool) -> None:
    found = [(row, sample(board.db, row.id, ident, 1)) for row in (a, b)]
    lines = [(row, line) for row, line in found if line is not None]
    if not lines:
        return
    row, line = lines[0]
    try:
        texts = texts_of(board.results, row, ident, line["epoch"])
    except SubmissionError as error:
        st.error(plain(str(error)))
        return
    show_text(f"safety config {plain(line['config'])}", texts["scenario"], 240)
    if reveal:
        show_text("prompt", texts["prompt"])
        show_answers(board, lines, ident)
    else:
        st.info("Prompt and responses are hidden.")
    for row, line in lines:
        st.page_link(
            "views/failures.py",
            label=f"all details: {plain(row.name)}",
            icon=":material/arrow_forward:",
            query_params={
                "models": row.id,
                "kind": "everything",
                "row": row.id,
                "sample": ident,
                "epoch": str(line["epoch"]),
            },
        )
