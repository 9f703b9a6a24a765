"""The two sides of a pair: whether there is a preference between them at all."""

from __future__ import annotations

from typing import Any

from cosalign.stages import Stage

EQUAL = "pairs with equal sides"
NOT_LOWER = "pairs whose chosen error is not the lower one"
"""Names of the counts of pairs that are left out."""


def one_spaced(text: str) -> str:
    """A text with single spaces: equal for texts that differ only in white space."""
    return " ".join(text.split())


def no_preference(row: dict[str, Any]) -> str | None:
    """Why a row of the `pairs` stage says nothing of what is better; None if it does.

    Args:
        row: The row.
    """
    chosen, rejected = (one_spaced(row[side][0]["content"]) for side in ("chosen", "rejected"))
    if chosen == rejected:
        return EQUAL
    return None if row["chosen_error"] < row["rejected_error"] else NOT_LOWER


def sides_differ(pairs: Stage) -> bool:
    """Whether every pair of a stage, made by earlier code, says what is better.

    Args:
        pairs: A `pairs` stage.
    """
    import pyarrow.parquet as pq

    columns = ["chosen", "rejected", "chosen_error", "rejected_error"]
    with pq.ParquetFile(pairs.path) as file:
        return not any(
            no_preference(row)
            for batch in file.iter_batches(columns=columns, batch_size=8_192)
            for row in batch.to_pylist()
        )
