"""Cards of exported models and pairs: Markdown with the Hub's metadata."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml
from huggingface_hub import CardData, DatasetCardData, ModelCardData

from cosalign.stages import Stage

SHOWN = ("loss", "eval_loss", "eval_margin", "eval_accuracy", "eval_ranked", "eval_kl")
PAPER = "https://arxiv.org/abs/2410.08968"

_USE = """\
## What it is for

The model follows a safety config: a description, in the system message, of what it may help with. It is
meant for providers whose users have different safety requirements, and for research on controllable
safety. Evaluate it on your own configs before you serve it (CoSApien and CoSAlign-Test with
`inspect eval`, see the toolkit it was made with).

## Responsible use

* A safety config changes what is allowed; it does not remove all limits. Content outside every
  category that a config can allow ("Other Harms") is never allowed.
* Only authorised users set configs. The provider reviews each config before it takes effect
  (`cosalign review-config`). End users must not be able to write or change it: keep the system
  message out of their reach.
* Training makes it more likely that the model follows its config, but not certain: keep other
  safeguards in place, and monitor the model's responses.
* Under a permissive config, the model writes content that others would find harmful. Warn the people
  who see it.
"""


def model_card(
    name: str,
    *,
    base: str,
    licence: str | None,
    sources: Mapping[str, str],
    pairs: Stage,
    trained: Sequence[tuple[Stage, Iterable[Mapping[str, Any]]]],
    adapter: bool,
) -> str:
    """The card of a model.

    Args:
        name: Title of the card.
        base: The model that training started from: a folder's name, or a name on the Hub.
        licence: Licence of the model; None: not stated.
        sources: Licences of the data, by name.
        pairs: The pairs it was trained on.
        trained: The training stages, first to last, and the rows of their metrics.
        adapter: Whether the weights are those of an adapter.
    """
    header = ModelCardData(
        library_name="peft" if adapter else "transformers",
        pipeline_tag="text-generation",
        base_model=base,
        base_model_relation="adapter" if adapter else "finetune",
        tags=["cosalign", "controllable-safety", *(stage.manifest.stage for stage, _ in trained)],
        license=licence,
    )
    parts = [
        _front_matter(header),
        f"# {name}\n",
        f"{_what(base, trained, adapter)} ([Controllable Safety Alignment]({PAPER}), section 4).\n",
        _USE,
        f"## Data\n\n{_data(pairs, sources)}",
        f"## Licences\n\n{_licences(base, licence, sources)}",
        "## Training\n",
        *(_training(stage, rows) for stage, rows in trained),
    ]
    return "\n".join(parts)


def pairs_card(name: str, *, sources: Mapping[str, str], counts: Mapping[str, int]) -> str:
    """The card of the exported pairs.

    Args:
        name: Title of the model that was trained on them.
        sources: Licences of the data they were made from, by name.
        counts: Number of pairs by split.
    """
    header = DatasetCardData(tags=["cosalign", "controllable-safety", "preference"])
    rows = [f"| {split} | {count:,} |" for split, count in counts.items()]
    terms = [f"* {source}: {licence}" for source, licence in sources.items()]
    return "\n".join(
        [
            _front_matter(header),
            f"# Preference pairs of {name}\n",
            f"Made by CoSAlign ([Controllable Safety Alignment]({PAPER}), section 4), in the columns",
            "of `microsoft/CoSAlign-Train`. Rejected responses, and chosen ones under a permissive",
            "config, may contain content that others would find harmful: warn people before you show",
            "them.\n",
            "| split | pairs |",
            "| --- | --- |",
            *rows,
            "",
            *(["The terms of the source data still apply:", "", *terms, ""] if terms else []),
        ]
    )


def _front_matter(header: CardData) -> str:
    return f"---\n{header.to_yaml()}\n---\n"


def _what(base: str, trained: Sequence[tuple[Stage, Any]], adapter: bool) -> str:
    names = {"sft": "supervised fine-tuning", "dpo": "direct preference optimisation"}
    how = ", then ".join(names[stage.manifest.stage] for stage, _ in trained)
    what = "an adapter of" if adapter else "all weights of"
    return f"`{base}` trained with CoSAlign by {how}. This folder holds {what} the trained model"


def _data(pairs: Stage, sources: Mapping[str, str]) -> str:
    counts = pairs.manifest.counts.items()
    lines = ["| preference pairs | |", "| --- | --- |", *(f"| {n} | {c:,} |" for n, c in counts)]
    if sources:
        lines += ["", f"Made from {', '.join(sources)}."]
    return "\n".join([*lines, ""])


def _licences(base: str, licence: str | None, sources: Mapping[str, str]) -> str:
    stated = licence or "not stated: the licences of its base and data limit it"
    lines = [f"* this model: {stated}", f"* `{base}`: see its own card; its terms still apply"]
    return "\n".join([*lines, *(f"* {name}: {terms}" for name, terms in sources.items()), ""])


def _training(stage: Stage, rows: Iterable[Mapping[str, Any]]) -> str:
    """Parameters, and each shown metric at the first and the last step it was measured."""
    ends: dict[str, tuple[float, float]] = {}
    for row in sorted(rows, key=lambda row: int(row["step"])):
        ends[row["name"]] = (ends.get(row["name"], (row["value"],))[0], row["value"])
    wanted = [n for n in (*SHOWN, *sorted(ends)) if n in ends]
    names = [n for n in dict.fromkeys(wanted) if n in SHOWN or ("/" in n and n.startswith("eval_"))]
    table = [f"| {n} | {ends[n][0]:.4g} | {ends[n][1]:.4g} |" for n in names]
    counts = ", ".join(f"{name}: {count:,}" for name, count in stage.manifest.counts.items())
    parameters = yaml.safe_dump(json.loads(json.dumps(stage.manifest.parameters)), sort_keys=False)
    packages = ", ".join(f"{n} {v}" for n, v in stage.manifest.packages.items())
    return "\n".join(
        [
            f"### {stage.manifest.stage}\n",
            f"{counts}; {packages}.\n",
            "| figure | first | last |",
            "| --- | --- | --- |",
            *table,
            f"\n```yaml\n{parameters}```\n",
        ]
    )
