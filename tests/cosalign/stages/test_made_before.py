"""Stages made by earlier code are taken as unchanged: their identity does not depend on the code's form.

`made_before/` was made, and the keys below were read, at commit 5156ec8, before cosalign had rooms.
"""

import json
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import cosalign.toy.provider  # noqa: F401 - toy/safe, toy/permissive
from cosalign.labelling.prompts import LabelParameters, label
from cosalign.pipeline.recipe import load_recipe
from cosalign.pipeline.steps import run
from cosalign.stages import Stage, StageError, read_stage
from cosalign.taxonomy.stage import TaxonomyParameters, taxonomy
from cosalign.training.dpo import DpoParameters, dpo
from cosalign.training.sft import SftParameters, sft

KEYS = {
    "taxonomy": "96696b1d37fae684",
    "label": "ea72c6a7609eb006",
    "sft": "39707a1f3a67fbc1",
}
"""Names of working folders, for stages whose files are too large, or need a model, to keep here.

That of dpo is another one than before: its manifest lacked `beta`. So did that of sft with a `mix`.
"""


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "made_before"
    shutil.copytree(Path(__file__).with_name("made_before"), folder)
    monkeypatch.chdir(folder)
    return folder


def test_stages_made_before_are_unchanged(made: Path) -> None:
    stages = run(load_recipe(made / "recipe.yaml"), "pairs").stages
    assert {name: stage is not None and stage.remade for name, stage in stages.items()} == (
        dict.fromkeys(stages, False)
    )
    assert len(stages) == 7


def test_working_folders_made_before_are_used_again(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise StageError("stopped")

    for module, name in (
        ("taxonomy.stage", "embed"),
        ("labelling.prompts", "_by_judge"),
        ("training.sft", "_make"),
    ):
        monkeypatch.setattr(import_module(f"cosalign.{module}"), name, stop)
    out = tmp_path / "keys"
    prompts, categories, pairs = (
        read_stage(made / "out" / name) for name in ("prompts", "taxonomy", "pairs")
    )
    judge = LabelParameters.model_validate({"model": {"model": "openai/gpt-4o"}})
    calls: dict[str, Callable[[Path], Stage]] = {
        "taxonomy": lambda out: taxonomy(
            TaxonomyParameters(by="found"), prompts=prompts, seed=5, out=out
        ),
        "label": lambda out: label(judge, prompts=prompts, taxonomy=categories, out=out),
        "sft": lambda out: sft(SftParameters(model="a/model"), pairs=pairs, seed=3, out=out),
    }
    for name, call in calls.items():
        with pytest.raises(StageError, match="stopped"):
            call(out / name)
    assert {path.name for path in out.iterdir() if path.is_dir()} == {
        f".{name}-{key}" for name, key in KEYS.items()
    }


Train = Callable[[Path, dict[str, Any]], Stage]


@pytest.fixture(params=["sft", "dpo"])
def train(request: pytest.FixtureRequest, made: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """A training stage that only writes a file."""
    function, kind = {"sft": (sft, SftParameters), "dpo": (dpo, DpoParameters)}[request.param]

    def make(*given: Any) -> dict[str, int]:
        (given[-1] / "trained").touch()
        return {"steps": 1}

    monkeypatch.setattr(import_module(f"cosalign.training.{request.param}"), "_make", make)
    more = {} if request.param == "sft" else {"sft": None}

    def run_it(out: Path, changes: dict[str, Any]) -> Stage:
        parameters = kind.model_validate({"model": "a/model"} | changes)
        pairs = read_stage(made / "out" / "pairs")
        return function(parameters, pairs=pairs, seed=3, out=out, **more)  # type: ignore[operator]

    return run_it


def own_parameter(stage: str, folder: Path, value: float) -> dict[str, Any]:
    """The parameter that the other trainer does not have."""
    if stage == "dpo":
        return {"beta": value}
    (folder / "own.jsonl").write_text("{}")
    return {"mix": {"file": str(folder / "own.jsonl"), "share": value}}


def test_parameters_of_one_trainer_alone_are_recorded_and_make_the_stage_new(
    train: Train, tmp_path: Path
) -> None:
    out = tmp_path / "stage"
    name = train(out, {}).manifest.stage
    assert not train(out, {}).remade
    for value in (0.25, 0.5):
        wanted = own_parameter(name, tmp_path, value)
        stage = train(out, wanted)
        assert stage.remade
        recorded = stage.manifest.parameters["training"]
        assert isinstance(recorded, dict)
        assert {key: recorded[key] for key in wanted} == wanted
        assert not train(out, wanted).remade


def test_a_training_that_does_not_say_what_it_was_made_with_is_made_again(
    train: Train, tmp_path: Path
) -> None:
    """Unless its owner, who knows, adds what the manifest lacks."""
    out, file = tmp_path / "stage", tmp_path / "stage" / "manifest.json"
    wanted = own_parameter(train(out, {}).manifest.stage, tmp_path, 0.25)
    train(out, wanted)
    manifest = json.loads(file.read_text())
    for name in wanted:
        del manifest["parameters"]["training"][name]
    file.write_text(json.dumps(manifest))  # as earlier code wrote it
    assert train(out, wanted).remade
    file.write_text(json.dumps(manifest))
    manifest["parameters"]["training"] |= wanted
    file.write_text(json.dumps(manifest))
    assert not train(out, wanted).remade
