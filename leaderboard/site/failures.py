"""The failures that a row's pages show, with their texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from leaderboard.board.rows import Row
from leaderboard.reading.database import Filter, kinds_of, page
from leaderboard.results.layout import SAMPLES
from leaderboard.results.samples import read_samples
from leaderboard.untrusted.file_names import safe_name

PER_PAGE = 100

_TEXTS = ["scenario", "prompt", "response", "unfiltered", "refusal", "explanation"]


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed sample.

    Attributes:
        kind: Kind of failure (`leaderboard.reading.database.MEANING`).
        scores: Its line of the index.
        texts: `scenario`, `prompt`, `response`, `unfiltered`, `refusal`, `explanation`; None if
            texts are left out.
    """

    kind: str
    scores: dict[str, Any]
    texts: dict[str, str | None] | None

    @property
    def anchor(self) -> str:
        """Its anchor within its page: the same in every export."""
        return f"s-{safe_name(self.scores['sample_id'])}-{self.scores['epoch']}"


@dataclass(frozen=True, slots=True)
class Failures:
    """The failures of a row that are shown.

    Attributes:
        counts: Number of samples by kind of failure.
        pages: The failures shown, worst kind first, then worst score first, `PER_PAGE` per page.
    """

    counts: dict[str, int]
    pages: tuple[tuple[Failure, ...], ...]

    @property
    def shown(self) -> int:
        """How many are shown."""
        return sum(map(len, self.pages))

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    def page_of(self, kind: str) -> int | None:
        """Number, from 1, of the first page that shows this kind, or None."""
        return next(
            (i for i, p in enumerate(self.pages, 1) if any(f.kind == kind for f in p)), None
        )


def failures_of(
    db: duckdb.DuckDBPyConnection, results: Path, row: Row, limit: int, texts: bool
) -> Failures:
    """The worst failures of a row.

    Args:
        db: The index.
        results: The results folder.
        row: The row.
        limit: Most failures to show.
        texts: Whether to read their texts.

    Raises:
        SubmissionError: The row's samples cannot be read.
    """
    counts = kinds_of(db, row.id)
    found: list[tuple[str, dict[str, Any]]] = []
    for kind, n in counts.items():
        if n and len(found) < limit:
            lines = page(db, Filter(kind, rows=(row.id,)), 0, limit - len(found))
            found += [(kind, line) for line in lines]
    words = _texts(results, row, [line for _, line in found]) if texts and found else {}
    failures = iter([Failure(kind, line, words.get(_key(line))) for kind, line in found])
    pages = []
    while some := tuple(islice(failures, PER_PAGE)):
        pages.append(some)
    return Failures(counts, tuple(pages))


def page_name(number: int) -> str:
    """File name of a page of failures.

    Args:
        number: Its number, from 1.
    """
    return "failures.html" if number == 1 else f"failures-{number}.html"


def _texts(
    results: Path, row: Row, lines: Sequence[dict[str, Any]]
) -> dict[tuple[str, int], dict[str, str | None]]:
    """Texts by sample id and epoch: one pass over the row's file, for any number of samples."""
    table = read_samples(results / row.folder / SAMPLES, ["sample_id", "epoch", *_TEXTS])
    wanted = pa.array(sorted({line["sample_id"] for line in lines}))
    table = table.filter(pc.is_in(table.column("sample_id"), wanted))
    return {_key(line): {name: line[name] for name in _TEXTS} for line in table.to_pylist()}


def _key(line: dict[str, Any]) -> tuple[str, int]:
    return line["sample_id"], line["epoch"]
