"""Repeats a submission's run."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from inspect_ai.log import EvalLog, read_eval_log

from leaderboard.errors import SubmissionError
from leaderboard.evidence.attestations import AttestationFile, attest, check_pinned
from leaderboard.evidence.rerun_command import rerun_command
from leaderboard.intake.from_log import submission_from_log
from leaderboard.results.manifest import Declared, Manifest
from leaderboard.results.submission import Submission


def reproduce(
    submission: Submission,
    *,
    by: str,
    log_dir: Path,
    out: Path,
    extra_args: Sequence[str] = (),
    confirm: bool = False,
) -> AttestationFile:
    """Run a submission's run-config again and compare the scores.

    The run costs about as much as the submitted one and uses the keys of this environment.

    Args:
        submission: The submission.
        by: Who runs it.
        log_dir: The log goes to a new folder in it.
        out: An empty or missing folder for the second run's `submission.json` and samples.
        extra_args: Further options of `inspect eval` that a submission may not set itself
            (`-M base_url=...`, `--model-role grader=...`).
        confirm: Whether the command has been read and may be run.

    Raises:
        SubmissionError: The run-config is refused or not confirmed (the message contains the
            command), or its run fails or differs from the submitted run.
    """
    check_pinned(submission)
    command = rerun_command(submission.manifest, log_dir, extra_args)
    if not confirm:
        raise SubmissionError(f"not run without --yes: {shlex.join(command)}")
    try:
        log_dir.mkdir(parents=True, exist_ok=True)
        prefix = f"reproduce-{submission.manifest.id}-"
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=log_dir))
    except OSError as error:
        raise SubmissionError(f"{log_dir}: {error.strerror or error}") from error
    command = rerun_command(submission.manifest, folder, extra_args)
    print(shlex.join(command), file=sys.stderr, flush=True)
    code = subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode
    logs = sorted(folder.glob("*.eval"))
    if len(logs) != 1:
        raise SubmissionError(
            f"{folder}: inspect eval ended with exit code {code} and {len(logs)} logs; expected one"
        )
    return attest_rerun(submission, logs[0], by=by, out=out)


def attest_rerun(submission: Submission, log: Path, *, by: str, out: Path) -> AttestationFile:
    """Compare a submission with a log of its repeated run, made anywhere.

    Args:
        submission: The submission.
        log: The log; finish a failed one with `inspect eval-retry` first.
        by: Who repeated the run.
        out: An empty or missing folder for the second run's `submission.json` and samples.

    Raises:
        LogError: Samples of the second run failed or have no scores.
        SubmissionError: The run failed, or differs from the submitted one.
    """
    header = _header(log)
    if header.status != "success":
        reason = (header.error.message if header.error else "it was stopped").strip().splitlines()
        raise SubmissionError(
            f"{log}: not reproduced, {header.status}: {reason[0][:500] if reason else ''}"
        )
    second = submission_from_log(log, Declared(), out)
    for name, ours, theirs in _compared(second.manifest, submission.manifest):
        if ours != theirs:
            raise SubmissionError(
                f"{log}: not the submitted run: {name} is {str(ours)[:200]}, "
                f"submitted {str(theirs)[:200]}"
            )
    return attest(submission, second, tier="reproduced", by=by)


def _header(log: Path) -> EvalLog:
    try:
        return read_eval_log(str(log), header_only=True)
    except Exception as error:  # any fault of zip, JSON or file system
        raise SubmissionError(f"{log}: not a readable Inspect log ({error})") from error


def _compared(second: Manifest, first: Manifest) -> list[tuple[str, object, object]]:
    """The settings that two runs must share to count as the same run, with both values."""
    data = [
        (name, getattr(second.data, name), getattr(first.data, name))
        for name in type(first.data).model_fields
    ]
    return [
        *data,
        (
            "judge",
            f"{second.judge_name} ({second.judge_id})",
            f"{first.judge_name} ({first.judge_id})",
        ),
        ("model", second.model, first.model),
        ("method", second.method_name, first.method_name),
        ("decoding", second.decoding, first.decoding),
    ]
