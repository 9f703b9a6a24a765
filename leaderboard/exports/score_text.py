"""A row's score in words, the same in every export."""

from leaderboard.board.rows import Row
from leaderboard.errors import SubmissionError
from leaderboard.results.parts import Figure


def score_in_words(row: Row) -> str:
    """The score with its interval, compliance, the unscored share, and what a partial run covers.

    For example `CoSA-Score 0.412 (-1 to 1), 95% interval 0.381 to 0.443, compliance 90.0% (95% interval
    85.1% to 93.4%), 1.5% of 200 samples unscored`.
    """
    score = row.metrics.cosa_score
    if score.mean is None:
        return "CoSA-Score not established"
    text = f"CoSA-Score {score.mean:.3f} (-1 to 1)"
    if score.lower is not None and score.upper is not None:
        text += f", 95% interval {score.lower:.3f} to {score.upper:.3f}"
    else:
        text += ", interval not established"
    text += compliance_in_words(row.metrics.compliance)
    if row.partial is not None:
        text += f", a partial run of {row.partial}"
    return f"{text}, {100 * row.metrics.unscored:.1f}% of {row.metrics.n} samples unscored"


def compliance_in_words(figure: Figure | None) -> str:
    """`, compliance 90.0% (95% interval 85.1% to 93.4%)`; empty if it is not established."""
    if figure is None or figure.mean is None:
        return ""
    text = f", compliance {100 * figure.mean:.1f}%"
    if figure.lower is None or figure.upper is None:
        return text
    return f"{text} (95% interval {100 * figure.lower:.1f}% to {100 * figure.upper:.1f}%)"


def established_score(row: Row, form: str) -> Figure:
    """The score of a model's row, for formats that cannot express anything else.

    Args:
        row: The row.
        form: Name of the format, for the error.

    Raises:
        SubmissionError: It is a reference, not a model; or its score is not established.
    """
    if row.kind != "model" or row.model.startswith("none/"):
        raise SubmissionError(f"{row.id}: {form} is for results of models; this row is a reference")
    if row.metrics.cosa_score.mean is None:
        raise SubmissionError(
            f"{row.id}: {form} needs a score, but this row's is not established: some safety config "
            "has no scored sample"
        )
    return row.metrics.cosa_score
