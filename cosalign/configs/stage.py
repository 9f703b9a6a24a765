"""Stage 4, `configs` (section 4.2 of the paper): safety configs for each prompt, in four modes.

Prompts with a verdict whose risks are all training categories get configs. The recipe sets the number
of draws of each mode; preference pairs are made for draw 0 of each mode.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from cosalign.asking.shards import write_table
from cosalign.configs.draw import MODES, Masks, Mode, Words, draw
from cosalign.configs.templates import Templates, load_templates
from cosalign.stages import Counts, Parameters, Stage, StageError, run_stage
from cosalign.taxonomy.categories import Taxonomy, load_taxonomy
from cosalign.taxonomy.stage import TAXONOMY
from cosapien import content_hash
from cosapien.datasets import choose_wording

if TYPE_CHECKING:
    import pyarrow as pa

Draws = Annotated[int, Field(ge=0, le=1_000)]


class ModeDraws(Parameters):
    """How many configs each prompt gets in each mode.

    Attributes:
        exact: Allow exactly the prompt's risks: one set, so several draws differ only in wording.
        superset: Allow the prompt's risks and 0 or more others.
        safe: Allow nothing.
        not_superset: Allow not all of the prompt's risks, and 0 or more others.
    """

    exact: Draws = 1
    superset: Draws = 4
    safe: Draws = 1
    not_superset: Draws = 4


class ConfigsParameters(Parameters):
    """Section `configs` of a recipe.

    Attributes:
        draws: Configs per prompt and mode. The paper: one each for pairs, four `superset` and four
            `not_superset` for candidates.
        most_others: Most allowed categories beyond the prompt's risks; by default all.
        held_out: Sets of categories that no training config may allow, for tests on unseen sets.
        only: Sets to draw from; by default any set.
        templates: File with your own templates (see `load_templates`); by default the ten wordings of
            `cosapien.WORDINGS`.
        max_per_risk_set: Most prompts with the same set of risks, drawn by hash; no cap by default
            (the paper's cap of 2,500 on WildGuardTrain belongs to the stage `prompts`).
        min_per_risk_set: Fewest prompts with the same set of risks; rarer sets are left out.
    """

    draws: ModeDraws = ModeDraws()
    most_others: Annotated[int, Field(ge=0)] | None = None
    held_out: tuple[tuple[str, ...], ...] = ()
    only: Annotated[tuple[tuple[str, ...], ...], Field(min_length=1)] | None = None
    templates: Path | None = None
    max_per_risk_set: Annotated[int, Field(ge=1)] | None = None
    min_per_risk_set: Annotated[int, Field(ge=1)] = 1


def configs(
    parameters: ConfigsParameters, *, label: Stage, taxonomy: Stage, seed: int, out: Path
) -> Stage:
    """Draw the configs of every prompt and write their texts (section 4.2).

    Args:
        parameters: How to draw.
        label: The `label` stage.
        taxonomy: The `taxonomy` stage.
        seed: Seed of sets, wordings and caps. A prompt's configs depend only on the seed and the
            prompt's id, not on other prompts.
        out: Output folder of the stage.

    Returns:
        The stage: one row per config, sorted by prompt, mode and draw.

    Raises:
        StageError: No prompt or no config is left, the labels hold an unknown category, or
            `held_out` or `only` names a category that no training config may allow.

    Example:
        >>> run = Path("runs/llama31-8b")
        >>> configs(
        ...     ConfigsParameters(),
        ...     label=read_stage(run / "label"),
        ...     taxonomy=read_stage(run / "taxonomy"),
        ...     seed=0,
        ...     out=run / "configs",
        ... )  # doctest: +SKIP
    """
    inputs = {"label": label.path, "taxonomy": taxonomy.folder / TAXONOMY}
    if parameters.templates is not None:
        inputs["templates"] = parameters.templates
    return run_stage(
        "configs",
        out,
        version=1,
        parameters=parameters,
        seed=seed,
        inputs=inputs,
        make=partial(_make, parameters, label, taxonomy, seed),
    )


def _make(
    parameters: ConfigsParameters, label: Stage, taxonomy: Stage, seed: int, work: Path
) -> Counts:
    categories = load_taxonomy(taxonomy.folder / TAXONOMY)
    templates = load_templates(parameters.templates)
    prompt_ids, risks, counts = _usable(parameters, label, categories, seed)
    table, unusable = _table(parameters, prompt_ids, risks, categories, templates, seed)
    if not table.num_rows:
        raise StageError(
            f"configs: none of {unusable} sets drawn for {len(prompt_ids)} prompts may be used; "
            "check `draws`, `held_out`, `only` and `most_others`"
        )
    write_table(table, work)
    modes = Counter(table.column("mode").to_pylist())
    return (
        counts
        | {"prompts": len(prompt_ids), "rows": table.num_rows, "not to be used": unusable}
        | {f"rows {mode}": modes[mode] for mode in MODES}
    )


def _usable(
    parameters: ConfigsParameters, label: Stage, taxonomy: Taxonomy, seed: int
) -> tuple[list[str], Masks, dict[str, int]]:
    """The usable prompts, sorted by id, and their risks; and counts of the others."""
    table = label.table(["prompt_id", "risks"])
    training = taxonomy.mask(taxonomy.training)
    masks: dict[tuple[str, ...], int] = {}
    usable: dict[str, int] = {}
    counts = dict.fromkeys(["without a verdict", "of other categories", "over or under a cap"], 0)
    for prompt_id, names in zip(
        table.column("prompt_id").to_pylist(), table.column("risks").to_pylist(), strict=True
    ):
        if names is None:
            counts["without a verdict"] += 1
            continue
        mask = masks.get(key := tuple(names))
        if mask is None:
            mask = masks[key] = taxonomy.mask(names)
        if mask & ~training:
            counts["of other categories"] += 1
        else:
            usable[prompt_id] = mask
    kept = _capped(parameters, usable, seed)
    counts["over or under a cap"] = len(usable) - len(kept)
    if not kept:
        raise StageError(
            f"configs: none of {table.num_rows} prompts can be used ("
            + ", ".join(f"{count} {why}" for why, count in counts.items())
            + f"); training categories are {' | '.join(taxonomy.training) or 'none'}"
        )
    return kept, np.array([usable[prompt_id] for prompt_id in kept], np.int64), counts


def _capped(parameters: ConfigsParameters, risks: dict[str, int], seed: int) -> list[str]:
    """The ids of the prompts whose set of risks is neither too rare nor over the cap."""
    sets: dict[int, list[str]] = {}
    for prompt_id, mask in risks.items():
        sets.setdefault(mask, []).append(prompt_id)
    kept: list[str] = []
    for members in sets.values():
        if len(members) < parameters.min_per_risk_set:
            continue
        if parameters.max_per_risk_set is not None and len(members) > parameters.max_per_risk_set:
            members.sort(key=lambda prompt_id: content_hash(f"{seed}\x1f{prompt_id}"))
            members = members[: parameters.max_per_risk_set]
        kept += members
    return sorted(kept)


def _table(
    parameters: ConfigsParameters,
    prompt_ids: list[str],
    risks: Masks,
    taxonomy: Taxonomy,
    templates: Templates,
    seed: int,
) -> tuple[pa.Table, int]:
    """All configs, and the number of draws without a usable set."""
    import pyarrow as pa

    allowed, rows = [], []  # by mode and draw; rows are positions in `prompt_ids`
    modes: list[Mode] = []
    numbers: list[int] = []
    config_ids: list[str] = []
    sets = {name: _sets(name, parameters, taxonomy) for name in ("only", "held_out")}
    bits = np.array([taxonomy.mask([name]) for name in taxonomy.training], np.int64)
    for mode in MODES:
        for number in range(getattr(parameters.draws, mode)):
            ids = [content_hash(f"{prompt_id}\x1f{mode}\x1f{number}") for prompt_id in prompt_ids]
            drawn = draw(
                mode,
                _words(ids),
                risks,
                categories=bits,
                seed=seed,
                most_others=len(bits) if parameters.most_others is None else parameters.most_others,
                only=sets["only"],
                never=sets["held_out"] or (),
            )
            used = np.flatnonzero(drawn >= 0)
            allowed.append(drawn[used])
            rows.append(used)
            modes += [mode] * len(used)
            numbers += [number] * len(used)
            config_ids += [ids[row] for row in used]
    at = np.concatenate(rows) if rows else np.array([], np.int64)
    order = np.argsort(at, kind="stable")  # by prompt; modes and draws are in order already
    wordings = [choose_wording(key, seed, templates.names) for key in config_ids]
    masks = np.concatenate(allowed) if allowed else np.array([], np.int64)
    names, texts = _rendered(masks, wordings, taxonomy, templates)
    table = pa.table(
        {
            "config_id": pa.array(config_ids, pa.string()),
            "prompt_id": pa.array(prompt_ids, pa.string()).take(pa.array(at)),
            "mode": pa.array(modes, pa.string()),
            "draw": pa.array(numbers, pa.int32()),
            "allowed": names,
            "wording": pa.array(wordings, pa.string()),
            "system_prompt": texts,
        }
    ).take(pa.array(order))
    drawn_in_all = len(prompt_ids) * sum(getattr(parameters.draws, mode) for mode in MODES)
    return table, drawn_in_all - table.num_rows


def _rendered(
    masks: Masks, wordings: list[str], taxonomy: Taxonomy, templates: Templates
) -> tuple[pa.Array, pa.Array]:
    """The allowed names and the system prompts; each distinct text is held once in memory."""
    import pyarrow as pa

    definitions = {name: taxonomy.definitions[name] for name in taxonomy.training}
    distinct, which = np.unique(masks, return_inverse=True)
    sets = [list(taxonomy.unmask(int(mask))) for mask in distinct]
    texts: dict[tuple[int, str], int] = {}
    codes = [
        texts.setdefault(pair, len(texts)) for pair in zip(which.tolist(), wordings, strict=True)
    ]
    rendered = [templates.render(sets[number], wording, definitions) for number, wording in texts]
    return (
        pa.array(sets, pa.list_(pa.string())).take(pa.array(which)),
        pa.DictionaryArray.from_arrays(
            pa.array(codes, pa.int32()), pa.array(rendered, pa.string())
        ),
    )


def _sets(name: str, parameters: ConfigsParameters, taxonomy: Taxonomy) -> list[int] | None:
    given: tuple[tuple[str, ...], ...] | None = getattr(parameters, name)
    if given is None:
        return None
    masks = [taxonomy.mask(names) for names in given]
    wrong = [
        names
        for names, mask in zip(given, masks, strict=True)
        if mask & ~taxonomy.mask(taxonomy.training)
    ]
    if wrong:
        raise StageError(
            f"configs: {name} names {{{', '.join(wrong[0])}}}; expected sets of training categories: "
            f"{' | '.join(taxonomy.training)}"
        )
    return masks


def _words(ids: list[str]) -> Words:
    return np.array([int(config_id, 16) for config_id in ids], np.uint64)
