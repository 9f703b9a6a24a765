"""Work in shards: bounded memory, a progress bar, and no repeated work after an interruption."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cosalign.stages import TABLE
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
        what: Label of the progress bar.
    """
    import pyarrow.parquet as pq

    folder = work / ".shards"
    folder.mkdir(exist_ok=True)
    with progress(len(items), what) as bar:
        for number, start in enumerate(range(0, len(items), size)):
            part = items[start : start + size]
            file = folder / f"{number:06d}.parquet"
            if not file.exists():
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


def progress(total: int, what: str) -> tqdm[None]:
    """A progress bar on stderr, if that is a terminal.

    Args:
        total: Number of items.
        what: Label of the bar.
    """
    from tqdm import tqdm

    return tqdm(total=total, desc=what, file=sys.stderr, disable=None, leave=False)
