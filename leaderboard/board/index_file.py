"""The index file: parquet with numbers and ids, and the board's rows as JSON in its metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cosapien.whole import replaced_file
from leaderboard.board.rows import Row
from leaderboard.errors import SubmissionError
from leaderboard.results.samples import SCHEMA

LAYOUT = "cosa-index/3"
COLUMNS = (
    "sample_id", "epoch", "config", "type", "group", "contrast", "override", "prompt_hash", "cosa_score",
    "helpfulness", "compliant", "helpful_safe", "helpful_unsafe", "unscored", "refusal",
    "disagreement",
)  # fmt: skip
"""Columns of the index: numbers and ids, no texts."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A submission that is not on the board.

    Attributes:
        folder: Relative to the results folder.
        reason: The first error.
    """

    folder: str
    reason: str


@dataclass(frozen=True, slots=True)
class Index:
    """A built index.

    Attributes:
        path: The parquet file.
        rows: All rows by track, best first, with older revisions and references.
        broken: Submissions that were left out, with reasons.
    """

    path: Path
    rows: tuple[Row, ...]
    broken: tuple[Broken, ...]


def open_index(path: Path) -> Index:
    """An index that was built before.

    Raises:
        SubmissionError: It is not an index of this version.
    """
    try:
        metadata = pq.read_schema(path).metadata or {}
        if metadata.get(b"cosa.layout") != LAYOUT.encode():
            raise SubmissionError(f"{path}: not an index of this version: delete it")
        rows = [Row.model_validate(row) for row in json.loads(metadata[b"cosa.rows"])]
        broken = [Broken(**found) for found in json.loads(metadata[b"cosa.broken"])]
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        if isinstance(error, SubmissionError):
            raise
        raise SubmissionError(f"{path}: not a readable index ({error})") from error
    return Index(path, tuple(rows), tuple(broken))


def write_index(
    path: Path, rows: Sequence[Row], tables: Mapping[str, pa.Table], broken: Sequence[Broken]
) -> None:
    """Write an index file, whole or not at all.

    Args:
        path: The file.
        rows: All rows, in their order.
        tables: Each row's samples with the columns `COLUMNS`, by row id.
        broken: Submissions that were left out.

    Raises:
        OSError: It cannot be written.
    """
    metadata = {
        b"cosa.layout": LAYOUT.encode(),
        b"cosa.rows": json.dumps([row.model_dump(mode="json") for row in rows]).encode(),
        b"cosa.broken": json.dumps([asdict(found) for found in broken]).encode(),
    }
    own = [pa.field("row_id", pa.string()), pa.field("track", pa.string())]
    schema = pa.schema([*own, *(SCHEMA.field(name) for name in COLUMNS)], metadata=metadata)
    with (
        replaced_file(path) as part,
        pq.ParquetWriter(part, schema, compression="zstd") as writer,
    ):
        for row in rows:
            table = tables[row.id]
            for position, value in enumerate((row.id, row.track)):
                column = pa.repeat(pa.scalar(value), table.num_rows)
                table = table.add_column(position, own[position], column)
            writer.write_table(table.replace_schema_metadata(metadata))
