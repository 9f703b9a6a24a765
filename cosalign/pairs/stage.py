"""Stage 7: preference pairs from judged responses, and demonstrations for fine-tuning (section 4.4).

By default exactly the paper's rule (`cosalign.pairs.rule`): every pair of unequal buckets, under the
first config of each mode, without a cap or weights. A response that was given several times counts
once, and one without a verdict or without text takes no part.

Prompts go through shard by shard, twice: once to count the pairs, which weights and messages need,
and once to write them with their texts. Memory does not grow with the number of pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from cosalign.pairs.error_score import ErrorParameters, ErrorScore, Ints
from cosalign.pairs.inputs import PairInputs, read_inputs
from cosalign.pairs.rule import Pairs, find_pairs
from cosalign.pairs.tables import SFT_TABLE, PairColumns, open_texts, write_pieces
from cosalign.pairs.totals import Totals, Weighting
from cosalign.stages import TABLE, Counts, Stage, StageError, run_stage
from cosalign.taxonomy.categories import Taxonomy, load_taxonomy

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
    weighting: Weighting = "none"
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
    totals = Totals.of(_shards(inputs, score, parameters, seed), inputs)
    if not totals.pairs:
        raise StageError(_no_pair(inputs, parameters))
    with open_texts(inputs, configs, candidates, work) as texts:
        columns = PairColumns(inputs, texts, taxonomy, score.scale)
        with write_pieces(work / TABLE) as to_pairs, write_pieces(work / SFT_TABLE) as to_sft:
            for every, kept in _shards(inputs, score, parameters, seed):
                weights = totals.weights(kept, inputs, parameters.weighting)
                to_pairs(len(kept), partial(columns.pairs, kept, weights))
                best = _best(every)
                to_sft(len(best), partial(columns.demonstrations, best))
    return {**totals.counts(parameters.modes), **inputs.counts}


def _shards(
    inputs: PairInputs, score: ErrorScore, parameters: PairsParameters, seed: int
) -> Iterator[tuple[Pairs, Pairs]]:
    """All pairs of some prompts, and those of them that are kept."""
    for every in find_pairs(inputs.responses, inputs.configs, score, seed):
        prompts = inputs.configs.prompt[every.config]
        yield every, _capped(every, prompts, parameters.max_per_prompt)


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
