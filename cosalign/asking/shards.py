"""Work in shards: bounded memory, a progress bar, and nothing done twice after an interruption."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cosalign.stages import TABLE

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
    """The tables of consecutive shards of some items, each made once and kept until `join_shards`.

    Args:
        items: What the rows are made from, in an order that depends on nothing but the inputs.
        work: The stage's folder in the making; the shards lie in a hidden folder in it.
        size: Items a shard, at least 1.
        make: Makes one shard's table, all with the same schema.
        what: What the progress bar counts.
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
                pq.write_table(table, file.with_suffix(".part"))
                file.with_suffix(".part").rename(file)
            bar.update(len(part))


def join_shards(work: Path) -> pa.Table:
    """All shards of a stage as one table; the stage's own table is written, the shards removed.

    A stage that was interrupted after that finds its table, and no shards.

    Args:
        work: The stage's folder in the making.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = work / ".shards"
    table = pa.concat_tables([pq.read_table(file) for file in sorted(folder.glob("*.parquet"))])
    write_table(table, work)
    shutil.rmtree(folder)
    return table


def write_table(table: pa.Table, work: Path, name: str = TABLE) -> None:
    """A stage's table, put in place by one rename.

    Args:
        table: The table.
        work: The stage's folder in the making.
        name: The file's name.
    """
    import pyarrow.parquet as pq

    part = work / f".{name}.part"
    pq.write_table(table, part, compression="zstd")
    part.rename(work / name)


def progress(total: int, what: str) -> tqdm[None]:
    """A progress bar on stderr, where that is a terminal.

    Args:
        total: How many there are to do.
        what: What is counted.
    """
    from tqdm import tqdm

    return tqdm(total=total, desc=what, file=sys.stderr, disable=None, leave=False)
