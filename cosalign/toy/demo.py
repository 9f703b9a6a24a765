"""`cosalign demo`: the whole method in the toy world, from random weights to a table of scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import cosalign.toy.provider  # noqa: F401 - makes toy/safe and toy/permissive known to Inspect
from cosalign.pipeline.recipe import load_recipe
from cosalign.pipeline.steps import run
from cosalign.toy.base import BaseParameters, base
from cosalign.toy.evaluate import BASE, DPO, SFT, Evaluation, evaluate
from cosalign.toy.files import HELPFUL, PROMPTS, TAXONOMY, TEMPLATES, write_world
from cosalign.toy.world import all_sets, topic_sets

RECIPE = Path(__file__).with_name("recipe.yaml")
"""The toy recipe; it is part of the package, so the demo also runs from a wheel."""


@dataclass(frozen=True, slots=True)
class Trained:
    """The models of one seed.

    Attributes:
        world: Folder of the world's files.
        models: Folders of the models, by row title (see `cosalign.toy.evaluate`).
    """

    world: Path
    models: dict[str, Path]


def demo(out: Path, *, seeds: int = 1, recipe: Path = RECIPE) -> list[Evaluation]:
    """Train and evaluate in the toy world, and print the scores.

    Args:
        out: Output folder; unchanged stages in it are not run again.
        seeds: Number of runs, each with its own weights, splits and draws.
        recipe: The recipe to complete.

    Returns:
        The evaluation of each seed; the method worked if none has `failures()`.

    Raises:
        StageError: A stage or an evaluation failed.
    """
    evaluations = []
    for seed in range(seeds):
        folder = out / f"seed-{seed}"
        trained = train(folder, seed=seed, recipe=recipe)
        evaluation = evaluate(trained.models, world=trained.world, logs=folder / "logs")
        print(f"\nSeed {seed}\n\n{evaluation.table()}", flush=True)
        for failure in evaluation.failures():
            print(f"FAILED CHECK: {failure}", flush=True)
        print(f"See every answer: leaderboard serve --logs {folder / 'logs'}", flush=True)
        evaluations.append(evaluation)
    return evaluations


def train(out: Path, *, seed: int, recipe: Path = RECIPE) -> Trained:
    """Make a world and its base model, and run every stage of the recipe.

    Args:
        out: Output folder.
        seed: Seed of everything.
        recipe: The recipe to complete; the result is `out/recipe.yaml`.

    Raises:
        StageError: A stage failed.
    """
    import torch

    out = out.resolve()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # at this size a second thread makes it slower
    try:
        write_world(out / "world", seed)
        start = base(BaseParameters(), seed=seed, out=out / "base")
        complete = fill_in(recipe, out=out, seed=seed)
        (out / "recipe.yaml").write_text(yaml.safe_dump(complete, sort_keys=False), "utf-8")
        made = run(load_recipe(out / "recipe.yaml"))
    finally:
        torch.set_num_threads(threads)
    models = {BASE: start, SFT: made["sft"], DPO: made["export"]}
    return Trained(out / "world", {name: stage.folder / "model" for name, stage in models.items()})


def fill_in(recipe: Path, *, out: Path, seed: int) -> dict[str, Any]:
    """Complete the recipe with the values that depend on the folder and the seed.

    Args:
        recipe: The recipe as shipped.
        out: Folder that holds the folders of the world, the base model and the stages.
        seed: Seed of the splits and of every stage.
    """
    content: dict[str, Any] = yaml.safe_load(recipe.read_text("utf-8"))
    content |= {"out": str(out), "seed": seed}
    content["prompts"]["sources"] = [{"name": "toy", "file": str(out / "world" / PROMPTS)}]
    content["taxonomy"]["file"] = str(out / "world" / TAXONOMY)
    content["configs"]["templates"] = str(out / "world" / TEMPLATES)
    trained = set(topic_sets(seed, held_out=False))
    content["configs"]["held_out"] = [list(names) for names in all_sets() if names not in trained]
    content["sft"]["model"] = str(out / "base" / "model")
    content["sft"]["mix"]["file"] = str(out / "world" / HELPFUL)
    return content
