"""Stage 7, `pairs`: preference pairs of judged responses, and demonstrations (section 4.4 of the paper).

By default exactly the paper's rule (`cosalign.pairs.rule`): every pair of unequal buckets, under the
first config of each mode, without a cap or weights. Equal responses count once; a response without
a verdict or without text is left out, and so is a pair whose sides say the same or that another pair
contradicts (`cosalign.pairs.directions`).

Prompts are processed shard by shard, twice: first to count the pairs, which weights and messages
need, then to write them with their texts. Memory does not grow with the number of pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from cosalign.configs.draw import MODES, Mode
from cosalign.pairs.directions import CONTRADICTED, all_teach, find_directions
from cosalign.pairs.error_score import ErrorParameters, ErrorScore, Ints
from cosalign.pairs.inputs import PairInputs, read_inputs
from cosalign.pairs.rule import Pairs, find_pairs
from cosalign.pairs.sides import EQUAL
from cosalign.pairs.tables import SFT_TABLE, PairColumns, open_texts, write_pieces
from cosalign.pairs.totals import Shard, Totals, Weighting
from cosalign.stages import TABLE, Counts, Stage, StageError, run_stage
from cosalign.taxonomy.categories import Taxonomy, load_taxonomy
from cosalign.taxonomy.stage import TAXONOMY


class PairsParameters(ErrorParameters):
    """Section `pairs:` of a recipe; defaults are the paper's rule.

    Attributes:
        modes: Config modes that get pairs.
        draws: Draws of each mode that get pairs, counted from 0; null: all of them.
        max_per_prompt: Most pairs of a prompt, drawn evenly; null: no limit. The number of pairs
            grows with the square of the number of buckets.
        weighting: The column `weight`: with `prompt` every prompt, with `mode` every config mode has
            the same total weight; with `none` every pair has weight 1. The mean is always 1.
        truncated: Whether responses that reached their token limit are used (`keep`) or not (`drop`).
    """

    modes: tuple[Mode, ...] = MODES
    draws: tuple[int, ...] | None = (0,)
    max_per_prompt: Annotated[int | None, Field(ge=1)] = None
    weighting: Weighting = "none"
    truncated: Literal["keep", "drop"] = "keep"


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
    """Make preference pairs (section 4.4) and demonstrations.

    Args:
        parameters: Weights of the error score, and which responses are paired.
        judge: The `judge` stage.
        candidates: The `candidates` stage.
        configs: The `configs` stage.
        label: The `label` stage.
        prompts: The `prompts` stage.
        taxonomy: The `taxonomy` stage.
        seed: Seed of the draws.
        out: Output folder of the stage.

    Returns:
        The stage: pairs in `data.parquet`, ordered by prompt and config, and in `sft.parquet` for
        each config with pairs the chosen response with the lowest error (ties by a seeded draw).

    Raises:
        StageError: A category is unknown, or no prompt gives a pair.

    Example:
        >>> stages = run(recipe, until="judge").stages  # doctest: +SKIP
        >>> pairs(PairsParameters(), **stages, seed=0, out=Path("pairs"))  # doctest: +SKIP
    """
    stages = {"judge": judge, "candidates": candidates, "configs": configs}
    stages |= {"label": label, "prompts": prompts}
    file = taxonomy.folder / TAXONOMY
    categories = load_taxonomy(file)
    return run_stage(
        "pairs",
        out,
        version=3,
        parameters=parameters,
        seed=seed,
        inputs={name: stage.path for name, stage in stages.items()} | {"taxonomy": file},
        keep_earlier=all_teach,
        make=lambda work: _make(parameters, work, **stages, taxonomy=categories, seed=seed),
    )


def _make(
    parameters: PairsParameters,
    work: Path,
    /,
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
    score = ErrorScore.from_weights(parameters, taxonomy)
    totals = Totals.from_shards(_shards(inputs, score, parameters, seed), inputs)
    if not totals.pairs:
        raise StageError(_no_pair(inputs, parameters, totals))
    with open_texts(inputs, configs, candidates, work) as texts:
        columns = PairColumns(inputs, texts, taxonomy, score.scale)
        with write_pieces(work / TABLE) as to_pairs, write_pieces(work / SFT_TABLE) as to_sft:
            for shard in _shards(inputs, score, parameters, seed):
                weights = totals.weights(shard.kept, inputs, parameters.weighting)
                to_pairs(len(shard.kept), partial(columns.pairs, shard.kept, weights))
                best = _best(shard.every)
                to_sft(len(best), partial(columns.demonstrations, best))
    return {**totals.counts(parameters.modes), **inputs.counts}


def _shards(
    inputs: PairInputs, score: ErrorScore, parameters: PairsParameters, seed: int
) -> Iterator[Shard]:
    """The pairs of each shard of prompts, without those that teach nothing.

    The labels of sides that say the same contradict each other, and so do those of contrary pairs.
    """
    for found in find_pairs(inputs.responses, inputs.configs, score, seed):
        differ = inputs.words[found.chosen] != inputs.words[found.rejected]
        different = found.take(np.flatnonzero(differ))
        contradicted, repeated = find_directions(
            inputs.config_words[different.config],
            inputs.configs.prompt[different.config].astype(np.uint64),
            inputs.words[different.chosen],
            inputs.words[different.rejected],
        )
        every = different.take(np.flatnonzero(~contradicted))
        prompts = inputs.configs.prompt[every.config]
        kept = _capped(every, prompts, parameters.max_per_prompt)
        yield Shard(
            every,
            kept,
            same=len(found) - len(different),
            contradicted=len(different) - len(every),
            repeated=int(repeated.sum()),
        )


def _no_pair(inputs: PairInputs, parameters: PairsParameters, totals: Totals) -> str:
    asked = np.unique(inputs.configs.prompt)
    answered = np.bincount(inputs.responses.prompt, minlength=inputs.prompts.num_rows)[asked]
    return (
        f"pairs: none of {len(asked)} prompts gives a pair: {int((answered == 0).sum())} have no "
        f"judged response, {int((answered == 1).sum())} only one, and of the others all responses "
        f"have the same error, or the lower error reaches beta ({parameters.beta}); left out: "
        f"{totals.same} {EQUAL}, {totals.contradicted} {CONTRADICTED}"
    )


def _best(every: Pairs) -> Pairs:
    """The pair of each config whose chosen response has the lowest error; ties by hash."""
    order = np.lexsort((every.key, every.chosen_error, every.config))
    _, firsts = np.unique(every.config[order], return_index=True)
    return every.take(np.sort(order[firsts]))


def _capped(every: Pairs, prompts: Ints, most: int | None) -> Pairs:
    """Limit the pairs of each prompt to those with the lowest hashes."""
    if most is None:
        return every
    order = np.lexsort((every.key, prompts))
    _, begins = np.unique(prompts[order], return_index=True)
    rank = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
    return every.take(np.sort(order[rank < most]))
