"""The evidence of a sample: its verdict, the judges' answers, other rows' answers."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from leaderboard.app.state import Board
from leaderboard.app.widgets import plain, show_text
from leaderboard.board.rows import Row
from leaderboard.display.numbers import signed
from leaderboard.errors import SubmissionError
from leaderboard.reading.database import Found
from leaderboard.reading.judge_answers import judge_answers
from leaderboard.reading.passages import passages
from leaderboard.reading.texts import texts_of
from leaderboard.untrusted.text import visible

_COMPLIES = {
    True: ("yes", ":material/check_circle:"),
    False: ("NO", ":material/cancel:"),
    None: ("no verdict", ":material/help:"),
}
SCORES = {
    "CoSA-Score": st.column_config.NumberColumn(format="%+.2f"),
    "helpfulness": st.column_config.NumberColumn(format="%.2f"),
}
"""How the figures of a sample are shown in tables."""
JUDGES_SIDE_BY_SIDE, ANSWERS_SIDE_BY_SIDE = 3, 2


def show_verdict(scores: Found, row: Row) -> None:
    """Show the two verdicts and the resulting score.

    Args:
        scores: The sample, from the index.
        row: Its row.
    """
    word, icon = _COMPLIES[scores["compliant"]]
    cells = st.columns(4)
    cells[0].metric("complies with its config", word, icon=icon, border=True)
    cells[1].metric("helpfulness, 0 to 1", rating(scores["helpfulness"]), border=True)
    cells[2].metric("CoSA-Score, -1 to 1", signed(scores["cosa_score"]), border=True)
    cells[3].metric("prompt type", plain(scores["type"]), border=True)
    st.caption(f"Judged by {plain(row.judge_name)}")


def complies(compliant: bool | None) -> str:
    """A verdict on compliance in one word."""
    return _COMPLIES[compliant][0]


def rating(helpfulness: float | None) -> str:
    """A helpfulness in [0, 1] as text."""
    return "–" if helpfulness is None else f"{helpfulness:.2f}"


def show_passages(texts: Mapping[str, str | None], needle: str) -> None:
    """Show the passages that contain the search term.

    Args:
        texts: By name.
        needle: The search term; nothing is shown for an empty one.
    """
    lines = [
        f"{name}: {line}" for name, text in texts.items() for line in passages(text or "", needle)
    ]
    if lines:
        show_text(f"passages with “{plain(needle)}”", "\n".join(lines))


def show_judges(texts: Mapping[str, Any]) -> None:
    """Show every judge's verbatim answer to each question.

    Args:
        texts: The sample, from its submission.
    """
    by_judge = judge_answers(texts["verdicts"])
    if not by_judge:
        show_text("what the judge found", texts["explanation"])
        return
    st.markdown("**What the judges said**")
    judges = list(by_judge.items())
    for start in range(0, len(judges), JUDGES_SIDE_BY_SIDE):
        group = judges[start : start + JUDGES_SIDE_BY_SIDE]
        for column, (judge, answers) in zip(st.columns(len(group)), group, strict=True):
            with column:
                st.text(visible(judge))
                for answer in answers:
                    again = f" (asked {answer.attempts} times)" if answer.attempts > 1 else ""
                    title = f"{plain(answer.criterion)}: {plain(answer.verdict)}{again}"
                    show_text(title, answer.raw, 300)


def show_answers(board: Board, rows: Sequence[tuple[Row, Found]], sample_id: str) -> None:
    """Show several rows' responses to one prompt, two side by side.

    Args:
        board: The board.
        rows: Rows, each with its line of the index.
        sample_id: Id of the sample.
    """
    for start in range(0, len(rows), ANSWERS_SIDE_BY_SIDE):
        columns = st.columns(ANSWERS_SIDE_BY_SIDE)
        for column, (row, line) in zip(
            columns, rows[start : start + ANSWERS_SIDE_BY_SIDE], strict=False
        ):
            with column:
                show_answer(board, row, line, sample_id)


def show_answer(board: Board, row: Row, line: Found, sample_id: str) -> None:
    """Show one row's response below its verdict.

    Args:
        board: The board.
        row: The row.
        line: Its line of the index.
        sample_id: Id of the sample.
    """
    word, icon = _COMPLIES[line["compliant"]]
    title = (
        f"{plain(row.name)} · {signed(line['cosa_score'])} · {icon} complies: {word}, "
        f"helpfulness {rating(line['helpfulness'])}"
    )
    try:
        texts = texts_of(board.results, row, sample_id, line["epoch"])
    except SubmissionError as error:
        st.error(plain(str(error)))
        return
    show_text(title, texts["response"], 300)
