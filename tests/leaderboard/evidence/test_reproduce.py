"""Repeating a run: real `inspect eval` processes, and what a stranger's run-config may not ask for."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.cli import main
from leaderboard.errors import SubmissionError
from leaderboard.evidence.reproduce import attest_rerun, reproduce
from leaderboard.evidence.rerun_command import rerun_command
from leaderboard.intake.from_log import submission_from_log
from leaderboard.results.layout import ATTESTATIONS
from leaderboard.results.manifest import Declared
from leaderboard.results.submission import Submission, add_submission
from tests.fakes.servers import OpenAIServer, scripted
from tests.running import answer, judging, run_task

Config = dict[str, Any]


def changed(submission: Submission, **config: Any) -> Submission:
    manifest = submission.manifest
    return replace(
        submission,
        manifest=manifest.model_copy(update={"run_config": manifest.run_config | config}),
    )


def test_a_reference_responder_is_reproduced(
    reference: dict[str, Submission],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ideal = reference["ideal"]
    add_submission(ideal, tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    command = ["reproduce", ideal.manifest.id, "--dir", str(tmp_path / "results")]
    assert main(command) == 1
    said = capfd.readouterr().err
    assert "not run without --yes" in said
    assert "inspect_ai eval tasks/cosapien --model none/none" in said
    assert not (tmp_path / "logs").exists()
    monkeypatch.undo()
    monkeypatch.setenv("COSA_CACHE", str(tmp_path / "cache"))
    command += ["--yes", "--log-dir", str(tmp_path / "logs"), "--", "--display", "plain"]
    assert main(command) == 0, capfd.readouterr().err
    assert "reproduced by rules: +1.000, submitted +1.000, difference +0.000" in (
        capfd.readouterr().out
    )
    (path,) = (tmp_path / "results" / ATTESTATIONS).rglob("*.json")
    assert json.loads(path.read_text())["identical_responses"] == ideal.manifest.samples.rows


def test_an_llm_judged_run_is_reproduced_with_ones_own_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = {"subject": answer, "judge": judging()}
    with OpenAIServer(scripted(models)) as server:
        log = run_task(server, "contrast", log_dir=str(tmp_path))
        assert log.status == "success", log.error
        submission = submission_from_log(log.location, Declared(), tmp_path / "made")
        monkeypatch.setenv("LOOP_API_KEY", "loopback")
        monkeypatch.setenv("LOOP_BASE_URL", server.base_url)
        found = reproduce(
            submission,
            by="board",
            log_dir=tmp_path / "logs",
            out=tmp_path / "out",
            extra_args=["--display", "none"],
            confirm=True,
        )
    assert found.tier == "reproduced"
    assert found.difference.mean == 0
    assert found.identical_responses == submission.manifest.samples.rows


def test_a_failed_run_attests_nothing(
    reference: dict[str, Submission], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_submission(reference["ideal"], tmp_path / "results")
    command = ["reproduce", reference["ideal"].manifest.id, "--dir", str(tmp_path / "results")]
    command += ["--yes", "--log-dir", str(tmp_path / "logs"), "--", "--display", "none"]
    assert main([*command, "-T", "dataset=/nowhere.jsonl"]) == 1
    assert main([*command, "--limit", "3"]) == 1
    assert not (tmp_path / "results" / ATTESTATIONS).exists()


def test_another_run_is_not_a_reproduction(
    reference: dict[str, Submission], reference_logs: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(SubmissionError, match="method is comply_all, submitted ideal"):
        attest_rerun(reference["ideal"], reference_logs["comply_all"], by="x", out=tmp_path / "out")
    (tmp_path / "no.eval").write_text("no log")
    with pytest.raises(SubmissionError, match="not a readable Inspect log"):
        attest_rerun(reference["ideal"], tmp_path / "no.eval", by="x", out=tmp_path / "out2")
    found = attest_rerun(reference["ideal"], reference_logs["ideal"], by="x", out=tmp_path / "out3")
    assert found.difference.mean == 0


HOSTILE: list[tuple[str, Config]] = [
    ("task is", {"task": "/tmp/evil.py"}),
    ("task is", {"task": "tasks/cosapien.py@evil"}),
    ("task is", {"task": "--help"}),
    ("model is", {"model": "none/other"}),
    ("model is", {"model": "--model-config=/etc/passwd"}),
    ("model is", {"model": ["none/none"]}),
    ("solver is", {"solver": "/tmp/evil.py"}),
    ("solver is", {"solver": "baselines/../evil"}),
    ("epochs is", {"epochs": 10**9}),
    ("epochs is", {"epochs": "1"}),
    ("dataset", {"task_args": {"dataset": "/etc/passwd"}}),
    ("dataset", {"task_args": {"dataset": "https://example.org/x.jsonl"}}),
    ("dataset is", {"task_args": {"dataset": "sample"}}),
    ("not the name", {"task_args": {"dataset": "contrast", "--log-dir": "x"}}),
    ("not a plain", {"task_args": {"dataset": "contrast", "template": "/etc/passwd"}}),
    ("not a plain", {"task_args": {"dataset": "contrast", "template": {"a": 1}}}),
    ("not a plain", {"task_args": {"dataset": "contrast", "template": "@file"}}),
    ("trust_remote_code is not passed on", {"model_args": {"trust_remote_code": True}}),
    ("base_url is not passed on", {"model_args": {"base_url": "http://example.org"}}),
    ("chat_template is not passed on", {"model_args": {"chat_template": "x"}}),
    ("not a plain", {"model_args": {"revision": "../../x"}}),
    ("not a plain", {"solver_args": {"pool": "/etc/passwd"}}),
    ("model_roles", {"model_roles": {"red_team": "openai/x"}}),
    ("model_roles", {"model_roles": {"grader": "--x"}}),
    ("model_roles", {"model_roles": {"grader": "{model: x}"}}),
    ("generate_config", {"generate_config": {"extra_body": {"a": 1}}}),
    ("generate_config", {"generate_config": {"temperature": "0 --x"}}),
    ("generate_config", {"generate_config": {"temperature": float("nan")}}),
    ("generate_config", {"generate_config": {"log_dir": "x"}}),
    ("expected exactly", {"sandbox": "docker"}),
    ("not an object", {"model_args": ["--x"]}),
]


@pytest.mark.parametrize(("said", "config"), HOSTILE)
def test_a_strangers_words_are_refused_before_anything_runs(
    said: str,
    config: Config,
    reference: dict[str, Submission],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subprocess, "run", None)
    with pytest.raises(SubmissionError, match=said):
        reproduce(
            changed(reference["ideal"], **config),
            by="x",
            log_dir=tmp_path / "logs",
            out=tmp_path / "out",
            confirm=True,
        )
    assert not (tmp_path / "logs").exists()


def test_ones_own_argument_takes_the_place_of_the_submitted_one(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    submission = changed(reference["ideal"], model_args={"base_url": "http://example.org"})
    own = ["-M", "base_url=http://127.0.0.1:1/v1"]
    command = rerun_command(submission.manifest, tmp_path, own)
    assert command[:4] == [sys.executable, "-P", "-m", "inspect_ai"]
    assert command[-2:] == own
    assert not any("example.org" in word for word in command)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["-M", "--solver", "/etc/passwd", "a/b", "x=y", "$(id)", "tasks/cosapien"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
_NAMES = (
    "task", "task_args", "model", "model_args", "model_roles", "solver", "solver_args",
    "generate_config", "epochs",
)  # fmt: skip


@pytest.fixture(scope="session")
def command_for(reference: dict[str, Submission]) -> Callable[[Config], list[str]]:
    def make(config: Config) -> list[str]:
        return rerun_command(changed(reference["ideal"], **config).manifest, Path("/logs"))

    return make


@given(config=st.dictionaries(st.sampled_from(_NAMES), _JSON, max_size=3))
def test_any_json_is_refused_or_becomes_known_options(
    config: Config, command_for: Callable[[Config], list[str]]
) -> None:
    try:
        words = command_for(config)
    except SubmissionError:
        return
    assert words[4:6] == ["eval", "tasks/cosapien"]
    options = [word for word in words[6:] if word.startswith("-")]
    values = [w for w, before in zip(words[7:], words[6:], strict=False) if before in options]
    allowed = {"--model", "-T", "-M", "-S", "--solver", "--model-role", "--log-dir", "--log-format"}
    assert set(options) <= allowed | {
        "--temperature",
        "--top-p",
        "--top-k",
        "--max-tokens",
        "--seed",
    }
    assert not any(".." in value or "$" in value for value in values)
