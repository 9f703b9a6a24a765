"""Scored trainings in processes of their own: killed and run again, and in two at a time."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cosalign.stages import read_stage
from cosalign.training.checkpoints import last_checkpoint
from cosalign.watching.responses import prompt_ids, write_responses
from cosalign.watching.scores import figures, judge
from cosapien import load_benchmark
from tests.cosalign.training.test_distributed import COPIED, fsdp2
from tests.cosalign.training.test_resume import kill_after, weights
from tests.cosalign.training.tiny_training import (
    QUICK,
    launch,
    pairs_stage,
    recipe,
    rows,
    run,
    tiny_model,
)
from tests.cosalign.watching.tiny_records import topic_records, write_records

pytestmark = [pytest.mark.train, pytest.mark.timeout(1_800)]
LEARNING = QUICK | {"learning_rate": 1e-2, "epochs": 20, "evaluate_every": 25, "save_every": 4}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scored")
    tiny_model(folder / "base")
    pairs_stage(folder / "pairs", rows(64))
    write_records(folder / "records.jsonl", topic_records())
    return folder


def section(place: Path, **options: Any) -> dict[str, Any]:
    score = {"benchmark": str(place / "records.jsonl"), "template": "bare", "max_tokens": 12}
    return {"sft": LEARNING | {"model": str(place / "base"), "score": score | options}}


def scores(folder: Path) -> Iterator[tuple[int, str, float]]:
    for row in pq.read_table(folder / "metrics.parquet").to_pylist():
        if row["name"].startswith("score/"):
            yield row["step"], row["name"], row["value"]


@pytest.mark.parametrize("killed", [12, 44])
def test_killed_and_run_again(killed: int, place: Path, tmp_path: Path) -> None:
    """Before and after the best step; its weights, and when to stop, are what they would have been."""
    wanted = section(place, every=3, keep_best=True, stop_after=6)
    path = recipe(tmp_path / "recipe.yaml", **wanted)
    given = ("sft", path, "--pairs", place / "pairs")
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    run(*given, "--out", whole)
    counts = read_stage(whole).manifest.counts
    assert 12 < counts["best step"] < 44 < counts["steps"] == counts["best step"] + 18 < 300
    unfinished = kill_after(killed, *given, "--out", broken, out=broken)
    last = last_checkpoint(unfinished)
    assert last is not None
    with (last / "optimizer.pt").open("r+b") as file:  # the one before it must do
        file.truncate(1_000)
    run(*given, "--out", broken)
    assert weights(broken / "model") == weights(whole / "model")
    assert sorted(scores(broken)) == sorted(scores(whole))
    assert read_stage(broken).manifest.counts == counts
    facts = [json.loads((folder / "training.json").read_text()) for folder in (whole, broken)]
    assert facts[0] == facts[1]
    assert facts[0]["score"]["ended early"] is True


def test_two_processes_divide_the_records(place: Path, tmp_path: Path) -> None:
    """The last scores again, in this process, by the model that they left."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = recipe(tmp_path / "recipe.yaml", **section(place, every=20))
    said = run(
        *("sft", path, "--pairs", place / "pairs", "--out", tmp_path / "two"),
        program=COPIED,
    )
    assert said.count("sft: step 20: CoSA-Score") == 1
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "two" / "model").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "two" / "model")
    records = load_benchmark(str(place / "records.jsonl")).records
    asked = [("", ids) for ids in prompt_ids(records, tokenizer, "bare")]
    ends = frozenset({tokenizer.eos_token_id})
    written = write_responses(model, tokenizer, asked, ends=ends, max_tokens=12, batch=1)
    expected = figures([judge(*pair) for pair in zip(records, written, strict=True)])
    found = list(scores(tmp_path / "two"))
    last = max(step for step, _, _ in found)
    assert {name: value for step, name, value in found if step == last} == pytest.approx(expected)
    assert expected["score/cosa"] > 0


def test_divided_weights_are_refused(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recipe(tmp_path / "recipe.yaml", **section(place))
    process = launch(
        *("sft", path, "--pairs", place / "pairs", "--out", tmp_path / "out"),
        program=fsdp2(tmp_path, monkeypatch),
    )
    said, _ = process.communicate(timeout=900)
    assert process.returncode != 0
    assert "score: the weights are divided among the processes (FSDP)" in said
    assert not (tmp_path / "out").exists()
