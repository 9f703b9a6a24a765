"""A shard that is not whole yet: its rows, each kept on disk as soon as it is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from cosalign.asking.asked import Failure
from cosapien.whole import replaced_file

if TYPE_CHECKING:
    import pyarrow as pa

Row: TypeAlias = dict[str, Any]
"""A row of a stage's table: JSON values by column."""


@dataclass(frozen=True, slots=True)
class Made:
    """A row, and how it came about.

    Attributes:
        row: The row.
        failure: Why its request has no answer, or None.
        asked: Whether a model was asked for it.
    """

    row: Row
    failure: Failure | None = None
    asked: bool = True


class OpenShard:
    """The rows of one shard, in any order.

    An answer is on disk before the next step, in a file beside the shard's, so that a kill costs only
    what is under way. Failures are not kept: they are asked again.
    """

    def __init__(self, file: Path, first: int, size: int) -> None:
        """Reads what an earlier process has kept.

        Args:
            file: Where the whole shard goes; its folder exists.
            first: Place of the shard's first item among all.
            size: Number of its items.
        """
        self.file, self.first, self.size = file, first, size
        self.failures: dict[int, Failure] = {}
        self._kept = file.with_suffix(".jsonl")
        self._rows: dict[int, Row] = {}
        self._asked: set[int] = set()
        if not self._kept.exists():
            return
        whole, _, torn = self._kept.read_bytes().rpartition(b"\n")
        if torn:  # the process was killed while it wrote
            with replaced_file(self._kept) as part:
                part.write_bytes(whole + b"\n" if whole else b"")
        for line in whole.splitlines():
            place, row = json.loads(line)
            self._rows[place] = row
        self._asked.update(self._rows)

    def missing(self) -> Iterator[int]:
        """Places in the shard without a row."""
        return (place for place in range(self.size) if place not in self._rows)

    @property
    def whole(self) -> bool:
        """Whether all rows are there."""
        return len(self._rows) == self.size

    def add(self, place: int, made: Made) -> None:
        """Take a row.

        Args:
            place: Of its item in the shard.
            made: The row.
        """
        self._rows[place] = made.row
        if made.asked:
            self._asked.add(place)
        if made.failure is not None:
            self.failures[place] = made.failure
        elif made.asked:
            with self._kept.open("a", encoding="ascii") as sink:
                sink.write(json.dumps([place, made.row]) + "\n")

    def refused(self, least: int) -> Failure | None:
        """The first failure, if each request failed.

        Args:
            least: With fewer requests nothing can be said.
        """
        if len(self.failures) < least or len(self.failures) < len(self._asked):
            return None
        return self.failures[min(self.failures)]

    def write(self, schema: pa.Schema) -> None:
        """Write the whole shard.

        Args:
            schema: Of its table.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows = [self._rows[place] for place in range(self.size)]
        with replaced_file(self.file) as part:
            pq.write_table(pa.Table.from_pylist(rows, schema=schema), part)
        self._kept.unlink(missing_ok=True)
