"""A judge's record: from the log to the file and the table."""

import json
from pathlib import Path

import pytest
from inspect_ai import eval as run_eval

from baselines import refuse_all
from scorers.cli import main
from scorers.labels.record import FORMAT, JudgeRecord, judge_record, record_table, write_record
from scorers.runs.logs import LogError
from tasks.cosapien import cosapien
from tasks.judge_agreement import judge_agreement

SAID = [(True, True)] * 4 + [(True, False), (False, True)] + [(False, False)] * 4
"""Refused according to people, and according to the old judge: 4 + 4 of 10 equal, 5 refused."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labelled")
    labels = folder / "ours.jsonl"
    rows = [
        {
            "prompt": f"Q{i}?",
            "response": "An answer.",
            "refused": people,
            "type": "plain" if i % 2 else "odd",
            "people": [{"refused": people}, {"refused": people}],
            "recorded": {"old": {"refused": judge}},
        }
        for i, (people, judge) in enumerate(SAID)
    ]
    labels.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = run_eval(
        judge_agreement(labels=str(labels), judge="recorded:old"),
        model="none/none",
        log_dir=str(folder / "logs"),
        display="none",
    )[0]
    assert done.status == "success"
    return Path(done.location)


@pytest.fixture(scope="module")
def record(log: Path) -> JudgeRecord:
    return judge_record(log)


def test_what_stands_in_it(record: JudgeRecord) -> None:
    assert record.labels == "ours.jsonl"
    assert len(record.revision) == 12
    assert record.repeats is None
    assert record.disagreement is None
    assert set(record.questions) == {"refused"}
    against = record.questions["refused"].against_people
    assert against is not None
    assert against.kappa.mean == pytest.approx(0.6)  # 0.8 equal, 0.5 by chance
    assert against.kappa.lower < 0.6 < against.kappa.upper
    assert record.questions["refused"].people.mean == 1
    assert record.by_config == {}
    assert set(record.by_type) == {"odd", "plain"}


def test_the_file_is_named_by_judge_labels_and_log_and_is_plain_json(
    record: JudgeRecord, tmp_path: Path
) -> None:
    path = write_record(record, tmp_path / "new" / "folder")
    assert path.name.endswith(f"-{record.revision}-{record.log_sha256[:8]}.json")
    assert list(path.parent.iterdir()) == [path]
    stored = json.loads(
        path.read_text(encoding="utf-8"), parse_constant=lambda name: pytest.fail(name)
    )
    assert stored["format"] == FORMAT
    assert stored["judge"] == {"kind": "recorded", "id": "old", "models": []}
    found = stored["questions"]["refused"]
    assert found["against_people"]["kappa"]["mean"] == pytest.approx(0.6)
    assert found["rank"] is None
    assert stored["repeats"] is None
    assert write_record(record, path.parent) == path  # again, in place


def test_it_can_be_read_in_a_terminal(
    log: Path, record: JudgeRecord, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["agreement", str(log), "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert record_table(record) in out
    assert "judge recorded (old) on ours.jsonl" in out
    rows = [line for line in out.splitlines() if line.startswith("| refused")]
    assert [row.split("|")[1].strip() for row in rows] == [
        "refused",
        "refused type odd",
        "refused type plain",
    ]
    assert "0.600 [" in rows[0]
    assert "0.0%" in rows[0]
    assert "nan" not in out.lower().replace("unscored", "")


def test_logs_that_are_none_of_this_task(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = run_eval(
        cosapien(dataset="contrast"),
        model="none/none",
        solver=refuse_all(),
        log_dir=str(tmp_path),
        display="none",
        limit=2,
    )[0]
    with pytest.raises(LogError, match="has no label_score: not tasks/judge_agreement"):
        judge_record(other.location)
    (tmp_path / "broken.eval").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(LogError, match=r"broken\.eval: not a readable Inspect log"):
        judge_record(tmp_path / "broken.eval")
    assert main(["agreement", other.location]) == 1
    error = capsys.readouterr().err
    assert error.startswith("cosa: ")
    assert error.count("\n") == 1
