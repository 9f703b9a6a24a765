"""Checking a log before it becomes a submission."""

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from inspect_ai.log import read_eval_log

from cosapien import UserError
from leaderboard.findings import Finding
from leaderboard.intake import submission_from_log
from leaderboard.manifest import Declared, SubmissionError
from leaderboard.samples import MAX_ROWS
from leaderboard.validation import validate

MAX_LOG_BYTES = 2_000_000_000
MAX_UNPACKED_BYTES = 8_000_000_000
MAX_RATIO = 400
"""A log of real texts packs about 1:10, of one repeated response about 1:100."""


def check_log(log: Path) -> list[Finding]:
    """Everything that is wrong with, or worth knowing about, a log as a submission.

    Args:
        log: A path; the file may be anything.

    Returns:
        Findings, errors first.
    """
    try:
        guard_log(log)
        with TemporaryDirectory() as staging:
            made = submission_from_log(log, Declared(), Path(staging) / "made")
            found = [*_counts(log), *validate(made)]
    except (UserError, ValueError) as error:
        return [Finding("error", "log", str(error))]
    except Exception as error:  # whatever a hostile file makes a reader do, it is a finding
        return [Finding("error", "log", f"{log}: not readable: {type(error).__name__}")]
    return sorted(found, key=lambda finding: finding.level)


def guard_log(log: Path) -> None:
    """Refuse a file that is no log, or would unpack to more than a log can hold.

    Only the zip's directory is read.

    Args:
        log: A path; the file may be anything.

    Raises:
        SubmissionError: It is no `.eval` log, is truncated, or is over a limit.
    """
    try:
        if log.stat().st_size > MAX_LOG_BYTES:
            raise SubmissionError(f"{log}: over {MAX_LOG_BYTES:,} bytes")
        with zipfile.ZipFile(log) as file:
            members = file.infolist()
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        if isinstance(error, SubmissionError):
            raise
        raise SubmissionError(f"{log}: not an .eval log ({error})") from error
    names = [member.filename for member in members]
    if "header.json" not in names:
        raise SubmissionError(f"{log}: not the log of a finished run: it has no header.json")
    if len(set(names)) != len(names):
        raise SubmissionError(f"{log}: holds the same file twice")
    if len(members) > 2 * MAX_ROWS:
        raise SubmissionError(f"{log}: {len(members):,} files, at most {2 * MAX_ROWS:,}")
    if any(".." in PurePosixPath(name).parts or name.startswith("/") for name in names):
        raise SubmissionError(f"{log}: holds a file outside its own folder")
    if any(member.flag_bits & 1 for member in members):
        raise SubmissionError(f"{log}: is encrypted")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_BYTES:
        raise SubmissionError(f"{log}: unpacks to {unpacked:,} bytes")
    bomb = next(
        (
            m
            for m in members
            if m.file_size > 50_000_000 and m.file_size > MAX_RATIO * m.compress_size
        ),
        None,
    )
    if bomb is not None:
        raise SubmissionError(f"{log}: {bomb.filename[:80]!r} is packed beyond 1:{MAX_RATIO}")


def _counts(log: Path) -> Iterator[Finding]:
    header = read_eval_log(str(log), header_only=True)
    results = header.results
    if results is not None and results.completed_samples != results.total_samples:
        done, total = results.completed_samples, results.total_samples
        yield Finding("error", "completed", f"{done} of {total} samples completed")
    if header.eval.config.limit is not None or header.eval.config.sample_id is not None:
        yield Finding("error", "limit", "the run was limited to part of the data")
