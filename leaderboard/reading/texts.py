"""Texts of samples, read from the submissions on demand."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from leaderboard.board.rows import Row
from leaderboard.errors import SubmissionError
from leaderboard.results.layout import SAMPLES

SEARCHED = ("prompt", "response", "explanation")
MAX_HITS = 5_000

Key = tuple[str, str, int]
"""Row id, sample id, epoch."""


def texts_of(results: Path, row: Row, sample_id: str, epoch: int) -> dict[str, Any]:
    """All that a submission contains about one sample; only its row group is unpacked.

    Args:
        results: The results folder.
        row: The row.
        sample_id: Id of the sample.
        epoch: Its epoch.

    Raises:
        SubmissionError: It does not exist (any more), or cannot be read.
    """
    path = _path(results, row)
    wanted = (pc.field("sample_id") == sample_id) & (pc.field("epoch") == epoch)
    try:
        found = pq.read_table(path, filters=wanted).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise SubmissionError(f"{row.folder}: its samples cannot be read ({error})") from error
    if not found:
        raise SubmissionError(f"{row.folder}: no sample {sample_id!r}, epoch {epoch}")
    line: dict[str, Any] = found[0]
    return line


def search(results: Path, rows: Sequence[Row], text: str) -> tuple[list[Key], bool]:
    """Samples of some rows whose prompt, response or rationale contains a text, in any case.

    Args:
        results: The results folder.
        rows: Rows to search.
        text: What to look for, literally.

    Returns:
        Their keys, at most `MAX_HITS`, and whether there are more.
    """
    places = tuple((row.id, _path(results, row)) for row in rows)
    return _search(places, text)


@lru_cache(8)  # a page asks again at every interaction; submissions never change
def _search(places: tuple[tuple[str, Path], ...], text: str) -> tuple[list[Key], bool]:
    hits: list[Key] = []
    pool = ThreadPoolExecutor(2)
    try:
        for found in pool.map(partial(_hits, text=text), places):
            hits += found
            if len(hits) > MAX_HITS:
                return hits[:MAX_HITS], True
    finally:
        pool.shutdown(cancel_futures=True)
    return hits, False


def _hits(place: tuple[str, Path], text: str) -> list[Key]:
    row, path = place
    try:
        return _found(row, path, text)
    except (OSError, pa.ArrowException):
        return []  # the file is gone: no hits here, and an error when one of its samples is opened


def _found(row: str, path: Path, text: str) -> list[Key]:
    hits: list[Key] = []
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(
            1024, columns=["sample_id", "epoch", *SEARCHED], use_threads=False
        ):
            found = None
            for name in SEARCHED:
                match = pc.fill_null(
                    pc.match_substring(batch.column(name), text, ignore_case=True), False
                )
                found = match if found is None else pc.or_(found, match)
            kept = batch.select(["sample_id", "epoch"]).filter(found).to_pylist()
            hits += [(row, line["sample_id"], line["epoch"]) for line in kept]
    return hits


def _path(results: Path, row: Row) -> Path:
    return results / row.folder / SAMPLES
