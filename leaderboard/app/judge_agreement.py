"""A judge's records: agreement with people, with itself, within its panel."""

from collections.abc import Mapping, Sequence

import streamlit as st

from leaderboard.app.widgets import plain, show_table
from leaderboard.figures import Figure
from leaderboard.judge_records import JudgeRecordFile, QuestionRecord, Questions
from leaderboard.words import measure, percent, visible

NONE = "not established"
_NAMES = {
    "compliant": "violates its config",
    "refused": "full refusal",
    "helpfulness": "helpfulness",
}
"""Questions as sensitivity and specificity read them: the positive is a violation, or a refusal."""


def in_short(records: Sequence[JudgeRecordFile]) -> str:
    """The newest record in a cell of a table.

    Args:
        records: A judge's records, oldest first.
    """
    if not records:
        return NONE
    newest = records[-1]
    parts = []
    for name, found in newest.questions.items():
        figure = found.rank if found.against_people is None else found.against_people.kappa
        if figure is not None and figure.mean is not None:
            kind = "rank" if found.against_people is None else "kappa"
            parts.append(f"{_NAMES[name]}: {kind} {figure.mean:.2f} (n {found.labelled:,})")
    return "; ".join(parts) or NONE


def show_records(records: Sequence[JudgeRecordFile]) -> None:
    """All that a judge's records say, newest first.

    Args:
        records: A judge's records, oldest first.
    """
    if not records:
        st.caption("Agreement with people and with itself: not established.")
    for record in reversed(records):
        _record(record)


def _record(record: JudgeRecordFile) -> None:
    st.markdown(
        f"**Agreement with people** on {plain(record.labels)} ({plain(record.revision)}), "
        f"{plain(record.date[:10])}"
    )
    show_table(
        [_line(_NAMES[name], found) for name, found in record.questions.items()],
        f"Agreement with people on {visible(record.labels)}, by question",
    )
    if record.by_config or record.by_type:
        with st.expander("By config and prompt type"):
            groups = _lines("config", record.by_config) + _lines("type", record.by_type)
            show_table(groups, "Agreement with people by config and prompt type", rows_seen=20)
    _itself(record)


def _itself(record: JudgeRecordFile) -> None:
    again = record.repeats
    if again is None:
        st.caption("Agreement with itself: not established, each response was judged once.")
    else:
        wording = f" ({', '.join(map(plain, record.variations))})"
        moved = (
            "what that does to a CoSA-Score is not established"
            if again.noise is None
            else f"a CoSA-Score of all {again.scored:,} moves by ±{again.noise:.3f} (one standard "
            "deviation)"
        )
        st.caption(
            f"Agreement with itself: asked {again.repeats} times{wording}, its verdict changes on "
            f"{percent(again.changed.mean)} of responses{_ends(again.changed)}; {moved}."
        )
    if record.disagreement is not None:
        st.caption(f"Mean disagreement within its panel on these: {record.disagreement:.3f}.")


def _ends(figure: Figure) -> str:
    if figure.lower is None or figure.upper is None:
        return ""
    return f" (95% interval {percent(figure.lower)} to {percent(figure.upper)})"


def _lines(kind: str, groups: Mapping[str, Questions]) -> list[dict[str, object]]:
    return [
        {"by": kind, "group": visible(group), **_line(_NAMES[name], found)}
        for group, questions in groups.items()
        for name, found in questions.items()
    ]


def _line(question: str, found: QuestionRecord) -> dict[str, object]:
    against = found.against_people
    shares = ("accuracy", "kappa", "sensitivity", "specificity")
    return {
        "question": question,
        "n": found.labelled,
        **{part: None if against is None else measure(getattr(against, part)) for part in shares},
        "rank": None if found.rank is None else measure(found.rank),
        "alpha": measure(found.alpha),
        "people's own alpha": measure(found.people),
        "no verdict": percent(found.missing),
    }
