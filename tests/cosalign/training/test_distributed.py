"""Two processes on a CPU, as `accelerate launch` starts them with the shipped configs."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cosalign.stages import read_stage
from tests.cosalign.training.tiny_training import (
    QUICK,
    REPO,
    launch,
    pairs_stage,
    recipe,
    rows,
    run,
    tiny_model,
)

CONFIGS = REPO / "cosalign" / "accelerate"
DEEPSPEED = Path(sys.prefix) / "deepspeed"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two")
    tiny_model(folder / "base")
    pairs_stage(folder / "pairs", rows(25, dev=5))  # whole batches; an odd number to evaluate
    return folder


def accelerated(name: str, module: str, folder: Path, **changes: Any) -> tuple[str, ...]:
    """A shipped config, changed for two processes without a GPU, by Accelerate's own launcher."""
    shipped = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
    path = folder / f"{name}-two.yaml"
    path.write_text(yaml.safe_dump(shipped | {"num_processes": 2} | changes))
    launcher = str(Path(sys.executable).parent / "accelerate")
    options = ("--config_file", str(path), "--main_process_port", "0")
    return (launcher, "launch", *options, "-m", module)


def fsdp2(folder: Path, _: pytest.MonkeyPatch) -> tuple[str, ...]:
    return accelerated("fsdp2", "tests.cosalign.training.fsdp_on_cpu", folder, use_cpu=True)


def zero3(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """With `use_cpu` Accelerate would leave DeepSpeed out; it finds no GPU by itself."""
    if not (DEEPSPEED / "deepspeed").is_dir():
        pytest.skip("DeepSpeed is installed by `make test-train`")
    monkeypatch.setenv("PYTHONPATH", str(DEEPSPEED))
    monkeypatch.setenv("PATH", f"{DEEPSPEED / 'bin'}{os.pathsep}{os.environ['PATH']}")  # ninja
    monkeypatch.setenv("DS_ACCELERATOR", "cpu")
    return accelerated("zero3", "tests.cosalign.training.zero3_on_cpu", folder)


def ddp(*_: object) -> tuple[str, ...]:
    """Plain data parallel."""
    return COPIED


COPIED = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")
COPIED += ("-m", "cosalign.launch")


def values(folder: Path, step: int) -> dict[str, float]:
    import pyarrow.parquet as pq

    found = pq.read_table(folder / "metrics.parquet").to_pylist()
    return {row["name"]: row["value"] for row in found if row["step"] == step}


def tensors(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(folder / "model" / "model.safetensors")


@pytest.mark.parametrize("program", [ddp, fsdp2, zero3])
@pytest.mark.train
@pytest.mark.timeout(1_200)
def test_two_processes_train_what_one_does(
    program: Callable[[Path, pytest.MonkeyPatch], tuple[str, ...]],
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same batches, split over two: the same weights but for rounding."""
    import torch

    section = QUICK | {"model": str(place / "base"), "max_steps": 6, "optimizer": "sgd"}
    path = recipe(tmp_path / "recipe.yaml", dpo=section | {"learning_rate": 0.1})
    given = ("dpo", path, "--pairs", place / "pairs")
    run(*given, "--out", tmp_path / "one")
    run(*given, "--out", tmp_path / "two", program=program(tmp_path, monkeypatch))
    one, two = read_stage(tmp_path / "one"), read_stage(tmp_path / "two")
    assert one.manifest.counts == two.manifest.counts
    base = tensors_of_base(place)
    moved = 0.0
    for name, tensor in tensors(two.folder).items():
        torch.testing.assert_close(tensor, tensors(one.folder)[name], atol=2e-5, rtol=1e-4)
        moved = max(moved, float((tensor - base[name]).abs().max()))
    assert moved > 1e-3
    for step in (0, 4, 6):
        a, b = values(one.folder, step), values(two.folder, step)
        for name in a:
            if name.startswith("eval_") and "second" not in name and "runtime" not in name:
                assert b[name] == pytest.approx(a[name], abs=1e-4), (step, name)


def tensors_of_base(place: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(place / "base" / "model.safetensors")


@pytest.mark.train
@pytest.mark.timeout(1_200)
def test_every_process_ends_with_the_error(place: Path, tmp_path: Path) -> None:
    path = recipe(
        tmp_path / "recipe.yaml", dpo=QUICK | {"model": str(place / "base"), "max_length": 5}
    )
    process = launch(
        *("dpo", path, "--pairs", place / "pairs", "--out", tmp_path / "out"),
        program=COPIED,
    )
    said, _ = process.communicate(timeout=900)
    assert process.returncode != 0
    assert "no example left to train on" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["fsdp2", "zero3"])
def test_configs_are_read_whole(name: str) -> None:
    """Accelerate knows every field."""
    from accelerate.commands.config.config_args import load_config_from_file

    found = load_config_from_file(str(CONFIGS / f"{name}.yaml")).to_dict()
    given = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
    assert found["num_processes"] == 4
    part = "fsdp_config" if name == "fsdp2" else "deepspeed_config"
    assert found[part] == given[part]
