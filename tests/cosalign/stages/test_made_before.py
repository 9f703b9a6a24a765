"""Stages made by earlier code are taken as unchanged: their identity does not depend on the code's form.

`made_before/` was made, and the keys below were read, at commit 5156ec8, before cosalign had rooms.
"""

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
    "dpo": "ca06d2c966ea7e20",
}
"""Names of working folders, for stages whose files are too large, or need a model, to keep here."""


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
        ("training.dpo", "_make"),
    ):
        monkeypatch.setattr(import_module(f"cosalign.{module}"), name, stop)
    out = tmp_path / "keys"
    before: dict[str, Any] = {
        name: read_stage(made / "out" / name) for name in ("prompts", "taxonomy", "pairs")
    }
    prompts, categories, pairs = before.values()
    judge = LabelParameters.model_validate({"model": {"model": "openai/gpt-4o"}})
    calls: dict[str, Callable[[Path], Stage]] = {
        "taxonomy": lambda out: taxonomy(
            TaxonomyParameters(by="found"), prompts=prompts, seed=5, out=out
        ),
        "label": lambda out: label(judge, prompts=prompts, taxonomy=categories, out=out),
        "sft": lambda out: sft(SftParameters(model="a/model"), pairs=pairs, seed=3, out=out),
        "dpo": lambda out: dpo(
            DpoParameters(model="a/model"), pairs=pairs, sft=None, seed=3, out=out
        ),
    }
    for name, call in calls.items():
        with pytest.raises(StageError, match="stopped"):
            call(out / name)
    assert {path.name for path in out.iterdir() if path.is_dir()} == {
        f".{name}-{key}" for name, key in KEYS.items()
    }
