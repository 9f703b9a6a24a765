"""Work in shards: bounded memory, progress shown, and no repeated work after an interruption."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cosalign.stages import TABLE
from cosalign.watching.lines import Lines
from cosapien.whole import replaced_file

if TYPE_CHECKING:
    import pyarrow as pa
    from tqdm import tqdm

Item = TypeVar("Item")


async def make_shards(
    items: Sequence[Item],
    work: Path,
    *,
    size: int,
    make: Callable[[Sequence[Item]], Awaitable[pa.Table]],
    what: str,
) -> None:
    """Make the table of each shard once, and keep it on disk until `join_shards`.

    Args:
        items: What the rows are made from, in an order that depends only on the inputs.
        work: The stage's temporary working folder; shards go to a hidden folder in it.
        size: Items per shard, at least 1.
        make: Makes the table of one shard; all tables have the same schema.
        what: Label of the progress.
    """
    import pyarrow.parquet as pq

    folder = work / ".shards"
    folder.mkdir(exist_ok=True)
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    files = [folder / f"{number:06d}.parquet" for number in range(len(parts))]
    missing = [(f, part) for f, part in zip(files, parts, strict=True) if not f.exists()]
    done = len(items) - sum(len(part) for _, part in missing)
    with progress(len(items), what, done=done) as bar:
        for file, part in missing:
            table = await make(part)
            with replaced_file(file) as written:
                pq.write_table(table, written)
            bar.update(len(part))


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
