"""`cosalign demo`: the whole method in the toy world, from random weights to a table of scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import cosalign.toy.provider  # noqa: F401 - makes toy/safe and toy/permissive known to Inspect
from cosalign.pipeline.recipe import load_recipe
from cosalign.pipeline.run import run
from cosalign.toy.base import BaseParameters, base
from cosalign.toy.evaluate import BASE, DPO, SFT, Evaluation, evaluate
from cosalign.toy.files import HELPFUL, PROMPTS, TAXONOMY, TEMPLATES, write_world
from cosalign.toy.world import all_sets, topic_sets

RECIPE = Path(__file__).with_name("recipe.yaml")


@dataclass(frozen=True, slots=True)
class Trained:
    """The models of one seed.

    Attributes:
        world: Folder of the world's files.
        models: Folders of the models, by row title of `cosalign.toy.evaluate`.
    """

    world: Path
    models: dict[str, Path]


def demo(out: Path, *, seeds: int = 1, recipe: Path = RECIPE) -> list[Evaluation]:
    """Train and evaluate in the toy world, and print what came out.

    Args:
        out: Where everything goes; what is there and unchanged is not made again.
        seeds: How often, each time with other weights, splits and draws.
        recipe: The recipe to fill in.

    Returns:
        The evaluation of each seed; the method worked if none has `failures()`.

    Raises:
        StageError: A stage or an evaluation failed.
    """
    found = []
    for seed in range(seeds):
        folder = out / f"seed-{seed}"
        trained = train(folder, seed=seed, recipe=recipe)
        evaluation = evaluate(trained.models, world=trained.world, logs=folder / "logs")
        print(f"\nSeed {seed}\n\n{evaluation.table()}", flush=True)
        for failure in evaluation.failures():
            print(f"NOT SHOWN: {failure}", flush=True)
        print(f"Every answer: leaderboard serve --logs {folder / 'logs'}", flush=True)
        found.append(evaluation)
    return found


def train(out: Path, *, seed: int, recipe: Path = RECIPE) -> Trained:
    """Make a world, its base model, and every stage of the recipe.

    Args:
        out: Where they go.
        seed: Seed of all of it.
        recipe: The recipe to fill in; `out/recipe.yaml` is what came of it.

    Raises:
        StageError: A stage failed.
    """
    import torch

    out = out.resolve()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # at this size a second thread costs more than it brings
    try:
        write_world(out / "world", seed)
        start = base(BaseParameters(), seed=seed, out=out / "base")
        own = fill_in(recipe, out=out, seed=seed)
        (out / "recipe.yaml").write_text(yaml.safe_dump(own, sort_keys=False), encoding="utf-8")
        made = run(load_recipe(out / "recipe.yaml"))
    finally:
        torch.set_num_threads(threads)
    models = {BASE: start, SFT: made["sft"], DPO: made["export"]}
    return Trained(out / "world", {name: stage.folder / "model" for name, stage in models.items()})


def fill_in(recipe: Path, *, out: Path, seed: int) -> dict[str, Any]:
    """The recipe with what depends on the place and the seed.

    Args:
        recipe: The recipe as it is shipped.
        out: Folder of the world's and the base model's folders, and of the stages.
        seed: Seed of the splits and of every stage.
    """
    own: dict[str, Any] = yaml.safe_load(recipe.read_text("utf-8"))
    own |= {"out": str(out), "seed": seed}
    own["prompts"]["sources"] = [{"name": "toy", "file": str(out / "world" / PROMPTS)}]
    own["taxonomy"]["file"] = str(out / "world" / TAXONOMY)
    own["configs"]["templates"] = str(out / "world" / TEMPLATES)
    trained = set(topic_sets(seed, held_out=False))
    own["configs"]["held_out"] = [list(names) for names in all_sets() if names not in trained]
    own["sft"]["model"] = str(out / "base" / "model")
    own["sft"]["mix"]["file"] = str(out / "world" / HELPFUL)
    return own
