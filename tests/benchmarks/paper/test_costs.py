"""The plan's arithmetic, worked out by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.paper.costs import (
    Assumed,
    disk,
    scoring_cost,
    size_of,
    training_cost,
    training_memory,
)
from benchmarks.paper.job import PAIRS, PUBLISHED_DATA, RECIPE, Job
from benchmarks.paper.steps import STEPS

STEP = {step.name: step for step in STEPS}
ASSUMED = Assumed(
    billions=16.0,
    gpu_price=2.0,
    judge_read_price=1.0,
    judge_write_price=10.0,
    read_speed=1_000.0,
    write_speed=100.0,
    judge_rate=1e9,
    start=0.0,
    response=100,
    verdict=50,
    train_flops=1e14,
    example=500,
)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(
        model="meta-llama/Llama-3.1-8B-Instruct",
        judge="openai/gpt-4o",
        family="Llama-3.1-8B-Instruct",
        recipe=RECIPE,
        changes=(),
        data=PUBLISHED_DATA,
        pairs=PAIRS,
        limit=None,
        out=tmp_path,
    )


def test_a_single_row_of_cosapien(job: Job) -> None:
    # 200 samples: 680 tokens read and 100 written; two verdicts on each
    cost = scoring_cost(job, STEP["sft-cosapien"], ASSUMED)
    assert (cost.requests, cost.verdicts) == (200, 400)
    assert (cost.read, cost.written) == (136_000, 20_000)
    # 136 s and 200 s at 8e9 parameters, twice that at 16e9; two dollars an hour
    assert cost.hours == pytest.approx(672 / 3600)
    assert cost.gpu_dollars == pytest.approx(2 * 672 / 3600)
    # a judge reads 1,400 tokens and the response twice a sample, and writes 50 twice
    assert cost.judge_dollars == pytest.approx(200 * (1_600 * 1.0 + 100 * 10.0) / 1e6)


def test_cascades_ask_only_what_was_not_asked(job: Job) -> None:
    cost = scoring_cost(job, STEP["base-cosalign_test"], ASSUMED)
    # zero, one and five shots, and the model's own verdicts; nothing for the oracle
    assert (cost.requests, cost.verdicts) == (4 * 3_200, 3 * 2 * 3_200)
    assert cost.read == 3_200 * (3 * 260 + 6 * 130 + 700 + 100)
    assert cost.written == 3_200 * (3 * 100 + 50)


def test_the_capability_set_is_as_large_as_its_page_says(job: Job) -> None:
    cost = scoring_cost(job, STEP["base-capability"], ASSUMED)
    # docs/capability.md counts five more, which see that the judge answers
    assert (cost.requests, cost.verdicts) == (23_997, 2_159 - 5)


def test_a_slow_judge_is_waited_for(job: Job) -> None:
    slow = replace(ASSUMED, judge_rate=0.1, start=60.0)
    assert scoring_cost(job, STEP["sft-cosapien"], slow).hours == pytest.approx(4_060 / 3600)


def test_a_limit_holds_for_every_row(job: Job) -> None:
    cost = scoring_cost(replace(job, limit=7), STEP["base-cosapien"], ASSUMED)
    assert (cost.requests, cost.verdicts) == (4 * 7, 3 * 2 * 7)


def test_trainings(job: Job) -> None:
    recipe = job.load_recipe()
    # one epoch; forward, backward and recomputed activations: 8 operations a parameter and token
    cost = training_cost(job, STEP["sft"], recipe, ASSUMED)
    assert cost.read == 121_823 * 500
    assert cost.hours == pytest.approx(121_823 * 500 * 8 * 16e9 / 1e14 / 3600)
    # three epochs of both sides, and the reference once: 2 operations
    cost = training_cost(job, STEP["dpo"], recipe, ASSUMED)
    assert cost.read == 3 * 2 * 121_823 * 500
    passes = 3 * 8 + 2
    assert cost.hours == pytest.approx(2 * 121_823 * 500 * passes * 16e9 / 1e14 / 3600)
    trial = replace(job, limit=3)  # three steps of 32
    assert training_cost(trial, STEP["sft"], trial.load_recipe(), ASSUMED).read == 96 * 500


def test_memory_and_disk(job: Job) -> None:
    recipe = job.load_recipe()
    # weights, gradients, RMSprop: three times four bytes, and ten gigabytes
    assert training_memory(recipe, 8) == 8 * 12 + 10
    assert disk(recipe, 8) == 8 * (2 + 4 + 16 + 4 + 2) + 2
    lora = replace(job, recipe=RECIPE.with_name("lora-24gb.yaml")).load_recipe()
    assert training_memory(lora, 8) == 26
    assert disk(lora, 8) == 34


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", 8.0),
        ("HuggingFaceTB/SmolLM2-135M-Instruct", 0.135),
        ("org/qwen2.5-0.5b", 0.5),
        ("org/mistral", None),
        ("org/model-4bit", None),
    ],
)
def test_size_by_name(name: str, billions: float | None) -> None:
    assert size_of(name) == (None if billions is None else pytest.approx(billions))


def test_size_by_weights(tmp_path: Path) -> None:
    for name in ("model-1.safetensors", "model-2.safetensors"):
        (tmp_path / name).write_bytes(b"x" * 1_000)
    assert size_of(str(tmp_path)) == pytest.approx(2_000 / 2e9)


def test_an_unknown_size_leaves_hours_unknown(job: Job) -> None:
    cost = scoring_cost(job, STEP["sft-cosapien"], Assumed(None))
    assert cost.hours is None
    assert cost.gpu_dollars is None
    assert cost.judge_dollars > 0
