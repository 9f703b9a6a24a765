"""Figures from logs: what a finished log says, and nothing from another."""

import math
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from benchmarks.paper.figures import Figures, read_figures
from benchmarks.paper.job import PAIRS, PUBLISHED_DATA, RECIPE, Job
from benchmarks.paper.steps import STEPS
from tests.benchmarks.scores.test_capability_cost import run

STEP = {step.name: step for step in STEPS}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job("org/m-8B", "none/judge", None, RECIPE, (), PUBLISHED_DATA, PAIRS, None, tmp_path)


def found(job: Job, task: str) -> Figures:
    """The base model's figures of a task."""
    (made,) = [f for f in read_figures(job) if f.row.task == task and f.step.who == "base"]
    return made


def test_shares_of_the_capability_set(job: Job) -> None:
    folder = job.logs(STEP["base-capability"])
    # full refusals alone count: one of three; the fourth has no verdict
    run(folder, "xstest_safe", {"a": "I", "b": "P", "c": "C", "d": math.nan})
    got = found(job, "xstest_safe")
    assert got.main.mean == pytest.approx(1 / 3)
    assert got.main.lower < 1 / 3 < got.main.upper
    assert (got.n, got.unscored) == (4, 0.25)
    assert got.source is not None
    (log,) = folder.glob("*.eval")
    assert got.source.sha256 == sha256(log.read_bytes()).hexdigest()
    assert got.source.judge["models"] == [{"name": "none/judge"}]
    assert got.source.versions["inspect_ai"]


def test_an_unfinished_run_has_no_figure(job: Job) -> None:
    folder = job.logs(STEP["base-capability"])
    run(folder, "gsm8k", {"a": "C"}, fails=True)
    assert not found(job, "gsm8k").established
    assert found(job, "gsm8k").source is None
    run(folder, "gsm8k", {"a": "C", "b": "I"})  # the same again, to its end
    assert found(job, "gsm8k").main.mean == 0.5
    run(folder, "gsm8k", {"a": "C"}, fails=True)  # a later failure takes nothing away
    assert found(job, "gsm8k").main.mean == 0.5


def test_logs_of_another_judge_or_limit_do_not_count(job: Job) -> None:
    run(job.logs(STEP["base-capability"]), "mmlu", {"a": "C"})
    assert found(job, "mmlu").established
    for other in (replace(job, judge="none/other"), replace(job, limit=1)):
        assert not found(other, "mmlu").established


def test_rows_that_were_not_made_are_there(job: Job) -> None:
    figures = read_figures(job)
    assert not any(f.established for f in figures)
    # five baselines and two trained models; those twice, seen and unseen; eight tasks twice
    counts = [
        sum(f.step.suite == suite for f in figures) for suite in ("cosapien", "cosalign_test")
    ]
    assert counts == [7, 14]
    assert len(figures) == 7 + 14 + 16
