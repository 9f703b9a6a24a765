"""Running a recipe: every stage in its order; what has not changed is not made again."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from cosalign.candidates.stage import candidates
from cosalign.configs.stage import configs
from cosalign.hub.export import export
from cosalign.hub.released_pairs import released
from cosalign.labelling.prompts import label
from cosalign.labelling.responses import judge
from cosalign.pairs.stage import pairs
from cosalign.pipeline.recipe import STAGES, Recipe, StageName
from cosalign.prompts.stage import prompts
from cosalign.stages import Stage, StageError, read_stage
from cosalign.taxonomy.stage import taxonomy
from cosalign.training.dpo import dpo
from cosalign.training.sft import sft


@dataclass(frozen=True, slots=True)
class Made:
    """The finished stages of a recipe, by name; None where the recipe has no such stage."""

    stages: dict[StageName, Stage | None]

    def __getitem__(self, name: StageName) -> Stage:
        """A stage that is there."""
        stage = self.stages[name]
        assert stage is not None
        return stage


def run(recipe: Recipe, until: StageName = "export") -> Made:
    """Make the stages of a recipe up to one of them.

    Args:
        recipe: The recipe.
        until: The last stage to make.

    Raises:
        StageError: A stage cannot be made. What was made so far is kept.
    """
    out, seed = recipe.out, recipe.seed
    made = Made({})

    def done(name: StageName, stage: Stage | None) -> bool:
        """Note a stage; whether it was the last one wanted."""
        made.stages[name] = stage
        if stage is not None:
            _say(name, stage)
        return name == until

    if recipe.released is not None:
        if STAGES.index(until) < STAGES.index("pairs"):
            raise StageError(f"a recipe with released pairs has no stage {until}")
        if done("pairs", released(recipe.released, out=out / "pairs")):
            return made
    else:
        if done("prompts", prompts(recipe.prompts, seed=seed, out=out / "prompts")):
            return made
        asked = made["prompts"]
        own = taxonomy(recipe.taxonomy, prompts=asked, seed=seed, out=out / "taxonomy")
        if done("taxonomy", own):
            return made
        assert recipe.label is not None
        labelled = label(recipe.label, prompts=asked, taxonomy=own, out=out / "label")
        if done("label", labelled):
            return made
        synthesised = configs(
            recipe.configs, label=labelled, taxonomy=own, seed=seed, out=out / "configs"
        )
        if done("configs", synthesised):
            return made
        assert recipe.candidates is not None
        answered = candidates(
            recipe.candidates,
            configs=synthesised,
            prompts=asked,
            seed=seed,
            out=out / "candidates",
        )
        if done("candidates", answered):
            return made
        assert recipe.judge is not None
        judged = judge(
            recipe.judge, candidates=answered, prompts=asked, taxonomy=own, out=out / "judge"
        )
        if done("judge", judged):
            return made
        paired = pairs(
            recipe.pairs,
            judge=judged,
            candidates=answered,
            configs=synthesised,
            label=labelled,
            prompts=asked,
            taxonomy=own,
            seed=seed,
            out=out / "pairs",
        )
        if done("pairs", paired):
            return made

    learnt = made["pairs"]
    tuned = preferred = None
    if recipe.sft is not None:
        tuned = sft(recipe.sft, pairs=learnt, seed=seed, out=out / "sft")
    if done("sft", tuned):
        return made
    if recipe.dpo is not None:
        preferred = dpo(recipe.dpo, pairs=learnt, sft=tuned, seed=seed, out=out / "dpo")
    if done("dpo", preferred):
        return made
    exported = export(recipe.export, pairs=learnt, sft=tuned, dpo=preferred, out=out / "export")
    done("export", exported)
    return made


def status(recipe: Recipe) -> str:
    """What of a recipe is made, a line per stage (Markdown)."""
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
    """What to do with an exported model.

    Args:
        folder: The `export` stage's folder.
    """
    model = folder / "model"
    judge = "--model-role grader=openai/gpt-4o"
    local = f"--model hf/{folder.parent.name} -M model_path={model} -M do_sample=false"
    return f"""\
The model is in {model}. Measure it, and the model it started from:

  inspect eval tasks/cosapien.py {local} {judge}
  inspect eval tasks/cosalign_test.py {local} {judge}
  inspect eval-set tasks/presets/capability.py {local} {judge} --log-dir logs/capability
  (with a GPU: --model vllm/{model} -M host=127.0.0.1; what follows hf/ is the name on the board)
  cosa compare BASE.eval THIS.eval      # paired difference with interval
  leaderboard submit THIS.eval --dir results
"""


def _say(name: StageName, stage: Stage) -> None:
    counts = ", ".join(f"{value:,} {what}" for what, value in stage.manifest.counts.items())
    what = f"{stage.manifest.seconds:,.1f} s" if stage.remade else "unchanged"
    print(f"{name}: {what}; {counts}", file=sys.stderr, flush=True)
