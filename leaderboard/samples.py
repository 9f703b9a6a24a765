"""`samples.parquet`: every response of a submission with its verdicts, one row per sample and epoch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from leaderboard.manifest import SubmissionError
from scorers.summary import ScoredSample

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = pa.schema(
    [
        ("sample_id", pa.string()),
        ("epoch", pa.int32()),
        ("config", pa.string()),
        ("scenario", pa.string()),  # the config's text
        ("type", pa.string()),
        ("group", pa.string()),
        ("contrast", pa.string()),
        ("override", pa.string()),
        ("prompt_hash", pa.string()),
        ("prompt", pa.string()),
        ("response", pa.string()),  # as it was scored
        ("unfiltered", pa.string()),  # what a cascade replaced
        ("stop_reason", pa.string()),
        ("refusal", pa.string()),  # why it counts as a refusal without being judged
        ("cosa_score", pa.float64()),  # null: unscored
        ("helpfulness", pa.float64()),
        ("compliant", pa.bool_()),
        ("helpful_safe", pa.float64()),
        ("helpful_unsafe", pa.float64()),
        ("unscored", pa.float64()),
        ("risks", pa.list_(pa.string())),
        ("disagreement", pa.float64()),
        ("explanation", pa.string()),  # the judges' rationales, readable
        ("verdicts", pa.string()),  # JSON: every judge's raw answer (scorers.panel.Verdict)
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
    ]
)
"""Columns in their order. Rows are sorted by (sample_id, epoch), so that one sample is found quickly."""

ROW_GROUP = 256
MAX_ROWS = 200_000
MAX_FILE_BYTES = 500_000_000
MAX_TEXT_BYTES = 1_500_000_000
"""Limits of one submission: rows, bytes on disk, bytes of all columns unpacked."""


def write_samples(rows: Sequence[dict[str, object]], path: Path) -> None:
    """Write rows (dicts with the columns of `SCHEMA`, missing ones null), sorted, compressed."""
    table = pa.Table.from_pylist(list(rows), schema=SCHEMA)
    table = table.sort_by([("sample_id", "ascending"), ("epoch", "ascending")])
    pq.write_table(table, path, compression="zstd", row_group_size=ROW_GROUP)


def read_samples(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """The samples of an untrusted file, if it is one and within the limits.

    Sizes are read from the file's footer before anything is unpacked.

    Args:
        path: The parquet file.
        columns: Which columns to read; all by default.

    Raises:
        SubmissionError: It is no parquet file, damaged, too large, or has other columns.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SubmissionError(f"{path}: over {MAX_FILE_BYTES:,} bytes")
        with pq.ParquetFile(path) as file:
            about = file.metadata
            if about.num_rows > MAX_ROWS:
                raise SubmissionError(
                    f"{path}: {about.num_rows:,} rows, at most {MAX_ROWS:,} are accepted"
                )
            unpacked = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
            if unpacked > MAX_TEXT_BYTES:
                raise SubmissionError(f"{path}: unpacks to over {MAX_TEXT_BYTES:,} bytes")
            if not file.schema_arrow.remove_metadata().equals(SCHEMA):
                raise SubmissionError(f"{path}: columns are not {', '.join(SCHEMA.names)}")
        # one long text stored once can stand in every row: count before unpacking
        strings = [field.name for field in SCHEMA if pa.types.is_string(field.type)]
        with pq.ParquetFile(path, read_dictionary=strings) as file:
            packed = file.read(columns=None if columns is None else list(columns))
        if _text_bytes(packed) > MAX_TEXT_BYTES:
            raise SubmissionError(f"{path}: unpacks to over {MAX_TEXT_BYTES:,} bytes")
        table = packed.cast(pa.schema([SCHEMA.field(name) for name in packed.column_names]))
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise SubmissionError(f"{path}: not a readable parquet file ({error})") from error
    if table.num_rows != about.num_rows:
        raise SubmissionError(f"{path}: damaged: says {about.num_rows} rows, has {table.num_rows}")
    return table


def _text_bytes(table: pa.Table) -> int:
    """Bytes of all texts of a table whose texts are still dictionary-encoded."""
    total = 0
    for column in table.columns:
        if pa.types.is_dictionary(column.type):
            for chunk in column.chunks:
                lengths = pc.binary_length(chunk.dictionary)
                total += pc.sum(lengths.take(chunk.indices)).as_py() or 0
    return total


def scored_samples(table: pa.Table) -> list[ScoredSample]:
    """Sample scores for the statistics, averaged over epochs; unscored ones as NaN.

    Args:
        table: Samples with at least the columns without texts.
    """
    from scorers.logs import mean_of_epochs

    columns = {name: table.column(name).to_pylist() for name in _STATISTICS}
    epochs: dict[str, list[ScoredSample]] = {}
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values, strict=True))
        epochs.setdefault(row["sample_id"], []).append(
            ScoredSample(
                id=row["sample_id"],
                config=row["config"],
                type=row["type"],
                cluster=row["prompt_hash"],
                contrast=row["contrast"],
                group=row["group"],
                override=row["override"],
                cosa_score=_number(row["cosa_score"]),
                helpfulness=_number(row["helpfulness"]),
                helpful_safe=_number(row["helpful_safe"]),
                helpful_unsafe=_number(row["helpful_unsafe"]),
                unscored=row["unscored"],
                risks=None if row["risks"] is None else frozenset(row["risks"]),
            )
        )
    return [mean_of_epochs(group) for group in epochs.values()]


def has_finite_numbers(table: pa.Table) -> bool:
    """Whether no number in the table is NaN or infinite (null is how a missing one is written)."""
    return all(
        pc.all(pc.is_finite(table.column(field.name))).as_py() is not False
        for field in SCHEMA
        if pa.types.is_floating(field.type) and field.name in table.column_names
    )


_STATISTICS = [
    "sample_id", "config", "type", "prompt_hash", "contrast", "group", "override", "cosa_score",
    "helpfulness", "helpful_safe", "helpful_unsafe", "unscored", "risks",
]  # fmt: skip


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
