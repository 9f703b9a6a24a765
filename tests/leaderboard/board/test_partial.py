"""Partial runs on a board: shown with what they cover, and never ranked."""

from pathlib import Path

import pytest
from inspect_ai import eval as run_eval
from inspect_ai.model import Model, ModelOutput
from inspect_ai.solver import Generate, Solver, TaskState, solver

from leaderboard.board.build import build_index
from leaderboard.cli import main
from leaderboard.results.submission import read_submission, submission_folders
from tests.fakes.servers import OpenAIServer, Reply
from tests.running import loop_model


@solver
def same_answer() -> Solver:
    """Stands for a model: a method of its own, not a reference."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state.output = ModelOutput.from_content("none/none", "There is a lot to say about this.")
        return state

    return solve


def run(
    folder: Path, limit: int | None, configs: str | None = None, model: str | Model = "none/none"
) -> str:
    """A run of what says one sentence to everything, on the contrast set."""
    args = {"dataset": "contrast"} | ({} if configs is None else {"configs": configs})
    log = run_eval(
        "tasks/cosapien",
        task_args=args,
        model=model,
        solver=same_answer() if model == "none/none" else None,
        limit=limit,
        log_dir=str(folder),
        display="none",
        log_realtime=False,
    )[0]
    assert log.status == "success", log.error
    return log.location.removeprefix("file://")


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COSA_CACHE", str(tmp_path / "cache"))


def test_a_partial_run_is_shown_and_not_ranked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results"
    logs = {
        "whole": run(tmp_path / "logs", None),
        "limited": run(tmp_path / "logs", 20),
        "one config": run(tmp_path / "logs", None, "bank_rates"),
    }
    for name, log in logs.items():
        assert main(["submit", log, "--dir", str(results), "--submitter", name]) in (0, 2)
    capsys.readouterr()
    assert main(["validate", logs["limited"]]) == 2
    assert "  warning: partial: 20 of 288 records\n" in capsys.readouterr().out

    assert main(["board", "--dir", str(results)]) == 0
    printed = capsys.readouterr().out
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in printed.splitlines()]
    by_name = {row[-1]: row for row in rows if len(row) == 9}
    assert by_name["whole"][0] == "1"
    assert by_name["limited"][0] == by_name["one config"][0] == "partial"
    assert [by_name[name][6] for name in logs] == ["288", "20 of 288 records", "24 of 288 records"]
    assert "left out" not in printed
    manifests = [read_submission(folder).manifest for folder in submission_folders(results)]
    assert {m.data.records for m in manifests} == {288}
    # what a run covers does not make a track of its own
    assert len({m.track for m in manifests if m.declared.submitter != "one config"}) == 1


def test_a_partial_run_does_not_supersede_a_whole_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The row stays what it was, and the title of a model alone is the model."""
    results = tmp_path / "results"
    with OpenAIServer(lambda request: Reply("There is a lot to say about this.")) as server:
        model = loop_model(server, "subject")
        logs = [run(tmp_path / "logs", limit, model=model) for limit in (None, 20)]
    for log in logs:
        assert main(["submit", log, "--dir", str(results), "--submitter", "one"]) in (0, 2)
    rows = build_index(results, tmp_path / "cache").rows
    assert [(row.revision, row.latest, row.partial) for row in rows] == [
        (1, True, None),
        (2, False, "20 of 288 records"),
    ]
    assert {row.name for row in rows} == {"openai-api/loop/subject"}
    capsys.readouterr()
    assert main(["board", "--dir", str(results)]) == 0
    printed = capsys.readouterr().out
    assert "20 of 288" not in printed
    assert "| 1 " in printed
