"""Rows by other methods, and of a trained model."""

import inspect
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import baselines
from baselines.pools import draw, load_pool
from cosapien import UserError, load_benchmark
from cosapien.generate import choose_revision
from tasks.real_model.convert import Made
from tasks.real_model.engine import Engine
from tasks.real_model.plans import plans
from tasks.real_model.rows.methods import METHODS, parse_rows
from tasks.real_model.rows.models import Model, trained
from tests.tasks.real_model.place import Place, Tiny
from tests.tasks.real_model.tiny_wheel import NAME, TRAINED, digest

ENGINE = Engine("vllm", Path("python"), ("-M", "dtype=float32"))
MODEL = Model(NAME, "ab" * 32, ())


def other_weights(place: Place, folder: Path) -> Path:
    """A model folder like the original's whose weights are others."""
    shutil.copytree(place.folder / "models" / NAME, folder)
    tensors = load_file(folder / "model.safetensors")
    for tensor in tensors.values():
        tensor += np.float32(0.25)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


@pytest.mark.train
@pytest.mark.timeout(900)
def test_demonstrations_and_a_trained_model_by_one_command(place: Place, tmp_path: Path) -> None:
    folder = other_weights(place, tmp_path / "export" / "model")
    rows = ("--rows", "ica1,trained", "--trained", str(folder))
    done = place.run(*rows, "--limit", "2", "--no-board", timeout=800)
    assert done.returncode == 0, done.stderr
    asked = place.asked()
    assert len(asked) == 8
    # config, a demonstration's prompt and answer, and the prompt: of either benchmark
    assert [a["turns"] for a in asked if a["model"] == NAME] == [4] * 4
    assert [a["turns"] for a in asked if a["model"] == TRAINED] == [2] * 4
    assert {a["config"] for a in asked} == {True}

    manifests = place.manifests()
    by_model = {
        name: [m for m in manifests if m["model"] == f"vllm/{name}"] for name in (NAME, TRAINED)
    }
    assert [len(found) for found in by_model.values()] == [2, 2]
    methods = {m["data"]["benchmark"]: m["method"] for m in by_model[NAME]}
    assert methods["contrast"] == {"name": "in_context_alignment", "args": {"shots": 1}}
    assert methods["generated"]["args"] == {"shots": 1, "pool": "ideal_level1.jsonl"}
    for manifest in by_model[TRAINED]:
        assert manifest["method"]["name"] == "plain"
        assert manifest["declared"]["model_url"] is None
        notes = manifest["declared"]["notes"]
        assert f"not the original {NAME}" in notes
        assert digest(folder / "model.safetensors")[:12] in notes
    assert str(tmp_path) not in json.dumps(manifests)


@pytest.mark.parametrize("name", METHODS)
def test_every_solver_exists_and_takes_its_arguments(name: str, tmp_path: Path) -> None:
    for plan in plans(MODEL, METHODS[name], ENGINE, tmp_path, level=1, limit=None):
        words = list(plan.arguments)
        if "--solver" not in words:
            assert METHODS[name].solver is None
            assert "-S" not in words
            continue
        solver = getattr(baselines, words[words.index("--solver") + 1].removeprefix("baselines/"))
        given = [words[at + 1] for at, word in enumerate(words) if word == "-S"]
        assert {word.partition("=")[0] for word in given} <= inspect.signature(
            solver
        ).parameters.keys()


def test_runs_are_told_apart(tmp_path: Path) -> None:
    made = [
        plan
        for method in METHODS.values()
        for plan in plans(MODEL, method, ENGINE, tmp_path, level=1, limit=None)
        if not method.trained
    ]
    assert [plan.records for plan in made[:2]] == [288, 80]
    assert len({plan.key for plan in made}) == len({plan.title for plan in made}) == len(made)


def test_a_generated_config_has_five_demonstrations_for_every_record(tmp_path: Path) -> None:
    plans(MODEL, METHODS["ica5"], ENGINE, tmp_path, level=2, limit=None)
    pool = load_pool(str(tmp_path / "ideal_level2.jsonl"))
    revision = choose_revision("generated", None, 2, 0, "worlds=4,prompts=10")
    for record in load_benchmark("generated", revision).records:
        demos = draw(pool, record, 5, 0)
        assert len(demos) == 5
        assert record.prompt not in {demo.prompt for demo in demos}


def test_names_of_rows() -> None:
    assert parse_rows("ica5, zero_shot,ica5") == ["ica5", "zero_shot"]
    for wrong in ("", ",", "zero-shot", "zero_shot,other"):
        with pytest.raises(ValueError, match=r"^$"):
            parse_rows(wrong)


def test_what_is_no_trained_model_is_refused(place: Place, tiny: Tiny, tmp_path: Path) -> None:
    models = place.folder / "models"
    made = Made(**json.loads((models / NAME / "made.json").read_text("utf-8")))

    def refused(folder: Path | None, match: str) -> None:
        with pytest.raises(UserError, match=match):
            trained(tiny.source, made, folder, models)

    refused(None, rf"{TRAINED}: no model there; .*--trained$")
    refused(tmp_path, "no model there")
    refused(models / NAME, f"the weights of {NAME} itself")
    folder = other_weights(place, tmp_path / "model")
    (folder / "adapter_config.json").write_text("{}", "utf-8")
    refused(folder, "an adapter")
    (folder / "adapter_config.json").unlink()
    assert trained(tiny.source, made, folder, models).name == TRAINED

    # another one takes the link's place; a folder of its own is nobody's to replace
    other = other_weights(place, tmp_path / "other")
    trained(tiny.source, made, other, models)
    assert (models / TRAINED).resolve() == other
    (models / TRAINED).unlink()
    shutil.copytree(other, models / TRAINED)
    refused(folder, f"{TRAINED}: a folder of its own")
    assert trained(tiny.source, made, None, models).weights == digest(other / "model.safetensors")


def test_a_missing_trained_model_fails_before_anything_runs(place: Place) -> None:
    failed = place.run("--rows", "zero_shot,trained", "--limit", "2")
    assert failed.returncode == 1
    (line,) = failed.stderr.splitlines()
    assert f"{TRAINED}: no model there" in line
    assert place.asked() == []
