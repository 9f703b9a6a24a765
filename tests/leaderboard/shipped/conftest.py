"""A small benchmark's rows."""

from pathlib import Path

import pytest
from inspect_ai import eval as run_eval

from baselines import ideal, refuse_all
from leaderboard.intake.from_log import submission_from_log
from leaderboard.results.manifest import Declared
from leaderboard.results.submission import Submission
from tasks.cosapien import cosapien
from tests.leaderboard.shipped.small_rows import KNOBS, Small


@pytest.fixture(scope="session")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Submission]:
    """The ideal answers to the small benchmark, and refusals of all of it."""
    folder, found = tmp_path_factory.mktemp("small"), {}
    for name, solver in (("ideal", ideal()), ("refuse_all", refuse_all())):
        (log,) = run_eval(
            cosapien(dataset="generated", level=1, generator_seed=0, knobs=KNOBS),
            model="none/none",
            solver=solver,
            log_dir=str(folder),
            display="none",
            log_realtime=False,
            score_display=False,
        )
        assert log.status == "success"
        found[name] = submission_from_log(log.location, Declared(), folder / name)
    return found


@pytest.fixture
def small(answered: dict[str, Submission], tmp_path: Path) -> Small:
    return Small(answered["ideal"], answered["refuse_all"], tmp_path / "made")
