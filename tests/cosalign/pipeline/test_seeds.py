"""Several seeds of a training on the same data."""

from pathlib import Path

from cosalign.cli import main
from cosalign.pipeline.recipe import load_recipe
from cosalign.stages import read_stage

RECIPE = """
out: {out}
policies:
  train: [v1.level1.seed1000000.worlds4.prompts2]
  dev: [v1.level1.seed1900000.worlds4.prompts2]
"""


def test_which_stages_follow_which_seed(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE.format(out=tmp_path / "out"))
    plain = load_recipe(path, ["seed=3"])
    assert {plain.seed_of("candidates"), plain.seed_of("pairs"), plain.seed_of("dpo")} == {3}
    shared = load_recipe(path, ["seed=3", "data_seed=1"])
    assert {shared.seed_of("prompts"), shared.seed_of("candidates"), shared.seed_of("pairs")} == {1}
    assert {shared.seed_of("sft"), shared.seed_of("dpo")} == {3}


def test_another_seed_of_the_training_makes_no_data_anew(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE.format(out=tmp_path / "out"))
    made = []
    for changes in (["seed=1", "data_seed=1"], ["seed=2", "data_seed=1"], ["seed=2"]):
        words = [word for change in changes for word in ("--set", change)]
        assert main(["pairs", str(path), *words]) == 0
        made.append(read_stage(tmp_path / "out" / "pairs").manifest)
    assert made[0] == made[1]
    assert made[2].parameters != made[1].parameters
