"""Benchmarks on the Hugging Face Hub: CoSApien itself, and any data set in the record schema."""

from collections.abc import Iterable, Iterator

from cosapien.fetch import Split, fetch_splits
from cosapien.records import Benchmark, RawRow
from cosapien.rows import (
    OPTIONAL_COLUMNS,
    REQUIRED_COLUMNS,
    check_columns,
    fault,
    records_from_rows,
)

COSAPIEN_ID = "microsoft/CoSApien"
COSAPIEN_MIRROR = "jackzhang/CoSApien"
# The branch, because the commit could not be looked up where this was written (no Hub there).
# `Benchmark.revision` records the commit the branch stood at, so a log names the exact data.
COSAPIEN_REVISION = "main"
COSAPIEN_SPLITS = (
    "game_development",
    "public_prosecutor",
    "book_publisher_arab",
    "language_learning",
    "film_production",
)
COSAPIEN_COLUMNS = ("prompt", "scenario", "type")
COSAPIEN_ROWS = 40


def load_cosapien(revision: str | None = None, *, repo_id: str = COSAPIEN_ID) -> Benchmark:
    """Load CoSApien: five safety configs (its splits) with 40 prompts each.

    Args:
        revision: Commit, branch or tag; None for `COSAPIEN_REVISION`.
        repo_id: `COSAPIEN_ID`, or a mirror of it.

    Returns:
        The benchmark, splits in the order of `COSAPIEN_SPLITS`.

    Raises:
        DataError: The data cannot be fetched, or differs from the published form.
    """
    commit, splits = fetch_splits(repo_id, revision or COSAPIEN_REVISION)
    if sorted(splits) != sorted(COSAPIEN_SPLITS):
        raise fault(
            repo_id, f"splits are {_names(splits)}; expected exactly {_names(COSAPIEN_SPLITS)}"
        )
    for name, split in splits.items():
        columns = split.column_names
        if sorted(columns) != sorted(COSAPIEN_COLUMNS):
            raise fault(
                f"{repo_id} split {name}",
                f"columns are {_names(columns)}; expected exactly {_names(COSAPIEN_COLUMNS)}",
            )
        if split.num_rows != COSAPIEN_ROWS:
            raise fault(
                f"{repo_id} split {name}", f"{split.num_rows} rows; expected {COSAPIEN_ROWS}"
            )
    rows = (
        (place, {**row, "config": name})
        for name in COSAPIEN_SPLITS
        for place, row in _rows(repo_id, name, splits[name], COSAPIEN_COLUMNS)
    )
    return records_from_rows(rows, name=repo_id, revision=commit)


def load_hub(repo_id: str, revision: str | None = None) -> Benchmark:
    """Load a data set in the record schema: all splits of its default configuration, in order.

    Where there is no `config` column but several splits, each split is one safety config, as in
    CoSApien.

    Args:
        repo_id: `org/name` on the Hub.
        revision: Commit, branch or tag; None for the main branch.

    Returns:
        The benchmark.

    Raises:
        DataError: The data cannot be fetched, or a row breaks the schema.
    """
    commit, splits = fetch_splits(repo_id, revision or "main")
    columns = {column for split in splits.values() for column in split.column_names}
    split_is_config = "config" not in columns and "scenario" in columns and len(splits) > 1
    required = [column for column in REQUIRED_COLUMNS if column != "config" or not split_is_config]
    for name, split in splits.items():
        check_columns(f"{repo_id} split {name}", split.column_names, required)
    known = (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)
    rows = (
        (place, {**row, "config": name} if split_is_config else row)
        for name, split in splits.items()
        for place, row in _rows(repo_id, name, split, known)
    )
    return records_from_rows(rows, name=repo_id, revision=commit)


def _names(names: Iterable[str]) -> str:
    return ", ".join(names)


def _rows(
    repo_id: str, name: str, split: Split, columns: tuple[str, ...]
) -> Iterator[tuple[str, RawRow]]:
    # Only the columns in use: decoding others (images, audio) may need packages nobody installed.
    kept = split.select_columns([column for column in columns if column in split.column_names])
    for number, row in enumerate(kept, start=1):
        yield f"{repo_id} split {name} row {number}", row
