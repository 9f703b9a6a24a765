"""A row that claims to be a reference responder is that responder, or is found out."""

from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as run_eval

from baselines import constant, flatter
from leaderboard.cli import main
from leaderboard.intake.from_log import submission_from_log
from leaderboard.intake.references import is_reference
from leaderboard.intake.validate import validate
from leaderboard.results.manifest import Declared
from leaderboard.results.submission import Submission
from tasks.cosapien import cosapien
from tests.leaderboard.intake.tampering import tampered


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[dict[str, Submission], dict[str, Path]]:
    """The two responders that say the same to everything, as submissions, and their logs."""
    folder = tmp_path_factory.mktemp("fixed")
    found: dict[str, Submission] = {}
    logs: dict[str, Path] = {}
    for solver in (constant(), flatter()):
        log = run_eval(
            cosapien(dataset="contrast"),
            model="none/none",
            solver=solver,
            log_dir=str(folder),
            display="none",
            log_realtime=False,
            score_display=False,
        )[0]
        assert log.status == "success"
        submission = submission_from_log(
            Path(log.location), Declared(submitter="tests"), folder / log.eval.eval_id
        )
        found[submission.manifest.method.name] = submission
        logs[submission.manifest.method.name] = Path(log.location)
    return found, logs


@pytest.fixture(scope="module")
def fixed(made: tuple[dict[str, Submission], dict[str, Path]]) -> dict[str, Submission]:
    return made[0]


def test_they_stand_on_the_board_unranked(
    made: tuple[dict[str, Submission], dict[str, Path]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    submissions, logs = made
    for submission in submissions.values():
        assert is_reference(submission.manifest)
        assert validate(submission) == []
    results = str(tmp_path / "results")
    assert main(["submit", *map(str, logs.values()), "--dir", results, "--submitter", "lab"]) == 0
    capsys.readouterr()
    assert main(["board", "--dir", results]) == 0
    shown = capsys.readouterr().out
    for name in submissions:
        row, _cells = [line for line in shown.splitlines() if f" {name} " in line]
        assert row.startswith("| – ")  # no rank
        assert "| 0.000 [-0." in row  # not of width 0


def test_a_model_cannot_pass_for_one(fixed: dict[str, Submission], tmp_path: Path) -> None:
    def better(rows: list[dict[str, Any]]) -> None:
        rows[3]["response"] = "37 euros."

    findings = validate(tampered(fixed["constant"], tmp_path / "forged", rows=better))
    (found,) = [f for f in findings if f.code == "reference"]
    assert found.sample is not None
    assert "not the response of constant" in found.message

    def renamed(manifest: dict[str, Any]) -> None:
        manifest["method"]["name"] = "constant"

    swapped = tampered(fixed["flatter"], tmp_path / "swapped", manifest=renamed)
    assert "reference" in {f.code for f in validate(swapped) if f.level == "error"}
