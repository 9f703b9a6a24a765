"""Killed in the middle of a training, and run again: the weights of an uninterrupted run."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cosalign.training.checkpoints import WHOLE, last_checkpoint
from tests.cosalign.training.tiny_training import (
    QUICK,
    launch,
    pairs_stage,
    recipe,
    rows,
    run,
    tiny_model,
)

pytestmark = [pytest.mark.train, pytest.mark.timeout(1_200)]
STEPS, EVERY = 40, 4
LONG = QUICK | {"epochs": 100, "max_steps": STEPS, "save_every": EVERY, "evaluate_every": 10}
ADAPTER = {"lora": {"rank": 4, "alpha": 8, "dropout": 0.2}}
REFERENCE = "Computing reference log probs"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base model and pairs, once."""
    folder = tmp_path_factory.mktemp("resume")
    tiny_model(folder / "base")
    pairs_stage(folder / "pairs", rows(30))
    return folder


def weights(model: Path) -> dict[str, bytes]:
    found = {path.name: path.read_bytes() for path in model.glob("*.safetensors")}
    assert found
    return found


def kill_after(step: int, *arguments: object, out: Path) -> Path:
    """Kill a training once a checkpoint of a step or later is whole; its unfinished folder."""
    process = launch(*arguments)
    while process.poll() is None:
        found = list(out.parent.glob(f".{out.name}-*/unfinished"))
        at = last_checkpoint(found[0]) if found else None
        if at is not None and int(at.name.split("-")[1]) >= step:
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, said[-3000:]
    assert not out.exists()
    return found[0]


def started_at(checkpoint: Path) -> float:
    """How long the evaluation before the first step took: no other process has the same."""
    history = json.loads((checkpoint / "trainer_state.json").read_text())["log_history"]
    return next(entry["eval_runtime"] for entry in history if "eval_runtime" in entry)


def check(stage: str, sections: dict[str, Any], place: Path, *options: object) -> str:
    """Uninterrupted against killed, its last checkpoint torn, and run again."""
    path = recipe(place / f"{stage}.yaml", **sections)
    given = (stage, path, "--pairs", place / "pairs", *options)
    whole, broken = place / f"{stage}-whole", place / f"{stage}-broken"
    said = run(*given, "--out", whole)
    unfinished = kill_after(2 * EVERY, *given, "--out", broken, out=broken)
    last = last_checkpoint(unfinished)
    assert last is not None
    # As if it had been cut off in writing, though its list of files stands already.
    with (last / "optimizer.pt").open("r+b") as file:
        file.truncate(1_000)
    before = last_checkpoint(unfinished)
    assert before is not None
    assert int(before.name.split("-")[1]) == int(last.name.split("-")[1]) - EVERY
    (unfinished / f"checkpoint-{STEPS - 1}").mkdir()  # and one cut off before its list was written
    began = started_at(before)
    again = run(*given, "--out", broken)
    assert weights(broken / "model") == weights(whole / "model")
    found = pq.read_table(broken / "metrics.parquet").to_pylist()
    (first,) = [r["value"] for r in found if r["step"] == 0 and r["name"] == "eval_runtime"]
    assert first == began  # the second process did not start anew
    names = {(row["step"], row["name"]) for row in found}
    expected = pq.read_table(whole / "metrics.parquet").to_pylist()
    assert {(row["step"], row["name"]) for row in expected} == names
    assert len(names) == len(found)
    assert not list(broken.rglob(WHOLE))  # no checkpoint stays in a finished stage
    assert (REFERENCE in said) == (stage == "dpo")
    return again


def test_all_weights(place: Path) -> None:
    again = check("dpo", {"dpo": LONG | {"model": str(place / "base")}}, place)
    assert REFERENCE not in again  # worked out once, and kept


def test_adapters(place: Path, tmp_path: Path) -> None:
    tiny = LONG | ADAPTER
    check("sft", {"sft": tiny | {"model": str(place / "base")}}, place)
    start = place / "sft-whole"
    assert (start / "model" / "adapter_config.json").exists()
    again = check("dpo", {"dpo": tiny}, _beside(place, tmp_path), "--sft", start)
    assert REFERENCE not in again


def _beside(place: Path, tmp_path: Path) -> Path:
    (tmp_path / "pairs").symlink_to(place / "pairs")
    return tmp_path
