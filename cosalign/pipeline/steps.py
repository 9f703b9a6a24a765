"""Running a recipe: its stages in order; unchanged stages are not run again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cosalign.candidates.stage import candidates
from cosalign.configs.stage import configs
from cosalign.hub.export import export
from cosalign.hub.released_pairs import released
from cosalign.labelling.prompts import label
from cosalign.labelling.responses import judge
from cosalign.pairs.stage import pairs
from cosalign.pipeline.names import STAGES, StageName
from cosalign.pipeline.recipe import Recipe
from cosalign.pipeline.templates import check_templates
from cosalign.policies.candidates import policy_candidates
from cosalign.policies.pairs import policy_pairs
from cosalign.prompts.stage import prompts
from cosalign.stages import Stage, StageError, read_stage
from cosalign.taxonomy.stage import taxonomy
from cosalign.training.dpo import dpo
from cosalign.training.sft import sft


@dataclass(frozen=True, slots=True)
class Made:
    """The finished stages of a recipe, by name; None where the recipe has no such stage.

    Attributes:
        stages: The stages.
    """

    stages: dict[StageName, Stage | None]

    def __getitem__(self, name: StageName) -> Stage:
        """A stage that the recipe has."""
        stage = self.stages[name]
        assert stage is not None
        return stage


class _Step(NamedTuple):
    """How a stage is run.

    Attributes:
        name: Name of the stage, of its section of a recipe and of its folder.
        run: The stage function; it takes the stages it needs as arguments of their names.
        needs: Names of the stages it needs.
        seeded: Whether it takes a seed.
    """

    name: StageName
    run: Callable[..., Stage]
    needs: tuple[StageName, ...] = ()
    seeded: bool = True


STEPS = (
    _Step("prompts", prompts),
    _Step("taxonomy", taxonomy, ("prompts",)),
    _Step("label", label, ("prompts", "taxonomy"), seeded=False),
    _Step("configs", configs, ("label", "taxonomy")),
    _Step("candidates", candidates, ("configs", "prompts")),
    _Step("judge", judge, ("candidates", "prompts", "taxonomy"), seeded=False),
    _Step("pairs", pairs, ("judge", "candidates", "configs", "label", "prompts", "taxonomy")),
    _Step("sft", sft, ("pairs",)),
    _Step("dpo", dpo, ("pairs", "sft")),
    _Step("export", export, ("pairs", "sft", "dpo"), seeded=False),
)
"""All stages in the order of `STAGES`."""
POLICIES_REPLACE = ("prompts", "taxonomy", "label", "configs", "judge")
"""Stages that a recipe with policies does not have: rules judge each response under its own config."""


def run(recipe: Recipe, until: StageName = "export") -> Made:
    """Run the stages of a recipe up to one of them; unchanged stages are not run again.

    Args:
        recipe: The recipe.
        until: The last stage to run.

    Returns:
        The finished stages.

    Raises:
        StageError: A stage fails. Partial results are kept.

    Example:
        >>> recipe = load_recipe(Path("recipes/released-pairs.yaml"))  # doctest: +SKIP
        >>> made = run(recipe, until="pairs")  # doctest: +SKIP
        >>> made["pairs"].manifest.counts["rows"]  # doctest: +SKIP
    """
    made = Made({})
    steps = list(_steps(recipe, until))
    check_templates(recipe, until)
    for step in steps:
        if (stage := _run(step, recipe, made)) is not None:
            _report(step.name, stage)
        made.stages[step.name] = stage
    return made


def _steps(recipe: Recipe, until: StageName) -> Iterator[_Step]:
    """The steps of a recipe up to one of them.

    Published pairs replace the steps up to `pairs`, and policies those up to `candidates` and `judge`.
    """
    first, last = STAGES.index("prompts"), STAGES.index(until)
    if recipe.released is not None:
        first = STAGES.index("pairs")
        if last < first:
            raise StageError(f"a recipe with released pairs has no stage {until}")
    if recipe.policies is not None and until in POLICIES_REPLACE:
        raise StageError(f"a recipe with policies has no stage {until}")
    for step in STEPS[first : last + 1]:
        if recipe.policies is None or step.name not in POLICIES_REPLACE:
            yield step


def _run(step: _Step, recipe: Recipe, made: Made) -> Stage | None:
    """Run one step; None if the recipe has no section for it."""
    out, seed = recipe.out / step.name, recipe.seed_of(step.name)
    if step.name == "pairs" and recipe.released is not None:
        return released(recipe.released, out=out)
    if step.name == "candidates" and recipe.policies is not None:
        return policy_candidates(recipe.policies, seed=seed, out=out)
    if step.name == "pairs" and recipe.policies is not None:
        return policy_pairs(recipe.pairs, candidates=made["candidates"], seed=seed, out=out)
    section = getattr(recipe, step.name)
    if section is None:
        return None
    arguments: dict[str, Any] = {name: made.stages[name] for name in step.needs}
    if step.seeded:
        arguments["seed"] = seed
    return step.run(section, **arguments, out=out)


def status(recipe: Recipe) -> str:
    """A Markdown table of a recipe's stages: which are made, when, and their counts.

    Args:
        recipe: The recipe.
    """
    from scorers.text import table

    rows = []
    for name in STAGES:
        try:
            manifest = read_stage(recipe.out / name).manifest
        except StageError:
            rows.append([name, "not made", "", ""])
            continue
        counts = ", ".join(f"{value:,} {what}" for what, value in manifest.counts.items())
        rows.append(
            [name, f"{manifest.created:%Y-%m-%d %H:%M}", f"{manifest.seconds:,.1f}", counts]
        )
    return table(["stage", "made (UTC)", "seconds", "counts"], rows)


def what_next(folder: Path) -> str:
    """The commands that measure an exported model, as text for the user.

    Args:
        folder: Output folder of the `export` stage.
    """
    model = folder / "model"
    judge = "--model-role grader=openai/gpt-4o"
    local = f"--model hf/{folder.parent.name} -M model_path={model} -M do_sample=false"
    return f"""\
The model is in {model}. Evaluate it, and the model it started from:

  inspect eval tasks/cosapien.py {local} {judge}
  inspect eval tasks/cosalign_test.py {local} {judge}
  inspect eval-set tasks/presets/capability.py {local} {judge} --log-dir logs/capability
  (with a GPU: --model vllm/{model} -M host=127.0.0.1; the name after hf/ appears on the board)
  cosa compare BASE.eval THIS.eval      # paired difference with interval
  leaderboard submit THIS.eval --dir results
"""


def _report(name: StageName, stage: Stage) -> None:
    counts = ", ".join(f"{value:,} {what}" for what, value in stage.manifest.counts.items())
    what = f"{stage.manifest.seconds:,.1f} s" if stage.remade else "unchanged"
    print(f"{name}: {what}; {counts}", file=sys.stderr, flush=True)
