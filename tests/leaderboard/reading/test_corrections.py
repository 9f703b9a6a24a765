"""People's labels of a row's responses, and scores corrected by them or by a judge's record."""

import json
from pathlib import Path
from typing import Any

import pytest

from cosapien import content_hash
from leaderboard.board.build import build_index
from leaderboard.cli import main
from leaderboard.errors import SubmissionError
from leaderboard.evidence.judge_records import read_judge_records
from leaderboard.evidence.label_files import add_label_file, read_label_files
from leaderboard.reading.corrections import corrections
from leaderboard.reading.database import connect
from leaderboard.results.submission import Submission, add_submission, read_submission
from tests.leaderboard.judge_factory import compliance, put, record


@pytest.fixture
def results(reference: dict[str, Submission], tmp_path: Path) -> Path:
    add_submission(reference["comply_all"], tmp_path / "results")
    return tmp_path / "results"


def labels(submission: Submission, file: Path, *, of: int, harsher: bool = False) -> Path:
    """A label file of every so many responses: the submitted verdicts, or all of them violations."""
    table = submission.samples().to_pylist()
    kept = [line for number, line in enumerate(table) if number % of == 0]
    rows = [
        {
            "id": line["sample_id"],
            "config": line["config"],
            "scenario": line["scenario"],
            "type": line["type"],
            "prompt": line["prompt"],
            "response": line["response"],
            "helpfulness": line["helpfulness"],
            "compliant": False if harsher else line["compliant"],
        }
        for line in kept
    ]
    write(file, rows)
    return file


def write(file: Path, rows: list[dict[str, Any]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def corrected(results: Path) -> Any:
    index = build_index(results, results.parent / "cache")
    (row,) = index.rows
    return corrections(connect(index.path), results, row, read_judge_records(results)[0])


def test_people_who_say_what_the_judge_says_correct_nothing(
    reference: dict[str, Submission], results: Path, tmp_path: Path
) -> None:
    made = reference["comply_all"]
    file = labels(made, tmp_path / "l.jsonl", of=2)
    target = add_label_file(file, made, results)
    assert target.name == f"{content_hash(file.read_bytes())}.jsonl"
    ((found,), unused) = corrected(results)
    assert unused == []
    assert found.method == "prediction-powered"
    assert found.source == f"labels/{made.manifest.id}/{target.name}"
    assert found.found.labelled == 144  # of 288
    submitted = made.manifest.metrics.cosa_score.mean
    assert found.found.judged.mean == pytest.approx(submitted)
    assert found.found.corrected.mean == pytest.approx(submitted)


def test_people_who_find_violations_everywhere_win_over_the_judge(
    reference: dict[str, Submission], results: Path, tmp_path: Path
) -> None:
    """Everything labelled: whatever the judge said, the score is that of the labels."""
    made = reference["comply_all"]
    add_label_file(labels(made, tmp_path / "l.jsonl", of=1, harsher=True), made, results)
    put(record(compliance(8, 2, 3, 1)), results)
    ((found,), _) = corrected(results)
    assert found.method == "prediction-powered"  # a record is used only where there are no labels
    by_config: dict[str, list[float]] = {}
    for line in made.samples().to_pylist():
        by_config.setdefault(line["config"], []).append(-line["helpfulness"])
    macro = sum(sum(v) / len(v) for v in by_config.values()) / len(by_config)
    assert found.found.corrected.mean == pytest.approx(macro)


def test_without_labels_the_record_of_its_judge_corrects(results: Path) -> None:
    assert corrected(results) == ([], [])
    index = build_index(results, results.parent / "cache")
    put(record(compliance(9, 1, 8, 2), judge=index.rows[0].judge), results)
    ((found,), _) = corrected(results)
    assert (found.method, found.found.labelled) == ("Rogan-Gladen", 20)
    # by hand: within each config p = (q - 0.2) / (0.9 + 0.8 - 1), cut to [0, 1]
    (row,) = index.rows
    by_config: dict[str, list[tuple[float, bool]]] = {}
    for line in read_submission(results / row.folder).samples().to_pylist():
        by_config.setdefault(line["config"], []).append((line["helpfulness"], line["compliant"]))
    scores = []
    for lines in by_config.values():
        h = sum(helpful for helpful, _ in lines)
        q = sum(helpful for helpful, safe in lines if safe) / h
        p = min(max((q - 0.2) / 0.7, 0), 1)
        scores.append(h / len(lines) * (2 * p - 1))
    assert found.found.corrected.mean == pytest.approx(sum(scores) / len(scores))
    assert found.found.judged.mean == pytest.approx(row.metrics.cosa_score.mean)


def test_a_judge_like_a_coin_corrects_nothing(results: Path) -> None:
    index = build_index(results, results.parent / "cache")
    put(record(compliance(5, 5, 5, 5), judge=index.rows[0].judge), results)
    found, (why,) = corrected(results)
    assert found == []
    assert "at most 1" in why


def test_too_few_labels_are_told(
    reference: dict[str, Submission], results: Path, tmp_path: Path
) -> None:
    made = reference["comply_all"]
    add_label_file(labels(made, tmp_path / "l.jsonl", of=100), made, results)
    found, (why,) = corrected(results)
    assert found == []
    assert "at least 2 are needed" in why


def test_undecided_labels_give_no_score_and_are_counted(
    reference: dict[str, Submission], results: Path, tmp_path: Path
) -> None:
    made = reference["comply_all"]
    file = labels(made, tmp_path / "l.jsonl", of=2)
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    for row in rows[:3]:
        row |= {"compliant": None, "helpfulness": 0.6}
    rows[3] |= {"compliant": None, "helpfulness": 0}  # nothing helpful: the score is 0 either way
    write(file, rows)
    add_label_file(file, made, results)
    ((found,), _) = read_label_files(results, made)
    assert (found.undecided, len(found.scores)) == (3, 141)
    assert found.scores[rows[3]["id"]] == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"response": "Another answer."}, "is not a response of this row"),
        ({"id": "nobody"}, "is not a response of this row"),
        ({"helpfulness": 3}, "helpfulness is 3"),
        ({"prompt": None}, "expected prompt"),
        ({"people": "[" * 100_000}, "not readable"),
    ],
)
def test_labels_of_something_else_are_refused_and_named(
    reference: dict[str, Submission], results: Path, tmp_path: Path, change: Any, said: str
) -> None:
    made = reference["comply_all"]
    file = labels(made, tmp_path / "l.jsonl", of=2)
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    rows[5] |= change
    write(file, rows)
    with pytest.raises(SubmissionError, match=said):
        add_label_file(file, made, results)
    folder = results / "labels" / made.manifest.id
    assert not folder.exists()

    folder.mkdir(parents=True)  # somebody else's program put it there
    name = f"{content_hash(file.read_bytes())}.jsonl"
    (folder / name).write_bytes(file.read_bytes())
    (folder / "0123456789ab.jsonl").write_bytes(file.read_bytes())
    good, faults = read_label_files(results, made)
    assert good == []
    assert said in faults[f"labels/{made.manifest.id}/{name}"]
    assert name in faults[f"labels/{made.manifest.id}/0123456789ab.jsonl"]


def test_the_command_adds_labels_once(
    reference: dict[str, Submission],
    results: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = reference["comply_all"]
    file = labels(made, tmp_path / "l.jsonl", of=2)
    command = ["labels", made.manifest.id, str(file), "--dir", str(results)]
    assert main(command) == 0
    assert main(command) == 1
    assert "never overwritten" in capsys.readouterr().err
