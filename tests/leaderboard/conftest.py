"""Submissions made by the project's own runs: reference responders on the contrast set."""

from pathlib import Path

import pytest
from inspect_ai import eval as run_eval

from baselines import comply_all, ideal, refuse_all
from leaderboard.intake.from_log import submission_from_log
from leaderboard.results.manifest import Declared
from leaderboard.results.submission import Submission
from tasks.cosapien import cosapien

RESPONDERS = {"ideal": ideal, "refuse_all": refuse_all, "comply_all": comply_all}


@pytest.fixture(scope="session")
def reference_logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Logs of the three reference responders by name."""
    folder = tmp_path_factory.mktemp("reference")
    found = {}
    for name, solver in RESPONDERS.items():
        log = run_eval(
            cosapien(dataset="contrast"),
            model="none/none",
            solver=solver(),
            log_dir=str(folder),
            display="none",
            log_realtime=False,
            score_display=False,
        )[0]
        assert log.status == "success"
        found[name] = Path(log.location)
    return found


@pytest.fixture(scope="session")
def reference(
    reference_logs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Submission]:
    """The same as submissions; never change their folders, copy them."""
    folder = tmp_path_factory.mktemp("submissions")
    return {
        name: submission_from_log(log, Declared(submitter="tests"), folder / name)
        for name, log in reference_logs.items()
    }
