"""What is known about a judge, in words and figures, for the app and the static site."""

from __future__ import annotations

from collections.abc import Sequence

from leaderboard.display.numbers import percent
from leaderboard.evidence.judge_records import JudgeRecordFile, Measure, QuestionRecord
from leaderboard.results.parts import Figure
from leaderboard.untrusted.text import visible

UNKNOWN = "not established"
ABOUT = (
    "Agreement with people comes from runs of tasks/judge_agreement over labelled responses, added by "
    "“leaderboard judge”. A record is a claim of the person who added it; the hash names the label "
    "file. The rest comes from this board's rows: how often a judge gave no verdict, how much the "
    "members of a panel differ, and what second judgements of the same responses found."
)
QUESTIONS = {
    "compliant": "violates its config",
    "refused": "full refusal",
    "helpfulness": "helpfulness",
}
"""Questions as sensitivity and specificity define them: the positive is a violation or a refusal."""

PEOPLE = "people's own alpha"
MEASURES = ("accuracy", "kappa", "sensitivity", "specificity", "rank", "alpha", PEOPLE)
"""Names of the measures against people's answers, in the order of the tables."""


def measures(found: QuestionRecord) -> dict[str, Measure | None]:
    """The measures of one question, by the names in `MEASURES`.

    Args:
        found: The question.

    Returns:
        None for a measure that does not apply to this kind of question.
    """
    against = found.against_people
    shares = ("accuracy", "kappa", "sensitivity", "specificity")
    return {
        **{name: None if against is None else getattr(against, name) for name in shares},
        "rank": found.rank,
        "alpha": found.alpha,
        PEOPLE: found.people,
    }


def in_short(records: Sequence[JudgeRecordFile]) -> str:
    """The newest record, short enough for a table cell.

    Args:
        records: A judge's records, oldest first.
    """
    if not records:
        return UNKNOWN
    newest = records[-1]
    parts = []
    for name, found in newest.questions.items():
        figure = found.rank if found.against_people is None else found.against_people.kappa
        if figure is not None and figure.mean is not None:
            kind = "rank" if found.against_people is None else "kappa"
            parts.append(f"{QUESTIONS[name]}: {kind} {figure.mean:.2f} (n {found.labelled:,})")
    return "; ".join(parts) or UNKNOWN


def with_itself(record: JudgeRecordFile) -> str:
    """A judge's agreement with itself in a sentence; the names of its wordings are untrusted text.

    Args:
        record: One of its records.
    """
    again = record.repeats
    if again is None:
        return f"Agreement with itself: {UNKNOWN}, each response was judged once."
    moved = (
        f"what that does to a CoSA-Score is {UNKNOWN}"
        if again.noise is None
        else f"a CoSA-Score of all {again.scored:,} moves by ±{again.noise:.3f} (one standard "
        "deviation)"
    )
    return (
        f"Agreement with itself: asked {again.repeats} times "
        f"({visible(', '.join(record.variations))}), its verdict changes on "
        f"{percent(again.changed.mean)} of responses{_ends(again.changed)}; {moved}."
    )


def within_panel(record: JudgeRecordFile) -> str | None:
    """How much its panel differed on the labelled responses; None without a panel.

    Args:
        record: One of a judge's records.
    """
    if record.disagreement is None:
        return None
    return f"Mean disagreement within its panel on these: {record.disagreement:.3f}."


def _ends(figure: Figure) -> str:
    if figure.lower is None or figure.upper is None:
        return ""
    return f" (95% interval {percent(figure.lower)} to {percent(figure.upper)})"
