"""Totals over all pairs, which weights and counts need before the first pair is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cosalign.pairs.directions import CONTRADICTED
from cosalign.pairs.inputs import PairInputs
from cosalign.pairs.rule import Pairs
from cosalign.pairs.sides import EQUAL
from cosalign.pairs.tables import take
from cosalign.stages import Counts

Weighting = Literal["none", "prompt", "mode"]


@dataclass(frozen=True, slots=True)
class Shard:
    """The pairs of some prompts, and how many were left out.

    Attributes:
        every: All pairs that teach something.
        kept: Those of them that are within the cap.
        same: Pairs whose sides say the same.
        contradicted: Pairs that another pair contradicts.
        repeated: Pairs of `every` that were there before, under another config of the same words.
    """

    every: Pairs
    kept: Pairs
    same: int
    contradicted: int
    repeated: int


@dataclass(slots=True)
class Totals:
    """Sums over all shards.

    Attributes:
        pairs: Number of kept pairs.
        modes: Kept pairs by config mode.
        dev: Kept pairs of the dev split.
        capped: Pairs left out by the cap.
        same: See `Shard`.
        contradicted: See `Shard`.
        repeated: See `Shard`.
        configs: Configs with pairs.
        prompts: Prompts with pairs.
        asked: Prompts with configs.
    """

    pairs: int = 0
    modes: Counter[str] = field(default_factory=Counter)
    dev: int = 0
    capped: int = 0
    same: int = 0
    contradicted: int = 0
    repeated: int = 0
    configs: int = 0
    prompts: int = 0
    asked: int = 0

    @classmethod
    def from_shards(cls, shards: Iterable[Shard], inputs: PairInputs) -> Totals:
        """Count the pairs of all shards.

        Args:
            shards: The shards; no prompt is in two of them.
            inputs: The tables that the pairs were made from.
        """
        totals = cls(asked=len(np.unique(inputs.configs.prompt)))
        dev = np.array(inputs.prompts["split"].to_pylist()) == "dev"
        for shard in shards:
            kept = shard.kept
            prompts = inputs.configs.prompt[kept.config]
            totals.pairs += len(kept)
            totals.modes.update(_modes(kept, inputs))
            totals.dev += int(dev[prompts].sum())
            totals.same += shard.same
            totals.contradicted += shard.contradicted
            totals.repeated += shard.repeated
            totals.capped += len(shard.every) - len(kept)
            totals.configs += len(np.unique(shard.every.config))
            totals.prompts += len(np.unique(prompts))
        return totals

    def weights(self, kept: Pairs, inputs: PairInputs, by: Weighting) -> NDArray[np.float64]:
        """The weights of the kept pairs of complete prompts; their mean over all shards is 1.

        Args:
            kept: The kept pairs.
            inputs: The tables that the pairs were made from.
            by: Groups with equal total weight: prompts, config modes, or none.
        """
        if by == "none":
            return np.ones(len(kept))
        if by == "mode":
            groups = len(self.modes)
            sizes = np.array([self.modes[mode] for mode in _modes(kept, inputs)], np.int64)
        else:
            prompts = inputs.configs.prompt[kept.config]
            _, group, counts = np.unique(prompts, return_inverse=True, return_counts=True)
            groups, sizes = self.prompts, counts[group]
        weights: NDArray[np.float64] = self.pairs / groups / sizes
        return weights

    def counts(self, modes: Sequence[str]) -> Counts:
        """The counts for the manifest.

        Args:
            modes: All config modes in use.
        """
        return {
            "rows": self.pairs,
            **{f"{mode} pairs": self.modes[mode] for mode in modes},
            "dev pairs": self.dev,
            "pairs over the cap": self.capped,
            EQUAL: self.same,
            CONTRADICTED: self.contradicted,
            "repeated pairs": self.repeated,
            "demonstrations": self.configs,
            "prompts with pairs": self.prompts,
            "prompts without": self.asked - self.prompts,
        }


def _modes(kept: Pairs, inputs: PairInputs) -> list[str]:
    modes: list[str] = take(inputs.config_rows["mode"], kept.config).to_pylist()
    return modes
