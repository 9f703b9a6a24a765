"""A run's rows put among the shipped ones: whole, valid, and small enough for a package."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from leaderboard.board.rows import Row
from leaderboard.display.numbers import signed
from leaderboard.errors import SubmissionError
from leaderboard.results.submission import (
    add_submission,
    read_submission,
    submission_folders,
)
from leaderboard.shipped.compare import whole_rows
from leaderboard.shipped.made import Made, read_made, write_made
from leaderboard.shipped.readme import README, readme

LICENCE: Final = "LICENSE"
MAX_BYTES: Final = 3_000_000
"""Size of the shipped folder: every install carries it."""


def rebuild(results: Path, shipped: Path, made: Made, most: int = MAX_BYTES) -> list[str]:
    """Copy the rows of a results folder into the shipped one, which is replaced whole or not at all.

    A row of the same model, method, data, judge and decoding is replaced; others stay.

    Args:
        results: A results folder; its partial and older rows are left out.
        shipped: The shipped folder.
        made: What made the new rows.
        most: Largest size of the shipped folder, in bytes.

    Returns:
        A line for each row, and one with the size.

    Raises:
        SubmissionError: There is nothing to copy, a row is not valid, or it becomes too large.
        OSError: The folder cannot be written.
    """
    with TemporaryDirectory(dir=shipped.parent, prefix=f".{shipped.name}-") as work:
        cache, part = Path(work) / "cache", Path(work) / "new"
        new = whole_rows(results, cache)
        if not new:
            raise SubmissionError(
                f"{results}: no whole run of a model; expected rows without --limit"
            )
        there = whole_rows(shipped, cache, strict=False)
        kept = [row for row in there if row.key not in {row.key for row in new}]
        for source, rows in ((shipped, kept), (results, new)):
            for row in rows:
                add_submission(read_submission(source / row.folder), part)
        known = read_made(shipped)
        about = {row.id: known[row.id] for row in kept if row.id in known}
        # a row that was there as it is keeps what is said of it
        about |= {row.id: known.get(row.id, made) for row in new}
        write_made(part, about)
        rows = whole_rows(part, cache)
        (part / README).write_text(readme(rows, about), encoding="utf-8")
        shutil.copyfile(shipped / LICENCE, part / LICENCE)
        size = size_of(part)
        if size > most:
            raise SubmissionError(
                f"{shipped}: would have {size:,} bytes, {most:,} are allowed; nothing was changed: leave "
                "rows out"
            )
        lines = [*_changes(new, there), *_dropped(there, shipped)]
        _replace(shipped, part)
    return [*lines, f"{shipped}: {len(rows)} rows, {size:,} of {most:,} bytes"]


def size_of(folder: Path) -> int:
    """The size of all files in a folder, in bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _replace(shipped: Path, part: Path) -> None:
    aside = part.with_name("old")
    shipped.rename(aside)
    try:
        part.rename(shipped)
    except OSError:
        aside.rename(shipped)
        raise


def _dropped(there: Sequence[Row], shipped: Path) -> list[str]:
    """Rows that the board leaves out now, of an older rules judge for instance."""
    shown = {shipped / row.folder for row in there}
    gone = [folder for folder in submission_folders(shipped) if folder not in shown]
    return [f"dropped, since the board leaves it out: {folder}" for folder in gone]


def _changes(new: Sequence[Row], there: Sequence[Row]) -> list[str]:
    before = {row.key: row for row in there}
    lines = []
    for row in new:
        score, old = signed(row.metrics.cosa_score.mean), before.get(row.key)
        change = "added" if old is None else "as it was" if old.id == row.id else "replaced"
        was = f", was {signed(old.metrics.cosa_score.mean)}" if change == "replaced" and old else ""
        lines.append(f"{change}: {row.name}, {row.benchmark}: {score}{was}")
    return lines
