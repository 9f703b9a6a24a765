"""How requests get to a cluster: blocks that a running pipeline fetches, a bounded number at a time.

Ray Data reads what it can list beforehand. Here a read task runs as long as there are requests: it
takes block after block from an actor beside this process, which holds only what is not answered yet.
"""

from __future__ import annotations

import asyncio
import pickle
import warnings
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import suppress
from typing import Any

from scorers.asking import Request

IDLE_SECONDS = 0.2
"""A block that is not full waits so long for more requests."""
ANSWERED = pickle.dumps([])
BLOCK_BYTES = 64 * 1024
"""A task hands on what it has when it has more than this (by default 128 MB, which never come where
requests wait for answers). Blocks that are fed are filled up to more, so that each goes on at once."""


class Feeder:
    """Hands blocks to the read task of a pipeline. Both run on this machine, so both outlive workers."""

    def __init__(self) -> None:
        """Starts the actor that holds the blocks."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        here = ray.get_runtime_context().get_node_id()
        self._here = NodeAffinitySchedulingStrategy(here, soft=False)
        holder: Any = ray.remote(num_cpus=0)(_Holder)
        self._holder = holder.options(scheduling_strategy=self._here).remote()

    async def put(self, index: int, requests: list[Request]) -> None:
        """Hand over a block.

        Args:
            index: Its number, from 0 without gaps.
            requests: What it holds.
        """
        await self._holder.put.remote(index, pickle.dumps(requests))

    def done(self, index: int) -> None:
        """Forget a block: it is answered.

        Args:
            index: Its number.
        """
        self._holder.done.remote(index)

    async def close(self, count: int) -> None:
        """End the pipeline's input.

        Args:
            count: Blocks in all.
        """
        await self._holder.close.remote(count)

    def blocks(self) -> Any:  # noqa: ANN401 - a Dataset
        """The data set of all blocks, while they come: columns `index` and `requests` (pickled)."""
        import ray.data

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the strategy has no named argument yet
            blocks = ray.data.read_datasource(
                _source(self._holder),
                override_num_blocks=1,
                num_cpus=0,
                ray_remote_args={"scheduling_strategy": self._here},
            )
        blocks.context.enable_progress_bars = blocks.context.print_on_execution_start = False
        blocks.context.target_max_block_size = BLOCK_BYTES
        return blocks


class _Holder:
    """The actor's side: blocks that are not answered yet."""

    def __init__(self) -> None:
        self._blocks: dict[int, bytes] = {}
        self._came = 0
        self._count: int | None = None
        self._changed = asyncio.Condition()

    async def put(self, index: int, block: bytes) -> None:
        async with self._changed:
            self._blocks[index] = block
            self._came = index + 1
            self._changed.notify_all()

    async def take(self, index: int) -> bytes | None:
        """A block; without requests if it is answered; None: the end."""
        async with self._changed:
            while index >= self._came:
                if self._count is not None and index >= self._count:
                    return None
                await self._changed.wait()
            return self._blocks.get(index, ANSWERED)

    async def done(self, index: int) -> None:
        self._blocks.pop(index, None)

    async def close(self, count: int) -> None:
        async with self._changed:
            self._count = count
            self._changed.notify_all()


def _source(holder: Any) -> Any:  # noqa: ANN401
    from ray.data import Datasource, ReadTask
    from ray.data.block import BlockMetadata

    def read() -> Iterator[Any]:
        import pyarrow as pa
        import ray

        index, filling = 0, [b" " * 2 * BLOCK_BYTES]
        while (block := ray.get(holder.take.remote(index))) is not None:
            # also one without requests: a task that begins anew must give as many blocks as before
            yield pa.table({"index": [index], "requests": [block], "filling": filling})
            index += 1

    class Blocks(Datasource):  # type: ignore[misc,unused-ignore]
        def estimate_inmemory_data_size(self) -> int | None:
            return None

        def get_read_tasks(self, parallelism: int, *_: object, **__: object) -> list[Any]:
            return [ReadTask(read, BlockMetadata(None, None, None, None))]

    return Blocks()  # type: ignore[no-untyped-call,unused-ignore]


async def blocks_of(
    requests: Iterable[Request] | AsyncIterable[Request], rows: int
) -> AsyncIterator[list[Request]]:
    """Requests in blocks: full ones, or smaller where the next request keeps waiting.

    Args:
        requests: Any iterable; an async one may wait for answers to earlier requests.
        rows: Most requests of a block.
    """
    block: list[Request] = []
    if not isinstance(requests, AsyncIterable):
        for request in requests:
            block.append(request)
            if len(block) == rows:
                yield block
                block = []
    else:
        source = aiter(requests)
        coming = asyncio.ensure_future(_next(source))
        try:
            while True:
                await asyncio.wait([coming], timeout=IDLE_SECONDS if block else None)
                if coming.done():
                    if (found := coming.result()) is None:
                        break
                    block.append(found)
                    coming = asyncio.ensure_future(_next(source))
                    if len(block) < rows:
                        continue
                yield block
                block = []
        finally:
            coming.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await coming
    if block:
        yield block


async def _next(source: AsyncIterator[Request]) -> Request | None:
    return await anext(source, None)
