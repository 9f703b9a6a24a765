"""Judges' records: how a judge agrees with people and with itself, as files beside the submissions.

`cosa agreement --out` and `leaderboard judge` write them (`scorers.labels.record`); one is added once as
`judges/<judge>-<labels>-<log>.json` and never edited. The labels themselves are not in it, so a record
is a claim about a judge; anybody with the label file can recompute it.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from leaderboard.errors import SubmissionError
from leaderboard.intake.log_guard import guard_log
from leaderboard.results.layout import JUDGE_RECORDS
from leaderboard.results.manifest import identified_judge
from leaderboard.results.parts import Count, Digest, Figure, Hash, Line, Part, Share
from leaderboard.results.submission import add_file
from leaderboard.untrusted.json import read_record
from leaderboard.untrusted.secrets import clean, clean_text
from scorers.judging import judge_name
from scorers.labels import JudgeErrors, judge_record, record_name, write_record

MAX_RECORD_BYTES = 2_000_000
"""A record of 400 configs takes about 1 MB."""

MAX_RECORDS = 1_000


class Measure(Figure):
    """An estimate in [-1, 1] with its degrees of freedom, as `scorers.statistics.estimate.Estimate`."""

    df: float | None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        ends = [-1.0, self.lower, self.mean, self.upper, 1.0]
        known = [end for end in ends if end is not None]
        if any(after - before < -1e-9 for before, after in pairwise(known)):
            raise ValueError("expected -1 <= lower <= mean <= upper <= 1")
        return self


class Agreed(Part):
    """A judge's yes/no answers beside people's (`scorers.statistics.agreement.Agreement`)."""

    accuracy: Measure
    kappa: Measure
    sensitivity: Measure
    specificity: Measure
    n: Count
    positive: Count

    @model_validator(mode="after")
    def _counted(self) -> Self:
        """The shares must come from whole counts."""
        hits, others = self.hits
        if self.positive > self.n:
            raise ValueError("expected positive <= n")
        for share, count, total in (
            (self.sensitivity.mean, hits, self.positive),
            (self.specificity.mean, others, self.n - self.positive),
            (self.accuracy.mean, hits + others, self.n),
        ):
            if (share is None) != (total == 0) or abs((share or 0) * total - count) > 1e-6:
                raise ValueError("expected accuracy, sensitivity and specificity of one table")
        return self

    @property
    def hits(self) -> tuple[int, int]:
        """How many true positives and true negatives the judge identified."""
        return (
            round((self.sensitivity.mean or 0) * self.positive),
            round((self.specificity.mean or 0) * (self.n - self.positive)),
        )


class QuestionRecord(Part):
    """`scorers.labels.figures.Question`."""

    against_people: Agreed | None
    rank: Measure | None
    alpha: Measure
    people: Measure
    labelled: Count
    missing: Share


class RepeatsRecord(Part):
    """`scorers.labels.figures.Repeats`."""

    repeats: Annotated[int, Field(ge=2, le=1000)]
    changed: Measure
    alpha: dict[Line, Measure]
    noise: Annotated[float, Field(ge=0, le=2)] | None
    spread: Annotated[float, Field(ge=0, le=2)] | None
    scored: Count


Questions = dict[Literal["helpfulness", "compliant", "refused"], QuestionRecord]


class JudgeRecordFile(Part):
    """One record; see `scorers.labels.record.JudgeRecord`."""

    format: Literal["cosa-judge-record/1"]
    judge: dict[Line, JsonValue]
    labels: Line
    revision: Hash
    questions: Questions
    by_config: dict[Line, Questions]
    by_type: dict[Line, Questions]
    repeats: RepeatsRecord | None
    variations: list[Line]
    disagreement: Share | None
    date: Line
    log_sha256: Digest

    @field_validator("judge")
    @classmethod
    def _identified(cls, value: dict[str, Any]) -> dict[str, Any]:
        kind = "rules" if value.get("kind") == "recorded" else value.get("kind")
        identified_judge(value | {"kind": kind})
        return value

    @property
    def judge_id(self) -> str:
        """The judge's identity hash; for verdicts that came with the label file `recorded:NAME`."""
        ident = str(self.judge["id"])
        return f"recorded:{ident}" if self.judge["kind"] == "recorded" else ident

    @property
    def judge_name(self) -> str:
        """The judge's name for a reader; for verdicts that came with the label file `recorded:NAME`."""
        return self.judge_id if self.judge["kind"] == "recorded" else judge_name(self.judge)

    @property
    def errors(self) -> JudgeErrors | None:
        """How often it errs on compliance; None if people did not label both kinds of response."""
        found = self.questions.get("compliant")
        if found is None or (against := found.against_people) is None:
            return None
        if not 0 < against.positive < against.n:
            return None
        violating, compliant = against.hits  # the positive is a violation
        return JudgeErrors(
            compliant=against.n - against.positive,
            called_compliant=compliant,
            violating=against.positive,
            called_violating=violating,
        )

    def noise_of(self, n: int) -> float | None:
        """By how much a mean score changes if the judge is asked again.

        Chance differences between repeats shrink with the number of responses; the shift that another
        wording of the questions causes does not.

        Args:
            n: How many responses, at least 1.

        Returns:
            A standard deviation; None if not measured.
        """
        again = self.repeats
        if again is None or again.noise is None or again.spread is None or not again.scored:
            return None
        by_chance = again.spread**2
        shift = again.noise**2 - by_chance / again.scored if len(self.variations) > 1 else 0.0
        return math.sqrt(max(shift, 0.0) + by_chance / n)


def read_judge_records(results: Path) -> tuple[list[JudgeRecordFile], dict[str, str]]:
    """The judges' records of a results folder; a fault in one rejects only that one.

    Args:
        results: The results folder; its files may contain anything.

    Returns:
        The valid ones, oldest first, and the fault of each of the others, by path.
    """
    good: list[JudgeRecordFile] = []
    faults: dict[str, str] = {}
    found = sorted((results / JUDGE_RECORDS).glob("*.json"))
    if len(found) > MAX_RECORDS:
        faults[JUDGE_RECORDS] = f"{len(found):,} files; the first {MAX_RECORDS:,} are read"
    for path in found[:MAX_RECORDS]:
        try:
            good.append(_read(path))
        except SubmissionError as error:
            faults[f"{JUDGE_RECORDS}/{ascii(path.name)[1:-1][:120]}"] = str(error)
    return sorted(good, key=lambda record: (record.date, record.log_sha256)), faults


def by_judge(records: Sequence[JudgeRecordFile]) -> Mapping[str, tuple[JudgeRecordFile, ...]]:
    """Records by judge identity, in their order."""
    found: dict[str, tuple[JudgeRecordFile, ...]] = {}
    for record in records:
        found[record.judge_id] = (*found.get(record.judge_id, ()), record)
    return found


def add_judge_records(logs: Sequence[Path], results: Path) -> dict[Path, JudgeRecordFile]:
    """Add the records of logs of `tasks/judge_agreement`, all of them or none.

    Args:
        logs: The logs.
        results: The results folder.

    Returns:
        The new files and their records.

    Raises:
        SubmissionError: A log gives no record that a board would accept, a record exists already
            (nothing is ever overwritten), or they cannot be written.
        LogError: A log is not from a finished run of that task.
    """
    for log in logs:
        guard_log(log)
    folder = results / JUDGE_RECORDS
    with tempfile.TemporaryDirectory() as staging:
        made = dict(_record(log, Path(staging)) for log in logs)
        for path in made:  # before any is added
            if (target := folder / path.name).exists():
                raise SubmissionError(f"{target}: already exists; records are never overwritten")
        return {
            add_file(folder / path.name, path.read_bytes(), "records"): record
            for path, record in made.items()
        }


def _record(log: Path, folder: Path) -> tuple[Path, JudgeRecordFile]:
    """A log's record, written as a file that a board accepts."""
    found = judge_record(log)
    found = replace(found, judge=clean(found.judge), labels=clean_text(found.labels))
    made = write_record(found, folder)
    try:
        return made, _read(made)
    except SubmissionError as error:
        raise SubmissionError(f"{log}: {error}") from error


def _read(path: Path) -> JudgeRecordFile:
    found = read_record(path, JudgeRecordFile, MAX_RECORD_BYTES)
    if path.name != (name := record_name(found.judge, found.revision, found.log_sha256)):
        raise SubmissionError(f"its content belongs under the name {name}")
    return found
