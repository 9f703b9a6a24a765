"""`samples.parquet`: every response of a submission with its verdicts, one row per sample and epoch."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from leaderboard.errors import SubmissionError
from leaderboard.results.parts import number
from leaderboard.untrusted.parquet_pages import PagesError, check_footer_size, unpacked_columns
from scorers.runs import ScoredSample

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
        ("verdicts", pa.string()),  # JSON: every judge's raw answer (scorers.judging.Verdict)
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("ending", pa.string()),  # how the response ended (scorers.responses), or the limit it met
        ("reasoning", pa.string()),  # what stood inside the response's text and was not judged
    ]
)
"""Columns in their order. Rows are sorted by (sample_id, epoch), so that one sample is found quickly."""

_SINCE_2 = 2
"""The last columns: files of task versions before 2 do not have them, they are read as null."""
ROW_GROUP = 256
MAX_ROWS = 100_000
MAX_FILE_BYTES = 500_000_000
MAX_TEXT_BYTES = 500_000_000
MAX_RISKS = 64
MAX_GROUPS = 1_000
"""Limits of one submission: rows, bytes on disk, bytes of all columns unpacked, risks of a row (eight
exist), row groups."""


def write_samples(rows: Sequence[dict[str, object]], path: Path) -> None:
    """Write rows (dicts with the columns of `SCHEMA`, missing ones null), sorted, compressed."""
    table = pa.Table.from_pylist(list(rows), schema=SCHEMA)
    table = table.sort_by([("sample_id", "ascending"), ("epoch", "ascending")])
    pq.write_table(table, path, compression="zstd", row_group_size=ROW_GROUP)


def read_samples(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """The samples of an untrusted file, if it is valid and within the limits.

    Sizes are read from the headers of the file's pages before anything is unpacked.

    Args:
        path: The parquet file.
        columns: Which columns to read; all by default.

    Raises:
        SubmissionError: It is not a parquet file, is damaged, too large, or has other columns.
    """
    try:
        if not path.is_file():  # opening a pipe would block
            raise SubmissionError(f"{path}: no such file, or not a file")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SubmissionError(f"{path}: over {MAX_FILE_BYTES:,} bytes")
        check_footer_size(path)
        with pq.ParquetFile(path, thrift_container_size_limit=MAX_GROUPS) as file:
            about = file.metadata
            if about.num_rows > MAX_ROWS:
                raise SubmissionError(
                    f"{path}: {about.num_rows:,} rows, at most {MAX_ROWS:,} are accepted"
                )
            schema = file.schema_arrow.remove_metadata()
            if not schema.equals(SCHEMA) and not schema.equals(_EARLIER):
                raise SubmissionError(f"{path}: columns are not {', '.join(SCHEMA.names)}")
        _check_sizes(path, about)
        # one long text stored once can be used in every row: count before unpacking
        texts = [about.schema.column(i).path for i in range(len(schema)) if _holds_text(i)]
        wanted = SCHEMA.names if columns is None else list(columns)
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            packed = _read(file, [name for name in wanted if name in schema.names])
        if _text_bytes(packed) > MAX_TEXT_BYTES:
            raise SubmissionError(f"{path}: unpacks to over {MAX_TEXT_BYTES:,} bytes")
        table = packed.cast(pa.schema([SCHEMA.field(name) for name in packed.column_names]))
    except (OSError, pa.ArrowException, UnicodeDecodeError, PagesError) as error:
        reason = " ".join(str(error).split())
        raise SubmissionError(f"{path}: not a readable parquet file ({reason})") from error
    if table.num_rows != about.num_rows:
        raise SubmissionError(f"{path}: damaged: says {about.num_rows} rows, has {table.num_rows}")
    for name in wanted:
        if name not in schema.names:
            field = SCHEMA.field(name)
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    return table


_EARLIER = pa.schema(list(SCHEMA)[:-_SINCE_2])


def _read(file: pq.ParquetFile, columns: list[str]) -> pa.Table:
    """Some columns of a file, read by row group: lists of encoded texts cannot be read all at once."""
    if not file.num_row_groups:
        return file.read(columns=columns)
    groups = range(file.num_row_groups)
    return pa.concat_tables([file.read_row_group(i, columns=columns) for i in groups])


def _check_sizes(path: Path, about: pq.FileMetaData) -> None:
    """Refuse a file that would unpack to too much; the page headers count, not the footer."""
    found = unpacked_columns(path, about)
    if sum(column.bytes for column in found) > MAX_TEXT_BYTES:
        raise SubmissionError(f"{path}: unpacks to over {MAX_TEXT_BYTES:,} bytes")
    for field, column in zip(SCHEMA, found, strict=False):  # an earlier file has fewer
        most = about.num_rows * (MAX_RISKS if pa.types.is_list(field.type) else 1)
        if column.values > most:
            raise SubmissionError(
                f"{path}: {column.values:,} values of {field.name} in {about.num_rows:,} rows"
            )


def _holds_text(number: int) -> bool:
    kind = SCHEMA.field(number).type
    return bool(pa.types.is_string(kind) or pa.types.is_list(kind))


def _text_bytes(table: pa.Table) -> int:
    """Bytes of all texts of a table whose texts are still dictionary-encoded."""
    total = 0
    for column in table.columns:
        for chunk in column.chunks:
            texts = chunk.flatten() if pa.types.is_list(chunk.type) else chunk
            if pa.types.is_dictionary(texts.type):
                lengths = pc.binary_length(texts.dictionary)
                total += pc.sum(lengths.take(texts.indices)).as_py() or 0
    return total


def scored_samples(table: pa.Table) -> list[ScoredSample]:
    """Sample scores for the statistics, averaged over epochs; unscored ones as NaN.

    Args:
        table: Samples with at least the columns without texts; `contrast` and `risks` may be missing.
    """
    from scorers.runs import mean_of_epochs, verdict_fields

    columns = [_values(table, name) for name in _STATISTICS]
    epochs: dict[str, list[ScoredSample]] = {}
    for (sample, config, kind, cluster, contrast, group, override, score, helpfulness, compliant,
         safe, unsafe, unscored, risks) in zip(*columns, strict=True):  # fmt: skip
        epochs.setdefault(sample, []).append(
            ScoredSample(
                id=sample,
                config=config,
                type=kind,
                cluster=cluster,
                contrast=contrast,
                group=group,
                override=override,
                cosa_score=number(score),
                helpful_safe=number(safe),
                helpful_unsafe=number(unsafe),
                unscored=unscored,
                risks=None if risks is None else frozenset(risks),
                **verdict_fields(number(helpfulness), number(compliant)),
            )
        )
    return [mean_of_epochs(group) for group in epochs.values()]


class Ranked(NamedTuple):
    """The part of a sample that ranking needs (`leaderboard.board.ranking.Placed`)."""

    id: str
    config: str
    cluster: str
    cosa_score: float


def ranked_samples(table: pa.Table) -> Sequence[Ranked | ScoredSample]:
    """Like `scored_samples`, but only with what ranking needs: a board ranks millions of samples.

    Args:
        table: Samples with at least the columns of `Ranked`'s fields.
    """
    ids = _values(table, "sample_id")
    if len(set(ids)) < len(ids):  # several epochs, of which the mean is ranked
        return scored_samples(table)
    names = (_values(table, name) for name in ("config", "prompt_hash"))
    scores = map(number, table.column("cosa_score").to_pylist())
    return list(map(Ranked, ids, *names, scores))


def _values(table: pa.Table, name: str) -> list[Any]:
    """A column's values; repeated names are interned to save memory."""
    if name not in table.column_names:
        return [None] * table.num_rows
    values: list[Any] = table.column(name).to_pylist()
    if not pa.types.is_string(SCHEMA.field(name).type):
        return values
    return [value if value is None else sys.intern(value) for value in values]


def has_finite_numbers(table: pa.Table) -> bool:
    """Whether no number in the table is NaN or infinite (null is how a missing one is written)."""
    return all(
        pc.all(pc.is_finite(table.column(field.name))).as_py() is not False
        for field in SCHEMA
        if pa.types.is_floating(field.type) and field.name in table.column_names
    )


_STATISTICS = [
    "sample_id", "config", "type", "prompt_hash", "contrast", "group", "override", "cosa_score",
    "helpfulness", "compliant", "helpful_safe", "helpful_unsafe", "unscored", "risks",
]  # fmt: skip
