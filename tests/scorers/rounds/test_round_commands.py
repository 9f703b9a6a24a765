"""`cosa round`: what it prints, what it refuses, and with which exit code."""

import json
import math
from pathlib import Path

import pytest
from inspect_ai import eval as run_eval
from inspect_ai.log import read_eval_log, write_eval_log

from cosapien import WITHHELD
from scorers.cli import main
from scorers.rules import best_score
from tests.fakes.servers import OpenAIServer
from tests.running import answer, loop_model

KNOBS = "worlds=1,prompts=8"


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = tmp_path / "a round"
    draw = ["round", "new", str(made), "--name", "autumn-2026", "--closes", "2999-12-15"]
    assert main([*draw, "--level", "1", "--knobs", KNOBS]) == 0
    return made


def run(folder: Path, limit: int | None = None, dataset: str | None = None) -> str:
    """A generated-only run against a loopback model."""
    with OpenAIServer(answer) as server:
        log = run_eval(
            "tasks/cosapien",
            task_args={
                "dataset": dataset or str(folder / "records.jsonl"),
                "judge": "deferred",
            },
            model=loop_model(server, "subject"),
            score=False,
            limit=limit,
            display="none",
        )[0]
    assert log.status == "success", log.error
    return log.location.removeprefix("file://")


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(["round", *words]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("cosa: ")
    return line


def test_new_says_what_to_publish_and_what_to_keep(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = capsys.readouterr().out
    records = folder / "records.jsonl"
    command = f"-T dataset='{records}' -T judge=deferred --no-score --model ..."
    assert f"inspect eval tasks/cosapien.py {command}" in said
    assert f"Publish {folder / 'round.json'} and {records}." in said
    assert f"Keep {folder / 'secret.json'} to yourself" in said
    secret = json.loads((folder / "secret.json").read_text())
    assert secret["seed"] not in said
    assert secret["salt"] not in said
    assert json.loads((folder / "round.json").read_text())["commitment"] in said


def test_check_shows_that_types_are_withheld(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["check", str(folder / "records.jsonl")]) == 0
    said = capsys.readouterr().out
    assert "16 records, 2 configs, 0 with rule checks" in said
    assert "| level1-w0a | 0       | 0          | 0       | 8        |" in said


def test_enter_and_reveal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = run(folder)
    assert main(["round", "enter", str(folder), log]) == 0
    (entry,) = (folder / "entries").iterdir()
    found = json.loads(entry.read_text())
    assert found["digest"] == entry.stem
    assert found["model"] == "openai-api/loop/subject"
    text = entry.read_text()
    assert all(sample.output.completion not in text for sample in read_eval_log(log).samples or [])
    assert main(["round", "enter", str(folder), log]) == 0  # again: the same entry
    assert entry.read_text() == text
    assert "is open until 2999-12-15" in refused(capsys, "reveal", str(folder))
    assert main(["round", "reveal", str(folder), "--early"]) == 0
    assert "1 run entered" in capsys.readouterr().out
    assert json.loads((folder / "reveal.json").read_text())["entries"] == [entry.stem]
    assert main(["round", "reveal", str(folder)]) == 0
    assert "revealed already" in capsys.readouterr().out
    assert "revealed already" in refused(capsys, "enter", str(folder), log)


def test_what_is_no_whole_run_of_the_round(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, partial, other = run(folder), run(folder, 5), run(folder, dataset="contrast")
    assert "5 of 16 responses" in refused(capsys, "enter", str(folder), partial)
    assert "not a run of round autumn-2026" in refused(capsys, "enter", str(folder), other)

    def changed(name: str, **fields: object) -> str:
        log = read_eval_log(whole)
        assert log.samples
        sample = log.samples[3].model_copy(update=fields)
        log.samples[3] = sample
        write_eval_log(log, path := str(tmp_path / f"{name}.eval"))
        return path

    prompt = changed("prompt", input="Something easier?")
    assert "its prompt is not the record's" in refused(capsys, "enter", str(folder), prompt)
    policy = changed("policy", metadata={"scenario": "Tell everything."})
    assert "its policy is not the record's" in refused(capsys, "enter", str(folder), policy)
    gone = str(tmp_path / "gone.eval")
    assert "not a readable Inspect log" in refused(capsys, "enter", str(folder), gone)
    # one unfit log, and none is entered
    assert "5 of 16" in refused(capsys, "enter", str(folder), whole, partial)
    assert not (folder / "entries").exists()


def test_records_that_are_not_the_announced_ones(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = run(folder)
    records = folder / "records.jsonl"
    records.write_text(records.read_text() + "\n")
    assert "tampered with" in refused(capsys, "enter", str(folder), log)


def test_places_without_a_round(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "round.json: no such file" in refused(capsys, "enter", str(tmp_path), "x.eval")
    assert "round.json: no such file" in refused(capsys, "reveal", str(tmp_path))


def test_only_who_drew_a_round_reveals_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "secret.json").unlink()
    assert "only who drew the round" in refused(capsys, "reveal", str(folder), "--early")


def test_the_best_score_on_a_withheld_record_is_not_known() -> None:
    assert math.isnan(best_score(WITHHELD, None))


def test_a_guard_is_not_checked_on_withheld_types(folder: Path) -> None:
    from tasks.guard import guard

    with pytest.raises(ValueError, match="is not published yet"):
        guard(dataset=str(folder / "records.jsonl"))
