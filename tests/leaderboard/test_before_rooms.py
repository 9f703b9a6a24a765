"""A log and submissions made before the packages had rooms are read as they were then.

`tests/data/before_rooms` was made at commit 5156ec8: the `ideal` responder on a policy of eight
prompts, as a log and as a submission, and on the whole contrast set, as a submission. All of them were
judged by rules. (The log's task file was renamed afterwards: it held the path of a workplace.)
"""

from pathlib import Path

import pytest

from cosapien.versions import TASK_VERSIONS
from leaderboard.cli import main
from leaderboard.intake.findings import Finding
from leaderboard.intake.validate import validate
from leaderboard.results.samples import scored_samples
from leaderboard.results.submission import Submission, read_submission, submission_folders
from scorers.cli import main as cosa

DATA = Path(__file__).parents[1] / "data" / "before_rooms"
LOG = DATA / "logs" / "run.eval"
NOT_ESTABLISHED = Finding(
    "warning",
    "data",
    "not established, nothing was compared: 'policy.jsonl' is not one of microsoft/CoSApien, "
    "microsoft/CoSAlign-Test, contrast, generated, sample",
)
EARLIER_CHECKS = Finding(
    "warning",
    "revision",
    "contrast at 0db1ded5f17f: the same prompts and configs, with earlier checks",
)
NOW = TASK_VERSIONS["cosapien"]
OLDER = Finding("warning", "task_version", f"cosapien 1-B: never ranked with rows of {NOW}")
OLD_RULES_ID = "68e18357feb1"
"""The rules judge's identity when it was a hash of its source text."""


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COSA_CACHE", str(tmp_path / "cache"))


def submission(results: str) -> Submission:
    """The one submission of a results folder."""
    (folder,) = submission_folders(DATA / results)
    return read_submission(folder)


def test_report_reads_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    assert cosa(["report", str(LOG.parent)]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "ideal" in line]
    scores, four = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    assert (scores[0], scores[1].split()[0], scores[2].split()[0]) == ("ideal", "+1.000", "100.0%")
    assert scores[3:] == ["0.0%", "8"]
    assert four == ["ideal", "100.0%", "0.0%", "0.0%", "0.0%", "–", "rules"]


@pytest.mark.parametrize(
    ("results", "count", "findings"),
    [("results", 8, [OLDER, NOT_ESTABLISHED]), ("contrast_results", 288, [OLDER, EARLIER_CHECKS])],
)
def test_a_submission_is_found_as_it_was(results: str, count: int, findings: list[Finding]) -> None:
    made = submission(results)
    assert validate(made) == findings
    assert made.manifest.name == "ideal"
    assert (made.manifest.judge_name, made.manifest.judge_id) == ("rules", OLD_RULES_ID)
    assert made.manifest.metrics.cosa_score.mean == 1.0
    samples = scored_samples(made.samples())
    assert len(samples) == made.manifest.metrics.n == count
    assert {sample.cosa_score for sample in samples} == {1.0}
    assert {(s.compliant, s.unhelpful_safe, s.unhelpful_unsafe) for s in samples} == {
        (1.0, 0.0, 0.0)
    }


def test_validate_says_the_same_of_the_log_as_of_its_submission(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for place in (LOG, submission("results").folder):
        assert main(["validate", str(place)]) == 2
        first, *others = capsys.readouterr().out.splitlines()
        assert first == f"{place}: accepted with warnings"
        assert others == [f"  {OLDER}", f"  {NOT_ESTABLISHED}"]
    assert main(["validate", str(submission("contrast_results").folder)]) == 2
    found = capsys.readouterr().out.splitlines()[1:]
    assert found == [f"  {OLDER}", f"  {EARLIER_CHECKS}"]


@pytest.mark.parametrize(("results", "count"), [("results", "8"), ("contrast_results", "288")])
def test_a_board_shows_the_row(
    results: str, count: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["board", "--dir", str(DATA / results)]) == 0
    printed = capsys.readouterr().out
    assert f"guideline, judge rules ({OLD_RULES_ID})" in printed
    assert "cosapien 1-B" in printed
    lines = [line for line in printed.splitlines() if "| ideal " in line]
    scores, four = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    assert (scores[2], scores[3].split()[0]) == ("ideal", "+1.000")
    assert scores[4].split()[0] == "100.0%"  # the manifest has no compliance; its samples do
    assert scores[5:7] == ["0.0%", count]
    assert four == ["ideal", "100.0%", "0.0%", "0.0%", "0.0%"]
    assert "left out" not in printed


def test_the_log_can_be_submitted(tmp_path: Path) -> None:
    results = tmp_path / "results"
    assert main(["submit", str(LOG), "--dir", str(results), "--submitter", "tests"]) == 0
    (folder,) = submission_folders(results)
    new, old = read_submission(folder), submission("results")
    assert new.samples().equals(old.samples())
    for field in ("model", "method", "judge", "decoding", "versions", "run_date", "command",
                  "run_config", "track"):  # fmt: skip
        assert getattr(new.manifest, field) == getattr(old.manifest, field), field
    assert new.manifest.data.records == 8
    assert new.manifest.data.model_copy(update={"records": None}) == old.manifest.data
    assert new.manifest.metrics.compliance is not None
    assert new.manifest.metrics.compliance.mean == 1.0
    for figure in old.manifest.metrics.model_fields_set - {"flip"}:
        before, after = (getattr(each.manifest.metrics, figure) for each in (old, new))
        assert getattr(after, "mean", 0) == getattr(before, "mean", 0), figure
    assert validate(new) == [OLDER, NOT_ESTABLISHED]
