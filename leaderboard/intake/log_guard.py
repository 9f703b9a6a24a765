"""Checks a log as a file, before Inspect reads it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from zipfile import ZipInfo

from leaderboard.errors import SubmissionError
from leaderboard.results.samples import MAX_ROWS
from leaderboard.untrusted.zip_guard import ZipError, check_unpacked, listed

INVALIDATED = "samples are invalidated; finish the run with `inspect eval-retry`"
MAX_LOG_BYTES = 2_000_000_000
MAX_UNPACKED_BYTES = 8_000_000_000
MAX_MEMBER_BYTES = 100_000_000
"""Most bytes of one file in a log, which is read whole; the summaries of 20,000 samples take 60 MB."""
MAX_RATIO = 400
"""A log of real texts is packed about 1:10, one of a single repeated response about 1:100."""


def guard_log(log: Path) -> None:
    """Refuse a file that is not a log, or would unpack to more than a log can contain.

    Args:
        log: A path; the file may contain anything.

    Raises:
        SubmissionError: It is not an `.eval` log, is truncated, or is over a limit.
    """
    try:
        if not log.is_file():
            raise ZipError("no such file")
        if log.stat().st_size > MAX_LOG_BYTES:
            raise SubmissionError(f"{log}: over {MAX_LOG_BYTES:,} bytes")
        members = listed(log)
        _check_members(log, members)
        check_unpacked(log, members)
    except (OSError, ZipError) as error:
        hint = "; `inspect log convert --to eval` makes one of a .json log"
        hint = hint if log.suffix == ".json" else ""
        raise SubmissionError(f"{log}: not an .eval log ({error}){hint}") from error


def _check_members(log: Path, members: Sequence[ZipInfo]) -> None:
    """Refuse a zip directory that no log can have."""
    names = [member.filename for member in members]
    if "header.json" not in names:
        raise SubmissionError(
            f"{log}: not the log of a finished run: it has no header.json. If the run was killed,"
            " finish it with `inspect eval-retry`."
        )
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise SubmissionError(
            f"{log}: contains {twice[0]!r} twice; the log of an interrupted run can. Finish the run"
            " with `inspect eval-retry` and submit its new log."
        )
    if len(members) > 2 * MAX_ROWS:
        raise SubmissionError(f"{log}: {len(members):,} files, at most {2 * MAX_ROWS:,}")
    if any(".." in PurePosixPath(name).parts or name.startswith("/") for name in names):
        raise SubmissionError(f"{log}: contains a file outside its own folder")
    if any(member.flag_bits & 1 for member in members):
        raise SubmissionError(f"{log}: is encrypted")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_BYTES:
        raise SubmissionError(f"{log}: unpacks to {unpacked:,} bytes")
    for member in members:
        name, size = ascii(member.filename[:80]), member.file_size
        if size > 50_000_000 and size > MAX_RATIO * member.compress_size:
            raise SubmissionError(f"{log}: {name} is packed beyond 1:{MAX_RATIO}")
        if size > MAX_MEMBER_BYTES:
            raise SubmissionError(f"{log}: {name} unpacks to {size:,} bytes")
