"""Rows in shards: streamed over the shards' borders, written whole, never made twice."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cosalign.toy.provider  # noqa: F401 - toy/safe, which needs no server
from cosalign.asking.asked import Failure, opened
from cosalign.asking.open_shard import Made
from cosalign.asking.parameters import ModelParameters
from cosalign.asking.shards import join_shards, make_shards
from cosalign.stages import StageError

SCHEMA = pa.schema([("n", pa.int64()), ("said", pa.list_(pa.string()))])
Make = Callable[[int], Awaitable[Made]]


def row(n: int) -> Made:
    return Made({"n": n, "said": [f"é {n}", "\u2028"]})


def run(work: Path, count: int, make: Make, size: int = 2, connections: int = 1) -> None:
    """Make shards with so many places; the model itself is not asked."""

    async def inside() -> None:
        model = ModelParameters(model="toy/safe", connections=connections, cache=False)
        async with opened(model, "the model") as asked:
            await make_shards(
                range(count), work, size=size, schema=SCHEMA, make=make, what="x", asked=asked
            )

    asyncio.run(inside())


def files(work: Path) -> list[str]:
    return sorted(path.name for path in (work / ".shards").iterdir())


def test_items_stream_over_the_borders_of_shards(tmp_path: Path) -> None:
    """The first item waits for the last: with a stop after each shard, neither would end."""
    last = asyncio.Event()
    seen: list[list[str]] = []

    async def make(n: int) -> Made:
        if n == 0:
            await asyncio.wait_for(last.wait(), 60)
            seen.append(files(tmp_path))
        elif n == 6:
            last.set()
        return row(n)

    run(tmp_path, 7, make, size=2, connections=2)
    # whole shards were written meanwhile; of the first one, what was made is kept
    whole = [f"00000{n}.parquet" for n in (1, 2, 3)]
    assert seen == [["000000.jsonl", *whole]]
    assert join_shards(tmp_path)["n"].to_pylist() == list(range(7))
    assert not (tmp_path / ".shards").exists()


def test_no_more_items_are_under_way_than_there_are_places(tmp_path: Path) -> None:
    now: set[int] = set()
    most = 0

    async def make(n: int) -> Made:
        nonlocal most
        now.add(n)
        most = max(most, len(now))
        await asyncio.sleep(0)
        now.remove(n)
        return row(n)

    run(tmp_path, 50, make, size=3, connections=5)
    assert most == 5


def test_an_interruption_costs_what_is_under_way(tmp_path: Path) -> None:
    made: list[int] = []

    async def make(n: int) -> Made:
        made.append(n)
        if made == [0, 1, 2, 3]:
            raise KeyboardInterrupt
        return row(n)

    for _ in range(2):
        with suppress(KeyboardInterrupt):
            run(tmp_path, 7, make, size=3)
    assert made == [0, 1, 2, 3, 3, 4, 5, 6]  # 3 is the first of the second shard
    made.clear()
    with suppress(KeyboardInterrupt):
        run(tmp_path, 7, make, size=3)
    assert made == []
    assert join_shards(tmp_path).to_pylist() == [row(n).row for n in range(7)]


def test_a_row_that_was_half_written_is_made_again(tmp_path: Path) -> None:
    (tmp_path / ".shards").mkdir()
    kept = tmp_path / ".shards" / "000000.jsonl"
    kept.write_text('[1, {"n": 1, "said": ["kept"]}]\n[0, {"n": 0, "sai')
    made: list[int] = []

    async def make(n: int) -> Made:
        made.append(n)
        if n == 2:
            raise KeyboardInterrupt
        return row(n)

    with suppress(KeyboardInterrupt):
        run(tmp_path, 3, make, size=3)
    assert made == [0, 2]
    lines = kept.read_text().splitlines()
    assert [line[:4] for line in lines] == ["[1, ", "[0, "]


def test_a_shard_of_which_all_rows_are_kept_is_only_written(tmp_path: Path) -> None:
    (tmp_path / ".shards").mkdir()
    (tmp_path / ".shards" / "000000.jsonl").write_text('[0, {"n": 0, "said": []}]\n')

    async def make(n: int) -> Made:
        raise AssertionError(n)

    run(tmp_path, 1, make)
    assert join_shards(tmp_path).to_pylist() == [{"n": 0, "said": []}]


def test_shards_of_earlier_code_are_kept(tmp_path: Path) -> None:
    """It wrote the same files, each after all of its answers."""
    (tmp_path / ".shards").mkdir()
    before = pa.table({"n": [10, 11], "said": [["a"], []]}, schema=SCHEMA)
    pq.write_table(before, tmp_path / ".shards" / "000001.parquet")
    made: list[int] = []

    async def make(n: int) -> Made:
        made.append(n)
        return row(n)

    run(tmp_path, 5, make)
    assert made == [0, 1, 4]
    assert join_shards(tmp_path)["n"].to_pylist() == [0, 1, 10, 11, 4]


def test_failures_are_asked_again_after_an_interruption(tmp_path: Path) -> None:
    tries: list[int] = []

    async def make(n: int) -> Made:
        tries.append(n)
        if n == 2 and len(tries) == 3:
            raise KeyboardInterrupt
        return Made({"n": None, "said": None}, Failure("no")) if n == 0 else row(n)

    for _ in range(2):
        with suppress(KeyboardInterrupt):
            run(tmp_path, 3, make, size=3)
    assert tries == [0, 1, 2, 0, 2]
    assert join_shards(tmp_path)["n"].to_pylist() == [None, 1, 2]


@pytest.mark.parametrize(("failed", "stops"), [(7, False), (8, True)])
def test_a_model_that_refuses_all_of_a_shard_is_to_blame(
    tmp_path: Path, failed: int, stops: bool
) -> None:
    async def make(n: int) -> Made:
        if n >= failed:
            return Made({"n": n, "said": []}, asked=False)  # labelled without a call
        return Made({"n": n, "said": []}, Failure(f"no parameter {n}"))

    if not stops:
        run(tmp_path, 9, make, size=9)
        return
    with pytest.raises(StageError, match=r"refused all 8 requests of a shard.*no parameter 0$"):
        run(tmp_path, 9, make, size=9)
    assert not (tmp_path / ".shards" / "000000.parquet").exists()


def test_without_a_model_rows_are_made_one_by_one(tmp_path: Path) -> None:
    async def make(n: int) -> Made:
        return row(n)

    asyncio.run(make_shards(range(5), tmp_path, size=2, schema=SCHEMA, make=make, what="x"))
    assert join_shards(tmp_path)["n"].to_pylist() == [0, 1, 2, 3, 4]
