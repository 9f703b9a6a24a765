"""Work in shards: bounded memory, progress shown, and no repeated work after an interruption."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from cosalign.asking.asked import Asked
from cosalign.asking.open_shard import Made, OpenShard
from cosalign.stages import TABLE, StageError
from cosalign.watching.lines import Lines
from cosapien.whole import replaced_file

if TYPE_CHECKING:
    import pyarrow as pa
    from tqdm import tqdm

Item = TypeVar("Item")
MIN_FAILURES = 8
"""If at least this many requests fail and none in the shard succeeds, the model is to blame."""
_SHOWN_EVERY = 5.0
"""Seconds after which rows are shown as done, also if they are fewer than a shard."""


async def make_shards(
    items: Sequence[Item],
    work: Path,
    *,
    size: int,
    schema: pa.Schema,
    make: Callable[[Item], Awaitable[Made]],
    what: str,
    asked: Asked | None = None,
) -> None:
    """Make the row of each item once, and keep the rows on disk until `join_shards`.

    Items are taken in order, so many at a time as the model has places, with no stop between shards.
    Each shard is written when its last row is there.

    Args:
        items: What the rows are made from, in an order that depends only on the inputs.
        work: The stage's temporary working folder; shards go to a hidden folder in it.
        size: Items per shard, at least 1.
        schema: Of the table.
        make: Makes the row of one item.
        what: Label of the progress.
        asked: The model that `make` asks; None: no model, one item at a time.

    Raises:
        StageError: The model has stopped answering, or refuses every request. What is finished is
            kept.
    """
    folder = work / ".shards"
    folder.mkdir(exist_ok=True)
    parts = [
        (folder / f"{number:06d}.parquet", first, min(size, len(items) - first))
        for number, first in enumerate(range(0, len(items), size))
    ]
    missing = [part for part in parts if not part[0].exists()]

    def waiting() -> Iterator[tuple[OpenShard, int | None]]:
        for part in missing:
            shard = OpenShard(*part)
            places: list[int | None] = [*shard.missing()]
            course.step(shard.size - len(places))
            yield from ((shard, place) for place in places or [None])

    async def worker() -> None:
        for shard, place in taken:
            if place is not None:
                shard.add(place, await make(items[shard.first + place]))
                course.step()
            if shard.whole:
                await _check(shard, asked)
                shard.write(schema)

    done = len(items) - sum(count for *_, count in missing)
    with _Course(progress(len(items), what, done=done), size, asked) as course:
        taken = waiting()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(1 if asked is None else asked.places):
                    group.create_task(worker())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None


async def _check(shard: OpenShard, asked: Asked | None) -> None:
    """Blame failures on their requests only if the model still answers."""
    if asked is None or not shard.failures:
        return
    await asked.check()
    if failure := shard.refused(MIN_FAILURES):
        raise StageError(
            f"{asked.what}: {asked.model} refused all {len(shard.failures)} requests of a shard, the "
            f"first with: {failure.reason}"
        )


class _Course:
    """Shows rows as they are made: as many as a shard at a time, or those of some seconds."""

    def __init__(self, bar: tqdm[None] | Lines, size: int, asked: Asked | None) -> None:
        self._bar, self._size, self._asked = bar, size, asked
        self._more = 0
        self._began = self._shown = time.monotonic()
        self._calls = 0 if asked is None else asked.calls

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._show()
        self._bar.__exit__(kind, error, trace)

    def step(self, more: int = 1) -> None:
        """More rows are there."""
        self._more += more
        if self._more >= self._size or time.monotonic() - self._shown >= _SHOWN_EVERY:
            self._show()

    def _show(self) -> None:
        if not self._more:
            return
        now, detail = time.monotonic(), ""
        if self._asked is not None:
            pace = (self._asked.calls - self._calls) / max(now - self._began, 1e-9)
            detail = f"{self._asked.said()}, {pace:,.{0 if pace >= 10 else 1}f} requests/s"
        if isinstance(self._bar, Lines):
            self._bar.update(self._more, detail)
        else:
            self._bar.set_postfix_str(detail, refresh=False)
            self._bar.update(self._more)
        self._more, self._shown = 0, now


def join_shards(work: Path) -> pa.Table:
    """Join all shards into the stage's table, write it and remove the shards.

    A stage that is interrupted after this finds its table, and no shards.

    Args:
        work: The stage's temporary working folder.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = work / ".shards"
    table = pa.concat_tables([pq.read_table(file) for file in sorted(folder.glob("*.parquet"))])
    write_table(table, work)
    shutil.rmtree(folder)
    return table


def write_table(table: pa.Table, work: Path, name: str = TABLE) -> None:
    """Write a stage's table atomically.

    Args:
        table: The table.
        work: The stage's temporary working folder.
        name: Name of the file.
    """
    import pyarrow.parquet as pq

    with replaced_file(work / name) as part:
        pq.write_table(table, part, compression="zstd")


def progress(total: int, what: str, *, done: int = 0) -> tqdm[None] | Lines:
    """A progress bar on stderr, or lines from time to time if that is no terminal.

    Args:
        total: Number of items; 0: not known.
        what: Label of the bar or the lines.
        done: Items that were done before.
    """
    from tqdm import tqdm

    if not sys.stderr.isatty():
        return Lines(f"{what}:", total, done=done)
    return tqdm(total=total, initial=done, desc=what, file=sys.stderr, leave=False)
