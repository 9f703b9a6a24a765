"""Agreement between a sample's reviewers, shown to those who have finished."""

from pathlib import Path

import streamlit as st

from leaderboard.app.widgets import plain, show_table, show_text
from leaderboard.display.numbers import measure, percent
from leaderboard.errors import SubmissionError
from leaderboard.results.parts import Figure
from leaderboard.review.labels import read_all
from leaderboard.review.merge import QUESTIONS, reviewer_agreement
from leaderboard.review.sample import ReviewSample
from scorers.statistics import Estimate

ALPHA = (
    "alpha: Krippendorff's (1 is perfect, 0 is chance); kappa: Cohen's, for two reviewers. "
    "95% intervals by a bootstrap over prompts."
)


def show_agreement(folder: Path, sample: ReviewSample) -> None:
    """Show the agreement so far, and how to export the labels.

    Only reviewers who have finished see it: knowing others' labels would influence their own.

    Args:
        folder: The review's folder.
        sample: The reviewed sample.
    """
    try:
        opinions = read_all(folder, {response.id for response in sample.responses})
    except SubmissionError as error:
        st.error(plain(str(error), 500))
        return
    st.markdown("**Agreement between reviewers**")
    found = reviewer_agreement(sample, opinions)
    if not found:
        st.caption("Not established: no other reviewer has labelled any of these responses yet.")
    else:
        counts = ", ".join(f"{plain(name)} {len(labels)}" for name, labels in opinions.items())
        st.caption(f"Labels: {counts}")
        show_table(
            [
                {
                    "question": QUESTIONS[name],
                    "responses": each.responses,
                    "same answer": percent(each.equal),
                    "alpha": _shown(each.alpha),
                    "kappa": _shown(each.kappa),
                }
                for name, each in found.items()
            ],
            "Agreement between reviewers, by question",
        )
        st.caption(ALPHA)
    show_text(
        "the label file for tasks/judge_agreement",
        f"leaderboard review --export {folder} {folder.name}.jsonl",
    )


def _shown(estimate: Estimate | None) -> str | None:
    return None if estimate is None else measure(Figure.from_estimate(estimate))
