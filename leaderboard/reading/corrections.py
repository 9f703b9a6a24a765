"""A row's score corrected for its judge's errors, as far as this board knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from leaderboard.board.rows import Row
from leaderboard.errors import SubmissionError
from leaderboard.evidence.judge_records import JudgeRecordFile
from leaderboard.evidence.label_files import RowLabels, read_label_files
from leaderboard.reading.scores import scored_epochs, scored_rows
from leaderboard.results.submission import read_submission
from scorers.labels import Corrected, prediction_powered, rogan_gladen
from scorers.runs import ScoredSample

if TYPE_CHECKING:
    import duckdb

Method = Literal["prediction-powered", "Rogan-Gladen"]

ASSUMES: dict[Method, str] = {
    "prediction-powered": (
        "People labelled some of this row's own responses; the judge's errors on them correct the "
        "rest. Valid for any judge, if the labelled responses were drawn at random within "
        "each config. Responses on which people could not decide are left out."
    ),
    "Rogan-Gladen": (
        "Nobody labelled this row's responses; the judge's error rates come from labels on other "
        "responses. Valid only if the judge errs as often here as there, for any config and "
        "helpfulness, and if it rates helpfulness without error."
    ),
}
"""What must hold for a corrected score to be valid."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A score before and after.

    Attributes:
        method: How it was corrected.
        source: The file from which the judge's errors are known.
        found: Both scores.
        undecided: Labelled responses without a decision.
    """

    method: Method
    source: str
    found: Corrected
    undecided: int


def corrections(
    db: duckdb.DuckDBPyConnection, results: Path, row: Row, records: Sequence[JudgeRecordFile]
) -> tuple[list[Correction], list[str]]:
    """A row's corrected scores: one per label file of its responses; without any, one per record.

    Args:
        db: The index.
        results: The results folder.
        row: The row.
        records: Records of its judge.

    Returns:
        The corrected scores, and one line for each source that could not be used.
    """
    try:
        labels, faults = read_label_files(results, read_submission(results / row.folder))
    except SubmissionError as error:
        return [], [str(error).replace(f"{results}/", "")]
    found: list[Correction] = []
    unused = [f"{where}: {why}" for where, why in faults.items()]
    samples = scored_rows(db, [row.id])[row.id] if labels else []
    for each in labels:
        try:
            found.append(_by_labels(samples, each))
        except ValueError as error:
            unused.append(f"{each.path}: {error}")
    if found:
        return found, unused
    for record in records:
        if record.errors is None:
            continue
        source = f"{record.labels} ({record.revision})"
        try:
            corrected = rogan_gladen(scored_epochs(db, row.id), record.errors)
            found.append(Correction("Rogan-Gladen", source, corrected, 0))
        except ValueError as error:
            unused.append(f"{source}: {error}")
    return found, unused


def _by_labels(samples: Sequence[ScoredSample], labels: RowLabels) -> Correction:
    scored = {s.id for s in samples if s.unscored < 1}
    usable = {ident: score for ident, score in labels.scores.items() if ident in scored}
    corrected = prediction_powered(samples, usable)
    return Correction("prediction-powered", labels.path, corrected, labels.undecided)
