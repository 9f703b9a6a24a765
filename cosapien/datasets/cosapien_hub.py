"""CoSApien on the Hugging Face Hub."""

from collections.abc import Iterable

from cosapien.datasets.fetch import fetch_splits, placed_rows
from cosapien.records.record import Benchmark
from cosapien.records.rows import (
    fault,
    records_from_rows,
)

COSAPIEN_ID = "microsoft/CoSApien"
COSAPIEN_MIRROR = "jackzhang/CoSApien"
# A branch: the commit could not be looked up offline. `Benchmark.revision` records the branch's commit
# at loading time, so that a log names the exact data.
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


def load_cosapien(repo_id: str = COSAPIEN_ID, revision: str | None = None) -> Benchmark:
    """Load CoSApien: five safety configs (its splits) with 40 prompts each.

    Args:
        repo_id: `COSAPIEN_ID`, or a mirror of it.
        revision: Commit, branch or tag; None for `COSAPIEN_REVISION`.

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
        for place, row in placed_rows(repo_id, name, splits[name], COSAPIEN_COLUMNS)
    )
    return records_from_rows(rows, name=repo_id, revision=commit)


def _names(names: Iterable[str]) -> str:
    return ", ".join(names)
