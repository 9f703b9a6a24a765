"""Pairs that are there twice, and pairs that contradict each other.

Two pairs contradict each other if their config, prompt and sides are the same, and what one chooses
the other rejects: no model can learn both, so neither is trained on. The same pair again is no
contradiction: a row that a file has twice is kept once; a pair that the rule gives twice, under two
configs of the same words, is kept as the rule has it. Texts are compared as they are read
(`cosalign.pairs.sides.as_read`), by hashes: 32 bytes for each pair, whatever the lengths of its texts.
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np

from cosalign.pairs.error_score import Flags
from cosalign.pairs.rule import Hashes, mix
from cosalign.pairs.sides import no_preference, text_key
from cosalign.stages import Stage

CONTRADICTED = "pairs that another pair contradicts"
REPEATED = "pairs that were there before"
"""Names of the counts of pairs that are left out (repeated ones only of published pairs)."""


def find_directions(
    system: Hashes, user: Hashes, chosen: Hashes, rejected: Hashes
) -> tuple[Flags, Flags]:
    """Which of some pairs another one contradicts, and which were there before.

    Args:
        system: Hashes of the configs' texts, one for each pair.
        user: Hashes of the prompts.
        chosen: Hashes of the chosen sides.
        rejected: Hashes of the rejected sides.

    Returns:
        Contradicted: each pair that has a contrary one. Repeated: each pair but the first of equal
        ones, where none is contradicted.
    """
    both = mix(system, user, np.minimum(chosen, rejected), np.maximum(chosen, rejected))
    _, first, group = np.unique(both, return_index=True, return_inverse=True)
    upwards = np.bincount(group, weights=chosen > rejected, minlength=len(first))
    contrary = (upwards > 0) & (upwards < np.bincount(group, minlength=len(first)))
    contradicted = contrary[group]
    repeated = np.ones(len(both), bool)
    repeated[first] = False
    return contradicted, repeated & ~contradicted


class Directions:
    """The same of pairs that come one by one, as rows of the `pairs` stage."""

    def __init__(self) -> None:
        self._keys = tuple(array("Q") for _ in range(4))

    def add(self, row: dict[str, Any]) -> None:
        """Add a pair.

        Args:
            row: A row of the `pairs` stage; only its texts are read.
        """
        system, user = row["prompt"]
        turns = system, user, row["chosen"][0], row["rejected"][0]
        for keys, turn in zip(self._keys, turns, strict=True):
            keys.append(text_key(turn["content"]))

    def found(self) -> tuple[Flags, Flags]:
        """Contradicted and repeated pairs, in the order they came, see `find_directions`."""
        return find_directions(*(np.array(keys, np.uint64) for keys in self._keys))


def all_teach(pairs: Stage, *, once: bool = False) -> bool:
    """Whether every pair of a stage, made by earlier code, says what is better, and none the contrary.

    Args:
        pairs: A `pairs` stage.
        once: Whether each pair also has to be there only once.
    """
    import pyarrow.parquet as pq

    columns = ["prompt", "chosen", "rejected", "chosen_error", "rejected_error"]
    directions = Directions()
    with pq.ParquetFile(pairs.path) as file:
        for batch in file.iter_batches(columns=columns, batch_size=8_192):
            for row in batch.to_pylist():
                if no_preference(row):
                    return False
                directions.add(row)
    contradicted, repeated = directions.found()
    return not (contradicted.any() or (once and repeated.any()))
