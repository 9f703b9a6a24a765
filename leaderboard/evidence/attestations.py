"""Second scores of a submission, by another judge or of a repeated run, as files beside it.

An attestation is added once as `attestations/<submission>/<tier>-<created>-<hash>.json` and never
edited. It contains the second score of every response, so that its figures can be recomputed; this
is done whenever one is read.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, JsonValue, field_validator

from leaderboard.errors import SubmissionError
from leaderboard.evidence.differences import (
    NUMBERS,
    Changed,
    Figures,
    changed,
    figures,
    same_figure,
    second_scores,
)
from leaderboard.results.layout import ATTESTATIONS, SAMPLES
from leaderboard.results.manifest import identified_judge
from leaderboard.results.parts import Count, Digest, Figure, Line, Moment, Part, Score
from leaderboard.results.submission import Submission, add_file, sha256
from leaderboard.untrusted.json import parse_record, read_bounded
from leaderboard.untrusted.secrets import clean_text
from leaderboard.untrusted.text import is_name
from scorers.judging import judge_name

MAX_ATTESTATION_BYTES = 10_000_000
"""The largest accepted submission (100,000 samples) takes 4 MB."""

MAX_ATTESTATIONS = 100
"""Most of one submission; the figures of each are recomputed whenever the index is built."""


class AttestationFile(Part):
    """One attestation.

    Attributes:
        format: Name and version of this layout; another version is refused, not guessed at.
        submission: Id of the submission it is about.
        samples_sha256: SHA-256 of that submission's samples file.
        tier: `re-scored`: the same responses, judged again. `reproduced`: the run, repeated.
        created: When (UTC).
        by: Who made it.
        judge: Identity of the judge of the second score.
        versions: Versions of the packages used.
        data: Source of prompts, config texts and checks: the `benchmark` itself, or the `submitted`
            texts if the benchmark was not available.
        score: The second score (macro CoSA-Score).
        submitted: The submitted score, recomputed from the submission's samples.
        difference: Second minus submitted, paired by sample.
        changed: How many verdicts changed.
        scores: By sample id the second CoSA-Score of each epoch, in order; null is unscored.
        log_sha256: SHA-256 of the log of the second run.
        identical_responses: How many responses of a repeated run equal the submitted ones exactly;
            None if the responses were not generated again.
    """

    format: Literal["cosa-attestation/1"] = "cosa-attestation/1"
    submission: Annotated[str, Field(pattern=r"^\d{8}T\d{6}Z-[0-9a-f]{8}$")]
    samples_sha256: Digest
    tier: Literal["re-scored", "reproduced"]
    created: Moment
    by: Line
    judge: dict[Line, JsonValue]
    versions: dict[Line, Line]
    data: Literal["benchmark", "submitted"]
    score: Figure
    submitted: Figure
    difference: Figure
    changed: Changed
    scores: dict[Line, list[Score | None]]
    log_sha256: Digest
    identical_responses: Count | None = None

    _identified = field_validator("judge")(identified_judge)

    @field_validator("by")
    @classmethod
    def _named(cls, value: str) -> str:
        if not is_name(value):
            raise ValueError("expected one line without invisible characters")
        return value

    @property
    def judge_name(self) -> str:
        """The judge's name for a reader: `rules`, or the models of the panel."""
        return judge_name(self.judge)


def attest(
    submission: Submission,
    second: Submission,
    *,
    tier: Literal["re-scored", "reproduced"],
    by: str,
    data: Literal["benchmark", "submitted"] = "benchmark",
) -> AttestationFile:
    """The attestation of a second run of the same samples.

    Args:
        submission: The attested submission.
        second: The second run, as a submission made by `leaderboard.intake.from_log`.
        tier: Kind of the second run.
        by: Who made it.
        data: Source of its prompts and configs.

    Raises:
        SubmissionError: The submission's samples are not the file its manifest pins, or the second
            run does not have the same samples and epochs.
    """
    check_pinned(submission)
    table, again = submission.samples(NUMBERS), second.samples(NUMBERS)
    scores = second_scores(again)
    found = figures(table, scores)
    return AttestationFile(
        submission=submission.manifest.id,
        samples_sha256=submission.manifest.samples.sha256,
        tier=tier,
        created=datetime.now(UTC).replace(microsecond=0),
        by=clean_text(by)[:500],
        judge=second.manifest.judge,
        versions=second.manifest.versions,
        data=data,
        score=found.score,
        submitted=found.submitted,
        difference=found.difference,
        changed=changed(table, again),
        scores=scores,
        log_sha256=str(second.manifest.log_sha256),
        identical_responses=_identical(submission, second) if tier == "reproduced" else None,
    )


def check_pinned(submission: Submission) -> None:
    """Check that a submission's samples are the file that its manifest pins.

    Args:
        submission: The submission.

    Raises:
        SubmissionError: They are not, or cannot be read.
    """
    path = submission.folder / SAMPLES
    try:
        if sha256(path) != submission.manifest.samples.sha256:
            raise SubmissionError(f"{path}: not the file the manifest pins (SHA-256)")
    except OSError as error:
        raise SubmissionError(f"{path}: {error.strerror or error}") from error


def write_attestation(attestation: AttestationFile, results: Path) -> Path:
    """Add an attestation to a results folder, whole or not at all.

    Args:
        attestation: The attestation to add.
        results: The results folder.

    Returns:
        The new file.

    Raises:
        SubmissionError: It exists already (nothing is ever overwritten), is too large, or
            cannot be written.
    """
    content = (attestation.model_dump_json() + "\n").encode()
    target = results / ATTESTATIONS / attestation.submission / _name(attestation, content)
    if len(content) > MAX_ATTESTATION_BYTES:
        raise SubmissionError(f"{target}: over {MAX_ATTESTATION_BYTES:,} bytes")
    return add_file(target, content, "attestations")


def read_attestations(
    results: Path, submission: Submission
) -> tuple[list[AttestationFile], list[str]]:
    """The attestations of a submission; a fault in one rejects only that one.

    Args:
        results: The results folder; its files may contain anything.
        submission: The submission, whose samples are known to be the file its manifest pins.

    Returns:
        The valid ones, oldest first, and one line for each of the others.
    """
    good: list[AttestationFile] = []
    faults: list[str] = []
    own = f"{ATTESTATIONS}/{submission.manifest.id}"
    found = sorted((results / own).glob("*.json"))
    if len(found) > MAX_ATTESTATIONS:
        faults.append(f"{own}: {len(found):,} files; the first {MAX_ATTESTATIONS} are read")
    for path in found[:MAX_ATTESTATIONS]:
        try:
            good.append(_read(path, submission))
        except SubmissionError as error:
            faults.append(f"{own}/{ascii(path.name)[1:-1][:120]}: {error}")
    return sorted(good, key=lambda attestation: attestation.created), faults


def _identical(submission: Submission, second: Submission) -> int:
    """How many responses are exactly the same."""
    one, other = (
        {(row["sample_id"], row["epoch"]): row["response"] for row in table.to_pylist()}
        for table in (s.samples(["sample_id", "epoch", "response"]) for s in (submission, second))
    )
    return sum(response == other[key] for key, response in one.items())


def _read(path: Path, submission: Submission) -> AttestationFile:
    content = read_bounded(path, MAX_ATTESTATION_BYTES)
    found = parse_record(content, AttestationFile)
    if path.name != (name := _name(found, content)):
        raise SubmissionError(f"its content belongs under the name {name}")
    if found.submission != submission.manifest.id:
        raise SubmissionError(f"is about submission {found.submission}")
    if found.samples_sha256 != submission.manifest.samples.sha256:
        raise SubmissionError("is about another samples file (SHA-256)")
    own = figures(submission.samples(NUMBERS), found.scores)
    for field in Figures._fields:
        if not same_figure(getattr(found, field), getattr(own, field)):
            raise SubmissionError(
                f"{field} differs from the figure of its scores and the submission's samples"
            )
    return found


def _name(attestation: AttestationFile, content: bytes) -> str:
    when = attestation.created.astimezone(UTC)
    return (
        f"{attestation.tier}-{when:%Y%m%dT%H%M%SZ}-{hashlib.sha256(content).hexdigest()[:8]}.json"
    )
