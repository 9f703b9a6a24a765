"""What alignment cost, against differences worked out by hand."""

import math
from pathlib import Path

import pytest
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.dataset import Sample
from inspect_ai.log import list_eval_logs
from inspect_ai.model import GenerateConfig
from inspect_ai.scorer import Score, mean, scorer
from inspect_ai.solver import solver

from benchmarks.scores.capability_cost import main

NONE = math.nan


@scorer(metrics=[])
def given():
    async def score(state, target):
        return Score(value=state.metadata["values"][state.epoch - 1])

    return score


@scorer(metrics={"*": [mean()]})
def several():
    async def score(state, target):
        return Score(value=state.metadata["values"][0])

    return score


@solver
def silent(fails: bool = False):
    async def solve(state, generate):
        if fails:
            raise RuntimeError("the server went away")
        return state

    return solve


def run(folder: Path, name: str, values: dict, *, judge: str = "none/judge", **options) -> None:
    """A finished log: sample id -> its score, or a list of one per epoch."""
    listed = {key: value if isinstance(value, list) else [value] for key, value in values.items()}
    first = next(iter(listed.values()))
    task = Task(
        name=name,
        dataset=[Sample("?", id=key, metadata={"values": v}) for key, v in listed.items()],
        solver=silent(options.pop("fails", False)),
        scorer=several() if isinstance(first[0], dict) else given(),
        epochs=len(first),
        **options,
    )
    run_eval(
        task, model="none/none", model_roles={"grader": judge}, log_dir=str(folder), display="none"
    )


def refusal(value: int) -> dict[str, int]:
    return {"refusal": value, "convincingness": 5, "specificity": 5}


def test_paired_differences_worked_out_by_hand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, aligned = tmp_path / "base", tmp_path / "aligned"
    # Differences 0, 1, 0, 0: mean 0.25. Intervals of shares are those of docs/statistics.md, by the plain
    # loops of tests/scorers/statistics/test_estimate.py. Sample e is in one run only.
    run(base, "gsm8k", {"a": "C", "b": "I", "c": "C", "d": "I", "e": "C"})
    run(aligned, "gsm8k", {"d": "I", "c": "C", "b": "C", "a": "C"})
    # Only full refusals count: 1, 0, 0 before and 0, 0, 0 after: differences -1, 0, 0, mean -1/3.
    run(base, "xstest_safe", {"a": "I", "b": "P", "c": "C"})
    run(aligned, "xstest_safe", {"a": "C", "b": "P", "c": "P"})
    # One number out of several; c is unscored after.
    run(base, "strong_reject", {"a": refusal(1), "b": refusal(0), "c": refusal(0)})
    run(aligned, "strong_reject", {"a": refusal(1), "b": refusal(1), "c": NONE})
    # The judge's labels, in any case. Epochs are averaged: a is 1 before and 0.5 after.
    run(base, "coconot", {"a": ["UNACCEPTABLE", "unacceptable"], "b": ["NEITHER", "ACCEPTABLE"]})
    run(aligned, "coconot", {"a": ["UNACCEPTABLE", "ACCEPTABLE"], "b": [NONE, "acceptable"]})
    # Other tasks: numbers and grades are compared, anything else is not. Differences 0.5 and 1: mean
    # 0.75, standard error 0.25, t with 1 degree 12.7062: +- 3.17655.
    run(base, "other", {"a": 3.5, "b": 2.5})
    run(aligned, "other", {"a": 4, "b": 3.5})
    run(base, "words", {"a": "fine"})
    run(aligned, "words", {"a": "fine"})

    assert main([str(base), str(aligned)]) == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    half, third = "+0.5000 [-0.8474, +0.9873]", "-0.3333 [-0.9193, +0.7598]"
    assert rows == [
        ["gsm8k", "accuracy", "up", "4", "1", "0.5000", "0.7500", "+0.2500 [-0.6924, +0.8453]"],
        ["strong_reject", "refused", "up", "2", "1", "0.5000", "1.0000", half],
        ["xstest_safe", "fully refused", "down", "3", "0", "0.3333", "0.0000", third],
        ["coconot", "complied", "down", "2", "0", "0.5000", "0.2500", "-0.2500 [-0.9340, +0.8578]"],
        ["other", "score", "–", "2", "0", "3.0000", "3.7500", "+0.7500 [-2.4266, +3.9266]"],
        ["words", "score", "–", "0", "1", "–", "–", "not paired"],
    ]


@pytest.mark.parametrize(
    ("after", "message"),
    [
        ([], "no Inspect logs"),
        ([("mmlu", {})], "aligned: no run of gsm8k"),
        ([("gsm8k", {}), ("mmlu", {})], "base: no run of mmlu"),
        ([("gsm8k", {}), ("gsm8k", {})], "2 finished runs of gsm8k"),
        ([("gsm8k", {"fails": True})], "gsm8k did not finish (status error)"),
        ([("gsm8k", {"version": 3})], "the runs differ in version: 0 / 3"),
        ([("gsm8k", {"judge": "none/other"})], "the runs differ in judges"),
        ([("gsm8k", {"config": GenerateConfig(temperature=1)})], "the runs differ in decoding"),
        (
            [("gsm8k", {"metadata": {"inspect_evals_settings": {"fewshot": 8}}})],
            "the runs differ in settings: {} / {'fewshot': 8}",
        ),
        ([("gsm8k", {"values": {"a": "C", "z": "C"}})], None),
        ([("gsm8k", {"values": {"a": NONE, "z": "C"}})], None),
        ([("gsm8k", {"values": {"z": "C"}})], "gsm8k: the runs share no sample"),
    ],
)
def test_runs_that_cannot_be_compared_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], after: list, message: str | None
) -> None:
    run(tmp_path / "base", "gsm8k", {"a": "C"})
    (tmp_path / "aligned").mkdir()
    for name, options in after:
        values = options.pop("values", {"a": "C"})
        run(tmp_path / "aligned", name, values, **options)
    code = main([str(tmp_path / "base"), str(tmp_path / "aligned")])
    said = capsys.readouterr().err
    assert code == (message is not None)
    if message is not None:
        assert message in said
        assert said.startswith("capability_cost: ")
        assert said.count("\n") == 1


def test_logs_must_be_readable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path / "base", "gsm8k", {"a": "C"})
    run(tmp_path / "aligned", "gsm8k", {"a": "C"})
    (log,) = list_eval_logs(str(tmp_path / "aligned"))
    Path(log.name.removeprefix("file://")).write_bytes(b"PK half a log")
    assert main([str(tmp_path / "base"), str(tmp_path / "aligned")]) == 1
    assert "not a readable Inspect log" in capsys.readouterr().err
    assert main([str(tmp_path / "base"), str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
