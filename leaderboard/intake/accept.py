"""Turns an untrusted log into a submission that a board accepts: guard, convert, validate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from inspect_ai.log import EvalLog, EvalSample

from cosapien import UserError
from leaderboard.intake.findings import Finding, exit_code
from leaderboard.intake.from_log import converted
from leaderboard.intake.log_guard import guard_log
from leaderboard.intake.validate import validate
from leaderboard.results.manifest import Declared
from leaderboard.results.submission import Submission
from leaderboard.rounds.judged import judged_by_rules
from leaderboard.rounds.stored import Revealed
from scorers.runs import finished_header, records_of


@dataclass(frozen=True, slots=True)
class Accepted:
    """The result for one log.

    Attributes:
        submission: The submission made from it; None if a finding is an error.
        findings: All findings about it, errors first.
    """

    submission: Submission | None
    findings: list[Finding]


def accept(log: Path, declared: Declared, out: Path, revealed: Revealed | None = None) -> Accepted:
    """Make a submission from a log, and check it.

    The log is unpacked once to check that it is no larger than it states, and then read once.

    Args:
        log: A path; the file may contain anything.
        declared: What the submitter declares.
        out: An empty or missing folder for the submission.
        revealed: The private round that the log is a run of, which is then judged by the rules with
            the round's records; None: an ordinary run.
    """
    samples: Iterable[EvalSample] | None = None
    try:
        guard_log(log)
        header = finished_header(log)
        if revealed is not None:
            header, samples = judged_by_rules(log, header, revealed)
        made = converted(log, header, declared, out, samples)
        found = [*_counts(header), *validate(made, revealed.benchmark if revealed else "auto")]
    except (UserError, ValueError) as error:
        return Accepted(None, [Finding("error", "log", str(error))])
    except Exception as error:  # any failure on a hostile file is a finding
        reason = f"{log}: not readable: {type(error).__name__}"
        return Accepted(None, [Finding("error", "log", reason)])
    findings = sorted(found, key=lambda finding: finding.level)
    return Accepted(None if exit_code(findings) == 1 else made, findings)


def check_log(log: Path, revealed: Revealed | None = None) -> list[Finding]:
    """All findings about a log as a submission.

    Args:
        log: A path; the file may contain anything.
        revealed: As in `accept`.

    Returns:
        Findings, errors first.
    """
    with TemporaryDirectory() as staging:
        return accept(log, Declared(), Path(staging) / "made", revealed).findings


def _counts(header: EvalLog) -> Iterator[Finding]:
    results = header.results
    if results is not None and results.completed_samples != results.total_samples:
        done, total = results.completed_samples, results.total_samples
        yield Finding("error", "completed", f"{done} of {total} samples completed")
    limited = header.eval.config.limit is not None or header.eval.config.sample_id is not None
    if limited and records_of(header) is None:
        yield Finding(
            "error",
            "limit",
            "the run was limited to part of the data, and does not say of how much",
        )
