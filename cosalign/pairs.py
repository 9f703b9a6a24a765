"""Stage 7: preference pairs from judged responses, and demonstrations for fine-tuning (section 4.4).

By default exactly the paper's rule (`cosalign.pairing.rule`): every pair of unequal buckets, under the
first config of each mode, without a cap or weights. A response that was given several times counts
once, and one without a verdict or without text takes no part.

Numbers are worked out for all prompts first, shard by shard; texts are joined last, piece by piece.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cosalign.categories import Taxonomy, load_taxonomy
from cosalign.error_score import ErrorParameters, ErrorScore, Ints
from cosalign.pairing.inputs import PairInputs, read_inputs
from cosalign.pairing.rule import Pairs, find_pairs
from cosalign.pairing.tables import SFT_TABLE, PairColumns, open_texts, write_pieces
from cosalign.stages import TABLE, Counts, Stage, StageError, run_stage

Mode = Literal["exact", "superset", "safe", "not_superset"]


class PairsParameters(ErrorParameters):
    """Section `pairs:` of a recipe; the paper's rule by default.

    Attributes:
        modes: Config modes that get pairs.
        draws: Which of a mode's configs get pairs, counted from 0; none: all of them.
        max_per_prompt: The most pairs a prompt gets, drawn evenly; none: no limit. Without one they
            grow with the square of the buckets.
        weighting: What the column `weight` evens out: `prompt` gives every prompt, `mode` every
            config mode the same total; `none` gives every pair 1. The mean is 1 in any case.
        truncated: Whether a response that ran into its token limit takes part (`keep`) or not.
    """

    modes: tuple[Mode, ...] = ("exact", "superset", "safe", "not_superset")
    draws: tuple[int, ...] | None = (0,)
    max_per_prompt: Annotated[int | None, Field(ge=1)] = None
    weighting: Literal["none", "prompt", "mode"] = "none"
    truncated: Literal["keep", "drop"] = "keep"


class _Seeded(PairsParameters):
    seed: int


def pairs(
    parameters: PairsParameters,
    *,
    judge: Stage,
    candidates: Stage,
    configs: Stage,
    label: Stage,
    prompts: Stage,
    taxonomy: Stage,
    seed: int,
    out: Path,
) -> Stage:
    """Make pairs (section 4.4) and demonstrations.

    Args:
        parameters: Weights of the error score, and what is paired.
        judge: The `judge` stage.
        candidates: The `candidates` stage.
        configs: The `configs` stage.
        label: The `label` stage.
        prompts: The `prompts` stage.
        taxonomy: The `taxonomy` stage.
        seed: Seed of the draws.
        out: Where the stage is to stand.

    Returns:
        The stage: pairs in `data.parquet`, ordered by prompt and config, and in `sft.parquet` for
        each config with pairs the chosen response of the lowest error (among several, by a draw).

    Raises:
        StageError: A category is unknown, or no prompt gives a pair.
    """
    return run_stage(
        "pairs",
        out,
        version=1,
        parameters=_Seeded(**dict(parameters), seed=seed),
        inputs={
            "judge": judge.path,
            "candidates": candidates.path,
            "configs": configs.path,
            "label": label.path,
            "prompts": prompts.path,
            "taxonomy": taxonomy.folder / "taxonomy.yaml",
        },
        make=partial(
            _make,
            parameters,
            judge=judge,
            candidates=candidates,
            configs=configs,
            label=label,
            prompts=prompts,
            taxonomy=load_taxonomy(taxonomy.folder / "taxonomy.yaml"),
            seed=seed,
        ),
    )


def _make(
    parameters: PairsParameters,
    work: Path,
    *,
    judge: Stage,
    candidates: Stage,
    configs: Stage,
    label: Stage,
    prompts: Stage,
    taxonomy: Taxonomy,
    seed: int,
) -> Counts:
    inputs = read_inputs(
        judge=judge,
        candidates=candidates,
        configs=configs,
        label=label,
        prompts=prompts,
        taxonomy=taxonomy,
        modes=parameters.modes,
        draws=parameters.draws,
        drop_truncated=parameters.truncated == "drop",
    )
    score = ErrorScore.of(parameters, taxonomy)
    every = find_pairs(inputs.responses, inputs.configs, score, seed)
    if not len(every):
        raise StageError(_no_pair(inputs, parameters))
    best = _best(every)
    kept = _capped(every, inputs.configs.prompt[every.config], parameters.max_per_prompt)
    weights = _weights(kept, inputs, parameters.weighting)
    with open_texts(inputs, configs, candidates, work) as texts:
        columns = PairColumns(inputs, texts, taxonomy, score.scale)
        write_pieces(len(kept), partial(columns.pairs, kept, weights), work / TABLE)
        write_pieces(len(best), partial(columns.demonstrations, best), work / SFT_TABLE)
    modes = np.array(inputs.config_rows["mode"].to_pylist())[kept.config]
    dev = np.array(inputs.prompts["split"].to_pylist())[inputs.configs.prompt[kept.config]] == "dev"
    paired = np.unique(inputs.configs.prompt[every.config])
    return {
        "rows": len(kept),
        **{f"{mode} pairs": int((modes == mode).sum()) for mode in parameters.modes},
        "dev pairs": int(dev.sum()),
        "pairs over the cap": len(every) - len(kept),
        "demonstrations": len(best),
        "prompts with pairs": len(paired),
        "prompts without": len(np.unique(inputs.configs.prompt)) - len(paired),
        **inputs.counts,
    }


def _no_pair(inputs: PairInputs, parameters: PairsParameters) -> str:
    asked = np.unique(inputs.configs.prompt)
    answered = np.bincount(inputs.responses.prompt, minlength=inputs.prompts.num_rows)[asked]
    return (
        f"pairs: none of {len(asked)} prompts gives a pair: {int((answered == 0).sum())} have no "
        f"judged response, {int((answered == 1).sum())} only one, and of the others all responses "
        f"have the same error, or the lower error reaches beta ({parameters.beta})"
    )


def _best(every: Pairs) -> Pairs:
    """Of each config the pair whose chosen response has the lowest error; of several, one by hash."""
    order = np.lexsort((every.key, every.chosen_error, every.config))
    _, firsts = np.unique(every.config[order], return_index=True)
    return every.take(np.sort(order[firsts]))


def _capped(every: Pairs, prompts: Ints, most: int | None) -> Pairs:
    """At most so many pairs of a prompt: those with the lowest hashes."""
    if most is None:
        return every
    order = np.lexsort((every.key, prompts))
    _, begins = np.unique(prompts[order], return_index=True)
    rank = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
    return every.take(np.sort(order[rank < most]))


def _weights(kept: Pairs, inputs: PairInputs, by: str) -> NDArray[np.float64]:
    if by == "none":
        return np.ones(len(kept))
    groups = inputs.configs.prompt[kept.config]
    if by == "mode":
        groups = np.array(inputs.config_rows["mode"].to_pylist())[kept.config]
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    weights: NDArray[np.float64] = len(kept) / len(sizes) / sizes[group]
    return weights
