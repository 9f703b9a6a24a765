"""Recipes, and running them: one real run of the stages before the trainings, judged by rules."""

import json
from pathlib import Path

import pytest
import yaml

from cosalign.cli import main
from cosalign.pipeline.names import STAGES
from cosalign.pipeline.recipe import load_recipe
from cosalign.stages import StageError, read_stage
from cosalign.toy.demo import RECIPE
from cosalign.toy.files import PROMPTS, TAXONOMY, TEMPLATES, write_world

RECIPES = Path(__file__).parents[3] / "recipes"


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy world's recipe as far as nothing is trained."""
    folder = tmp_path_factory.mktemp("run")
    write_world(folder / "world", seed=0)
    own = yaml.safe_load(RECIPE.read_text("utf-8"))
    for name in ("sft", "dpo", "export"):
        del own[name]
    own["out"] = str(folder / "out")
    own["prompts"] |= {"sources": [{"name": "toy", "file": str(folder / "world" / PROMPTS)}]}
    own["prompts"]["limit"] = 60
    own["taxonomy"]["file"] = str(folder / "world" / TAXONOMY)
    own["configs"] |= {"templates": str(folder / "world" / TEMPLATES), "held_out": []}
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(own), "utf-8")
    return path


def test_from_prompts_to_pairs_and_nothing_twice(
    recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", str(recipe)]) == 0
    assert capsys.readouterr().out.count("not made") == len(STAGES)
    assert main(["configs", str(recipe)]) == 0
    said = capsys.readouterr().err
    assert [line.partition(":")[0] for line in said.splitlines()] == list(STAGES[:4])
    assert main(["pairs", str(recipe)]) == 0
    said = capsys.readouterr().err.splitlines()
    assert [": unchanged; " in line for line in said] == [True] * 4 + [False] * 3
    assert main(["status", str(recipe)]) == 0
    assert capsys.readouterr().out.count("not made") == 3  # what the recipe does not train

    out = recipe.parent / "out"
    pairs = read_stage(out / "pairs").table().to_pylist()
    labels = {row["prompt_id"]: row for row in read_stage(out / "label").table().to_pylist()}
    assert pairs
    for pair in pairs:  # the point of it all: what is chosen breaks its config less
        assert pair["chosen_error"] < pair["rejected_error"]
        assert not set(pair["chosen_risks"]) - set(pair["allowed"])
        assert pair["prompt_risks"] == labels[pair["prompt_id"]]["risks"]

    # another weight makes the pairs anew and nothing before them
    assert main(["pairs", str(recipe), "--set", "pairs.alpha=0.2"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert [": unchanged; " in line for line in said] == [True] * 6 + [False]


def test_a_manifest_says_what_a_stage_was_made_from(recipe: Path) -> None:
    assert main(["label", str(recipe)]) == 0
    out = recipe.parent / "out"
    manifest = json.loads((out / "label" / "manifest.json").read_text())
    assert manifest["parameters"]["judge"] == "rules"
    assert set(manifest["inputs"]) == {"prompts", "taxonomy"}
    assert manifest["counts"]["rows"] == 60
    assert manifest["packages"]["cosa-eval"]


@pytest.mark.parametrize("name", ["llama31-8b", "released-pairs", "lora-24gb"])
def test_shipped_recipes_are_in_the_expected_form(name: str) -> None:
    recipe = load_recipe(RECIPES / f"{name}.yaml")
    assert recipe.dpo is not None
    assert recipe.dpo.beta == 0.1
    assert recipe.dpo.batch_size == 32
    if name == "llama31-8b":  # the paper's numbers
        assert (recipe.dpo.learning_rate, recipe.dpo.epochs, recipe.dpo.optimizer) == (
            5e-7,
            3,
            "rmsprop",
        )
        assert (recipe.dpo.warmup_steps, recipe.dpo.max_length, recipe.dpo.max_grad_norm) == (
            150,
            640,
            10,
        )
    if name == "lora-24gb":
        assert recipe.dpo.lora is not None
        assert (recipe.dpo.lora.rank, recipe.dpo.lora.alpha, recipe.dpo.lora.dropout) == (
            32,
            16,
            0.05,
        )


@pytest.mark.parametrize(
    ("text", "changes", "said"),
    [
        ("[1, 2]", [], "expected a section per stage"),
        ("out: [", [], "not a readable recipe"),
        ("out: x", [], "expected a section label"),
        ("out: x\nreleased: {data: a/b}\nprompts: {}", [], "need no section prompts"),
        ("out: x\nreleased: {data: a/b}\nexport: {}", [], "nothing is trained"),
        ("out: x\nreleased: {data: a/b}\nsft: {learning_rate: -1}", [], "sft.learning_rate"),
        ("out: x\nreleased: {data: a/b}\ncolour: red", [], "colour"),
        ("out: x\nreleased: {data: a/b}", ["pairs"], "expected SECTION.FIELD=VALUE"),
        ("out: x\nreleased: {data: a/b}", ["out.x=1"], "out is no section"),
    ],
)
def test_a_recipe_of_another_form(text: str, changes: list[str], said: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    with pytest.raises(StageError, match=said):
        load_recipe(path, changes)


def test_released_pairs_have_no_earlier_stages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(f"out: {tmp_path}\nreleased: {{data: a/b}}\n")
    assert main(["judge", str(path)]) == 1
    assert "has no stage judge" in capsys.readouterr().err
    assert main(["pairs", str(tmp_path / "missing.yaml")]) == 1
    assert "not a readable recipe" in capsys.readouterr().err
