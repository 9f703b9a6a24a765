"""Pools of demonstrations for in-context alignment, and drawing from them."""

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any

from baselines.demo_rows import COLUMNS, COSALIGN_TRAIN, POOL_FORM, Demo, parse_demo
from cosapien import DataError, Record, load_benchmark
from cosapien.datasets import KNOWN_EXTENSIONS, fetch_splits, read_rows
from cosapien.records import fault, quote

if TYPE_CHECKING:
    from datasets import Dataset

BUNDLED = ("cosapien", "contrast", "sample")
"""`cosapien`: five fixed demonstrations of our own for each of its configs; `contrast`: the reference
responses to the config's other prompts; `sample`: demonstrations for the miniature's configs."""

Tiers = tuple[tuple[Demo, ...], ...]
"""The demonstrations for one config, those of the lowest error score first; one for each prompt."""

Pool = Mapping[str | frozenset[str], Tiers]
"""Tiers by config name, or by allowed set."""


@lru_cache(maxsize=4)
def load_pool(source: str) -> Pool:
    """Read a pool.

    Args:
        source: One of `BUNDLED`, a `.jsonl` or `.parquet` file, or a Hugging Face data set.

    Returns:
        Its demonstrations by config. Of several for one prompt and config the one with the lowest
        error score is kept, the first of equal ones.

    Raises:
        DataError: The pool cannot be read, or a row is not in the form `POOL_FORM` describes.
    """
    if source == "contrast":
        records = load_benchmark("contrast").records
        demos = [
            Demo(r.prompt, r.references.ideal, config=r.config.name)
            for r in records
            if r.references is not None
        ]
    elif source in BUNDLED:
        demos = [
            parse_demo(f"{source} row {n}", row) for n, row in enumerate(_bundled(source), start=1)
        ]
    elif _is_file(source):
        demos = [parse_demo(place, row) for place, row in read_rows(source)]
    elif not is_remote(source):
        raise fault(
            f"pool {quote(source)}",
            f"not a pool; expected auto, {', '.join(BUNDLED)}, a .jsonl or .parquet file, or a "
            f"Hugging Face data set such as {COSALIGN_TRAIN}",
        )
    else:
        _, splits = fetch_splits(source, "main")
        demos = [
            parse_demo(f"{source} split {name} row {number}", row)
            for name, split in splits.items()
            for number, row in enumerate(_relevant(split), start=1)
        ]
    if not demos:
        raise fault(source, "contains no demonstrations")
    return _by_config(demos)


def draw(pool: Pool, record: Record, shots: int, seed: int) -> list[Demo]:
    """The demonstrations for one record: of its config, lowest error score first.

    Among equal error scores the choice is drawn by seed and record; a pool whose demonstrations
    have kinds is used in its own order. No two share a prompt, and none has the record's.

    Args:
        pool: What to draw from.
        record: The record to be answered.
        shots: How many are wanted.
        seed: Seed of the draw.

    Returns:
        `shots` demonstrations, or as many as the pool has.
    """
    rng = random.Random(f"{seed}\x1f{record.id}")
    record_prompt = _folded(record.prompt)
    chosen: list[Demo] = []
    tiers = pool.get(record.allowed_risks) if record.allowed_risks is not None else None
    for tier in tiers or pool.get(record.config.name, ()):
        missing = shots - len(chosen)
        # one more than is missing: the record's own prompt may be among them
        picked = tier if tier[0].kind else rng.sample(tier, min(len(tier), missing + 1))
        chosen += [demo for demo in picked if _folded(demo.prompt) != record_prompt][:missing]
    return chosen


def is_remote(source: str) -> bool:
    """Whether a pool is a Hugging Face data set, which is fetched only when it is needed."""
    return source.count("/") == 1 and not _is_file(source)


def _is_file(source: str) -> bool:
    return source.lower().endswith(KNOWN_EXTENSIONS)


def pool_for(record: Record) -> str:
    """The pool that `auto` selects.

    Raises:
        DataError: Nothing bundled or published has demonstrations for such a record.
    """
    if record.allowed_risks is not None:
        return COSALIGN_TRAIN
    for source in ("cosapien", "contrast"):
        if record.config.name in load_pool(source):
            return source
    raise DataError(
        f"config {quote(record.config.name)}: there are no demonstrations for it; give some with "
        f"-S pool=FILE.jsonl ({POOL_FORM}), or use shots=0"
    )


def _by_config(demos: Iterable[Demo]) -> Pool:
    best: dict[str | frozenset[str], dict[str, Demo]] = defaultdict(dict)
    for demo in sorted(demos, key=lambda demo: demo.error_score):
        key = demo.allowed_risks if demo.config is None else demo.config
        best[key].setdefault(_folded(demo.prompt), demo)
    return {
        key: tuple(tuple(tier) for _, tier in groupby(demos.values(), lambda d: d.error_score))
        for key, demos in best.items()
    }


def _bundled(source: str) -> list[dict[str, Any]]:
    folder = files("baselines") / "demos"
    if source == "sample":
        lines = (folder / "sample_pool.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]
    by_config = json.loads((folder / f"{source}.json").read_text(encoding="utf-8"))
    return [{"config": config, **row} for config, rows in by_config.items() for row in rows]


def _relevant(split: "Dataset") -> "Dataset":
    return split.select_columns([name for name in split.column_names if name in COLUMNS])


def _folded(prompt: str) -> str:
    return " ".join(prompt.casefold().split())
