"""The whole command, with Inspect as it is and a `vllm serve` that answers as told."""

import json
import shutil
import signal
import time
from collections.abc import Callable

import pytest
from filelock import FileLock
from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries

from cosapien import UserError, load_benchmark
from cosapien.generate import choose_revision
from tasks.real_model.engine import find_engine
from tasks.real_model.plans import plans
from tasks.real_model.rows.methods import METHODS
from tasks.real_model.rows.models import Model
from tasks.real_model.run import run
from tests.tasks.real_model.place import Place
from tests.tasks.real_model.tiny_wheel import NAME

CONTRAST = [record.prompt for record in load_benchmark("contrast").records[:4]]
MADE = choose_revision("generated", None, 1, 0, "worlds=4,prompts=10")
GENERATED = [record.prompt for record in load_benchmark("generated", MADE).records[:4]]
TRIAL = ("--limit", "4", "--no-board")


def prompts(place: Place) -> list[str]:
    return sorted(question["prompt"] for question in place.asked())


def logged(place: Place) -> list[str]:
    """The prompts that were answered, as the one log of the contrast set says."""
    (log,) = place.logs()
    done = read_eval_log_sample_summaries(str(log))
    return [str(sample.input) for sample in done if sample.error is None and sample.scores]


def wait_for(happened: Callable[[], object]) -> None:
    for _ in range(600):
        if happened():
            return
        time.sleep(0.2)
    raise AssertionError("it did not happen in two minutes")


def test_two_rows_by_one_command_and_nothing_twice(place: Place) -> None:
    done = place.run(*TRIAL)
    assert done.returncode == 0, done.stderr
    asked = place.asked()
    assert sorted(question["prompt"] for question in asked) == sorted(CONTRAST + GENERATED)
    assert {question["model"] for question in asked} == {NAME}

    rows = place.manifests()
    assert {row["model"] for row in rows} == {f"vllm/{NAME}"}
    assert sorted(row["data"]["revision"] for row in rows) == sorted(
        [load_benchmark("contrast").revision, MADE]
    )
    for row in rows:  # refusals comply and do not help
        assert row["metrics"]["cosa_score"]["mean"] == 0
        assert row["metrics"]["compliance"]["mean"] == 1
    assert str(place.folder) not in json.dumps(rows)
    assert f"| vllm/{NAME} " in done.stdout
    assert done.stdout.endswith("the board: leaderboard serve --dir results\n")

    again = place.run(*TRIAL)
    assert again.returncode == 0, again.stderr
    assert place.asked() == []
    assert place.manifests() == rows
    assert f"| vllm/{NAME} " in again.stdout

    # another level is another run; the contrast set is not concerned
    assert place.run(*TRIAL, "--level", "2").returncode == 0
    assert len(place.asked()) == 4
    assert len(place.manifests()) == 3


def test_the_model_alone(place: Place) -> None:
    done = place.run("--model-only")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"the model: models/{NAME}"
    assert (place.folder / "models" / NAME / "model.safetensors").exists()
    assert place.logs() == []


def test_a_failed_run_is_one_line_and_goes_on_where_it_stopped(place: Place) -> None:
    place.tell(fail_after=2)
    failed = place.run(*TRIAL)
    assert failed.returncode == 1
    (line,) = failed.stderr.splitlines()
    assert line.startswith("real_model: contrast set: the run failed: error: ")
    assert "the cards are out" in line
    assert place.manifests() == []
    place.asked()
    answered = logged(place)
    assert answered

    place.tell()
    done = place.run(*TRIAL)
    assert done.returncode == 0, done.stderr
    left = [prompt for prompt in CONTRAST if prompt not in answered]
    assert prompts(place) == sorted(left + GENERATED)
    assert len(place.manifests()) == 2


def interrupted(place: Place, number: int) -> str:
    """Start the command, interrupt it after two answers; what it says."""
    place.tell(hold_after=2)
    with place.running(*TRIAL) as process:
        wait_for(lambda: place.logs() and len(logged(place)) == 2)
        process.send_signal(number)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    (log,) = place.logs()
    assert read_eval_log(str(log), header_only=True).status == "cancelled"
    return said


def test_an_interrupted_run_goes_on(place: Place) -> None:
    said = interrupted(place, signal.SIGINT)
    assert said == "real_model: interrupted; the same command goes on where it stopped\n"
    place.asked()
    answered = logged(place)

    place.tell()
    assert place.run(*TRIAL).returncode == 0
    left = [prompt for prompt in CONTRAST if prompt not in answered]
    assert prompts(place) == sorted(left + GENERATED)


def test_an_ended_run_ends_in_order_too(place: Place) -> None:
    assert "interrupted" in interrupted(place, signal.SIGTERM)


def test_a_server_that_does_not_start_is_one_line(place: Place) -> None:
    place.tell(exit=3)
    failed = place.run(*TRIAL)
    assert failed.returncode == 1
    (line,) = failed.stderr.splitlines()
    assert "contrast set: the run failed: error: " in line
    assert "exited unexpectedly with code 3" in line


def test_an_inspect_that_does_not_start_is_one_line(place: Place) -> None:
    (place.scripts / "python").write_text("#!/bin/sh\necho no such thing\nexit 1\n", "utf-8")
    failed = place.run(*TRIAL)
    assert failed.returncode == 1
    (line,) = failed.stderr.splitlines()
    assert "the run failed: it left no log: no such thing (" in line
    assert place.logs() == []


def test_a_wrong_wheel_ends_it_before_anything_runs(place: Place) -> None:
    (wheel,) = (place.folder / "models").glob("*.whl")
    wheel.write_bytes(b"something else")
    shutil.rmtree(place.folder / "models" / NAME)
    failed = place.run(*TRIAL)
    assert failed.returncode == 1
    (line,) = failed.stderr.splitlines()
    assert line.startswith(f"real_model: {wheel}: SHA-256 is ")
    assert not (place.folder / "models" / NAME).exists()
    assert place.asked() == []


def test_two_at_once_are_refused(place: Place) -> None:
    with FileLock(place.folder / "models" / f".{NAME}.lock"):
        failed = place.run(*TRIAL)
    assert failed.returncode == 1
    (line,) = failed.stderr.splitlines()
    assert "another real_model is at work here" in line


def test_it_says_how_far_it_is(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.tell(fail_after=2)  # the failure comes after seconds
    engine = find_engine(place.folder)
    models, logs = place.folder / "models", place.folder / "logs" / "real_model"
    model = Model(NAME, "ab" * 32, ())
    plan = plans(model, METHODS["zero_shot"], engine, models, level=1, limit=4)[0]
    with pytest.raises(UserError, match="contrast set: the run failed"):
        run(plan, engine, models, logs, period=0.3)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "contrast set: 4 samples with vllm"
    assert lines[1].startswith("contrast set: the model is loading, 0 min ")
    assert any(line.startswith("contrast set: 2 of 4 samples, ") for line in lines)


@pytest.mark.parametrize(
    "words", [("--limit", "0"), ("--level", "5"), ("--limit", "some"), ("--rows", "other")]
)
def test_arguments_out_of_range_are_refused(place: Place, words: tuple[str, ...]) -> None:
    refused = place.run(*words)
    assert refused.returncode == 2
    assert words[0] in refused.stderr


def test_without_vllm_transformers_answer(place: Place) -> None:
    (place.scripts / "vllm").unlink()
    done = place.run("--limit", "2", "--no-board")
    assert done.returncode == 0, done.stderr
    assert "no vLLM here" in done.stdout
    rows = place.manifests()
    assert [row["model"] for row in rows] == [f"hf/{NAME}"] * 2
    assert [row["samples"]["rows"] for row in rows] == [2, 2]
    assert str(place.folder) not in json.dumps(rows)
