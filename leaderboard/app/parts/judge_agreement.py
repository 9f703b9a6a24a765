"""A judge's agreement with people, with itself, and within its panel."""

from collections.abc import Mapping, Sequence

import streamlit as st

from leaderboard.app.widgets import plain, show_table
from leaderboard.display.judges import QUESTIONS, UNKNOWN, measures, with_itself, within_panel
from leaderboard.display.numbers import measure, percent
from leaderboard.evidence.judge_records import JudgeRecordFile, QuestionRecord, Questions
from leaderboard.untrusted.text import visible


def show_records(records: Sequence[JudgeRecordFile]) -> None:
    """Show a judge's records, newest first.

    Args:
        records: A judge's records, oldest first.
    """
    if not records:
        st.caption(f"Agreement with people and with itself: {UNKNOWN}.")
    for record in reversed(records):
        _record(record)


def _record(record: JudgeRecordFile) -> None:
    st.markdown(
        f"**Agreement with people** on {plain(record.labels)} ({plain(record.revision)}), "
        f"{plain(record.date[:10])}"
    )
    show_table(
        [_line(QUESTIONS[name], found) for name, found in record.questions.items()],
        f"Agreement with people on {visible(record.labels)}, by question",
    )
    if record.by_config or record.by_type:
        with st.expander("By config and prompt type"):
            groups = _lines("config", record.by_config) + _lines("type", record.by_type)
            show_table(groups, "Agreement with people by config and prompt type", rows_seen=20)
    for sentence in (with_itself(record), within_panel(record)):
        if sentence is not None:
            st.caption(plain(sentence, 1_000))


def _lines(kind: str, groups: Mapping[str, Questions]) -> list[dict[str, object]]:
    return [
        {"by": kind, "group": visible(group), **_line(QUESTIONS[name], found)}
        for group, questions in groups.items()
        for name, found in questions.items()
    ]


def _line(question: str, found: QuestionRecord) -> dict[str, object]:
    return {
        "question": question,
        "n": found.labelled,
        **{
            name: None if figure is None else measure(figure)
            for name, figure in measures(found).items()
        },
        "no verdict": percent(found.missing),
    }
