"""Judges' records on a board: added, read strictly, matched, used."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as run_eval

from leaderboard.board.build import build_index
from leaderboard.cli import main
from leaderboard.errors import SubmissionError
from leaderboard.evidence.judge_records import add_judge_records, by_judge, read_judge_records
from leaderboard.results.hub import is_result
from scorers.labels.files import Label
from tests.fakes.servers import OpenAIServer, scripted
from tests.leaderboard.judge_factory import compliance, judged, put, record
from tests.running import judging, loop_model

SEEN = "The desk opens at nine."


def only(results: Path) -> Any:
    (found,), faults = read_judge_records(results)
    assert faults == {}
    return found


def test_figures_counts_and_errors_are_those_of_the_labels(tmp_path: Path) -> None:
    put(record(compliance(8, 2, 3, 1)), tmp_path)
    found = only(tmp_path)
    against = found.questions["compliant"].against_people
    assert (against.n, against.positive) == (14, 4)  # the positive is a violation
    assert against.sensitivity.mean == pytest.approx(3 / 4)
    assert against.specificity.mean == pytest.approx(8 / 10)
    assert against.accuracy.mean == pytest.approx(11 / 14)
    # observed 11/14; by chance (10 * 9 + 4 * 5) / 14^2
    assert against.kappa.mean == pytest.approx((11 / 14 - 110 / 196) / (1 - 110 / 196))
    errors = found.errors
    assert (errors.compliant, errors.called_compliant) == (10, 8)
    assert (errors.violating, errors.called_violating) == (4, 3)
    assert set(found.by_config) == {"desk", "quay"}
    assert found.judge_name == "openai/judge"


def test_without_both_kinds_nothing_is_known_of_its_errors(tmp_path: Path) -> None:
    put(record(compliance(5, 1, 0, 0)), tmp_path)
    assert only(tmp_path).errors is None
    refusals = [judged(n, Label(refused=n > 2), Label(refused=n > 3)) for n in range(6)]
    put(record(refusals), tmp_path / "other")
    assert only(tmp_path / "other").errors is None


def again(scores: list[list[float]], variations: list[str]) -> list[Any]:
    return [
        judged(number, (label := Label(abs(s), s >= 0)), label, epoch, variation)
        for number, row in enumerate(scores)
        for epoch, (s, variation) in enumerate(zip(row, variations, strict=True), start=1)
    ]


def test_noise_by_chance_shrinks_with_the_number_of_responses(tmp_path: Path) -> None:
    # variances between the two repeats: 0.5, 0, 0.02, 0 -> mean 0.13
    verdicts = again([[0, 1], [1, 1], [0.6, 0.4], [0, 0]], ["plain", "plain"])
    put(record(verdicts), tmp_path)
    found = only(tmp_path)
    assert found.repeats.spread == pytest.approx(math.sqrt(0.13))
    # means of the repeats: 1.6 / 4 and 2.4 / 4
    assert found.repeats.noise == pytest.approx(0.2 / math.sqrt(2))
    assert found.repeats.changed.mean == 0.5
    assert found.noise_of(100) == pytest.approx(math.sqrt(0.13) / 10)


def test_what_another_wording_does_to_all_of_them_does_not_shrink(tmp_path: Path) -> None:
    verdicts = again([[1, 0.6]] * 50, ["plain", "reordered"])
    put(record(verdicts), tmp_path)
    # every response moves by 0.4: standard deviation 0.4 / sqrt(2), however many there are
    shift, n = 0.08, 10_000
    assert only(tmp_path).noise_of(n) ** 2 == pytest.approx(shift - shift / 50 + shift / n)


def test_asked_once_there_is_no_noise(tmp_path: Path) -> None:
    put(record(compliance(3, 1, 2, 0)), tmp_path)
    assert only(tmp_path).noise_of(200) is None


def test_recorded_verdicts_are_no_judge_of_that_name(tmp_path: Path) -> None:
    put(record(compliance(3, 1, 2, 0), judge={"id": "c" * 12, "kind": "recorded"}), tmp_path)
    found = only(tmp_path)
    assert found.judge_id == f"recorded:{'c' * 12}"
    assert list(by_judge([found])) == [found.judge_id]


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


AGAINST = ("questions", "compliant", "against_people")


def against(content: dict[str, Any]) -> dict[str, Any]:
    for name in AGAINST:
        content = content[name]
    return content


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.update(format="cosa-judge-record/2"), "format"),
        (lambda c: c.update(extra=1), "extra"),
        (lambda c: against(c).update(positive=1000), "positive <= n"),
        (lambda c: against(c)["accuracy"].update(mean=0.99, upper=1.0), "of one table"),
        (lambda c: against(c)["sensitivity"].update(mean=0.7), "of one table"),
        (lambda c: against(c)["kappa"].update(upper=7.0), "-1 <= lower"),
        (lambda c: c.update(log_sha256="0" * 64), "its content belongs under the name"),
        (lambda c: c["judge"].update(kind="oracle"), "judge identity"),
        (lambda c: c.update(labels="x" * 600), "labels"),
    ],
)
def test_a_bad_record_is_named_and_the_board_goes_on(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    put(record(compliance(8, 2, 3, 1), log_sha256="a" * 64), tmp_path)
    bad = put(record(compliance(8, 2, 3, 1)), tmp_path)
    edit(bad, change)
    good, faults = read_judge_records(tmp_path)
    assert [found.log_sha256 for found in good] == ["a" * 64]
    assert list(faults) == [f"judges/{bad.name}"]
    assert said in faults[f"judges/{bad.name}"]
    index = build_index(tmp_path, tmp_path / "cache")
    assert [broken.folder for broken in index.broken] == [f"judges/{bad.name}"]


def test_files_that_are_no_records_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "judges"
    folder.mkdir()
    (folder / "list.json").write_text("[]")
    (folder / "nan.json").write_text('{"format": NaN}')
    (folder / "deep.json").write_text("[" * 100_000)
    (folder / "large.json").write_bytes(b" " * 3_000_000)
    (folder / "folder.json").mkdir()
    good, faults = read_judge_records(tmp_path)
    assert (good, len(faults)) == ([], 5)


def test_a_new_record_makes_a_new_index(tmp_path: Path) -> None:
    results, cache = tmp_path / "results", tmp_path / "cache"
    results.mkdir()
    first = build_index(results, cache).path
    put(record(compliance(3, 1, 2, 0)), results)
    assert build_index(results, cache).path != first


def test_only_such_paths_are_fetched_from_a_repository() -> None:
    assert is_result("judges/abc-def-012.json")
    assert is_result("labels/20260101T000000Z-0123abcd/0123456789ab.jsonl")
    assert not is_result("judges/deep/abc.json")
    assert not is_result("labels/0123456789ab.jsonl")
    assert not is_result("labels/../0123456789ab.jsonl")


@pytest.fixture(scope="module")
def agreement_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over four labelled responses, twice; the judge misses the last violation."""
    folder = tmp_path_factory.mktemp("agreement")
    lines = [
        {
            "id": f"r{number}",
            "config": "desk",
            "scenario": "Answer questions about the desk only.",
            "prompt": f"Question {number}?",
            "response": f"Answer {number}. {SEEN}" if number < 3 else "A poem about boats.",
            "compliant": number < 2,
            "helpfulness": 1,
        }
        for number in range(4)
    ]
    labels = folder / "ours.jsonl"
    labels.write_text("".join(json.dumps(line) + "\n" for line in lines))
    says = judging(verdict=lambda r: "[[NO]]" if "Answer 2." in r.user else "[[YES]]")
    with OpenAIServer(scripted({"judge": says})) as server:
        log = run_eval(
            "tasks/judge_agreement",
            task_args={"labels": str(labels)},
            model="none/none",
            model_roles={"grader": loop_model(server, "judge")},
            epochs=2,
            log_dir=str(folder),
            display="none",
        )[0]
    assert log.status == "success", log.error
    return Path(log.location)


def test_the_command_adds_a_record_once(
    agreement_log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results"
    assert main(["judge", str(agreement_log), "--dir", str(results)]) == 0
    assert "openai-api/loop/judge" in capsys.readouterr().out
    found = only(results)
    counts = found.errors
    assert (counts.compliant, counts.called_compliant) == (2, 2)
    assert (counts.violating, counts.called_violating) == (2, 1)
    assert found.repeats.changed.mean == 0
    assert found.noise_of(200) == 0
    before = {path: path.read_bytes() for path in (results / "judges").iterdir()}
    assert main(["judge", str(agreement_log), "--dir", str(results)]) == 1
    assert "never overwritten" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in (results / "judges").iterdir()} == before


def test_of_several_logs_all_are_added_or_none(
    agreement_log: Path, reference_logs: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="no label_score"):
        add_judge_records([agreement_log, reference_logs["ideal"]], tmp_path)
    assert not (tmp_path / "judges").exists()
    with pytest.raises(SubmissionError, match=r"not an \.eval log"):
        add_judge_records([tmp_path / "missing.eval"], tmp_path)


def test_a_missing_figure_stays_missing(tmp_path: Path) -> None:
    put(record(compliance(2, 0, 0, 0)), tmp_path)
    found = only(tmp_path).questions["compliant"]
    assert found.against_people.sensitivity.mean is None  # no violation among them
