"""Any Hugging Face data set in the record schema."""

from cosapien.datasets.fetch import fetch_splits, placed_rows
from cosapien.records.record import Benchmark
from cosapien.records.rows import (
    OPTIONAL_COLUMNS,
    REQUIRED_COLUMNS,
    check_columns,
    records_from_rows,
)


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
        for place, row in placed_rows(repo_id, name, split, known)
    )
    return records_from_rows(rows, name=repo_id, revision=commit)
