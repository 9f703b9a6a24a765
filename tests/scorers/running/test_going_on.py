"""A run that was ended goes on where it was; what cannot be run is one line."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from inspect_ai.log import read_eval_log

from tests.commands import PLAIN, REPO, Finished, loop, only_log, program, run
from tests.fakes.servers import AnthropicServer, ChatRequest, OpenAIServer, Reply, scripted
from tests.running import judging
from tests.scorers.running.same_log import differences

RUN = ("tasks/cosapien", "-T", "dataset=contrast", "--limit", "24")
MODEL = ("--model", "openai-api/loop/subject")


def answer(request: ChatRequest) -> Reply:
    return Reply(f"About: {request.user}")


def cosa(server: OpenAIServer, folder: Path, *args: str) -> Finished:
    return run("cosa", "run", *RUN, *MODEL, "--log-dir", str(folder), *args, **loop(server))


def users(server: OpenAIServer) -> list[str]:
    return sorted(request.user for request in server.requests)


def test_a_server_that_dies_half_way(tmp_path: Path) -> None:
    def half(request: ChatRequest) -> Reply:
        return answer(request) if server.count <= 10 else Reply.error(500, "out of memory")

    args = ("--max-connections", "1", "--max-retries", "0")
    with OpenAIServer(half) as server:
        done = cosa(server, tmp_path / "a", *args)
        assert done.returncode == 1
        (line,) = [x for x in done.stderr.splitlines() if x.startswith("cosa:")]
        assert "has stopped answering" in line
        assert "out of memory" in line
        assert "run the same command again" in line
        asked_first = users(server)[:]
        answered = {request.user for request in server.requests[:10]}
    with OpenAIServer(answer) as server:
        again = cosa(server, tmp_path / "a", *args)
        assert again.returncode == 0, again.stderr
        assert "going on with 10 of 24 samples" in again.stderr
        assert len(users(server)) == 14
        assert not answered & set(users(server))
        whole = run(
            *("inspect", "eval", *RUN, *MODEL, *args),
            *("--log-dir", str(tmp_path / "b")),
            **loop(server),
        )
        assert whole.returncode == 0, whole.stderr
    assert len(asked_first) >= 11
    assert differences(only_log(tmp_path / "b"), only_log(tmp_path / "a")) == []
    assert list((tmp_path / "a" / ".cosa-run").glob("*/")) == []  # nothing is left behind


def test_a_judge_that_dies(tmp_path: Path) -> None:
    asked = 0

    def judge(request: ChatRequest) -> Reply:
        nonlocal asked
        asked += 1
        return Reply.error(500, "gone") if asked > 21 else judging()(request)

    args = ("--model-role", "grader=openai-api/loop/judge", "--max-retries", "0")
    with OpenAIServer(scripted({"subject": answer, "judge": judge})) as server:
        done = cosa(server, tmp_path, *args, "--max-connections", "2")
    assert done.returncode == 1
    (line,) = [x for x in done.stderr.splitlines() if x.startswith("cosa:")]
    assert "openai-api/loop/judge has stopped answering" in line
    with OpenAIServer(scripted({"subject": answer, "judge": judging()})) as server:
        again = cosa(server, tmp_path, *args, "--max-connections", "9")  # is the same run
        assert again.returncode == 0, again.stderr
        assert "going on with" in again.stderr
        assert len([r for r in server.requests if r.model == "subject"]) < 24
    assert only_log(tmp_path).status == "success"


def test_a_kill_loses_seconds(tmp_path: Path) -> None:
    """Killed without warning; what was written to the work folder is not asked again."""
    folder = tmp_path / "logs"
    args = ["--max-connections", "1", "--log-dir", str(folder)]
    with OpenAIServer(lambda r: answer(r).after(0.5)) as server:
        process = subprocess.Popen(
            [program("cosa"), "run", *RUN, *MODEL, *args],
            cwd=REPO,
            env={**os.environ, **PLAIN, **loop(server)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not list(folder.glob(".cosa-run/*/samples/*.jsonl")):
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
        process.wait()
        kept = [
            line
            for file in folder.glob(".cosa-run/*/samples/*.jsonl")
            for line in file.read_text("utf-8").splitlines()
        ]
    assert kept
    with OpenAIServer(answer) as server:
        again = run("cosa", "run", *RUN, *MODEL, *args, **loop(server))
        assert again.returncode == 0, again.stderr
        assert server.count == 24 - len(kept)
    log = only_log(folder)  # the log that the first start began
    assert log.status == "success"
    assert len(log.samples or []) == 24
    assert log.stats.model_usage["openai-api/loop/subject"].total_tokens == sum(
        sample.model_usage["openai-api/loop/subject"].total_tokens for sample in log.samples or []
    )


def test_one_bad_request_is_recorded(tmp_path: Path) -> None:
    bad: list[str] = []

    def picky(request: ChatRequest) -> Reply:
        if server.count == 5:
            bad.append(request.user)
            return Reply.error(400, "unsupported character")
        return answer(request)

    with OpenAIServer(picky) as server:
        done = cosa(server, tmp_path, "--max-connections", "1")
        assert done.returncode == 1
        assert "1 of 24 samples have no answer" in done.stderr
        assert "unsupported character" in done.stderr
    log = only_log(tmp_path)
    assert log.status == "error"
    (failed,) = [sample for sample in log.samples or [] if sample.error]
    assert failed.input == bad[0]
    with OpenAIServer(answer) as server:
        assert cosa(server, tmp_path, "--max-connections", "1").returncode == 0
        assert users(server) == bad
    assert only_log(tmp_path).status == "success"


def test_busy_for_a_while(tmp_path: Path) -> None:
    def busy(request: ChatRequest) -> Reply:
        return Reply.error(429, "wait", retry_after=0.2) if server.count <= 30 else answer(request)

    with OpenAIServer(busy) as server:
        assert cosa(server, tmp_path).returncode == 0
    assert only_log(tmp_path).status == "success"


WRONG = {
    "no such model": (
        ("tasks/cosapien", "-T", "dataset=contrast", "--model", "nowhere/x"),
        "nowhere",
    ),
    "no such task": (("tasks/nothing", *MODEL), "tasks/nothing"),
    "no such judge": ((*RUN, "-T", "judge=nobody", *MODEL), "nobody"),
    "no such solver": ((*RUN, *MODEL, "--solver", "baselines/nothing"), "baselines/nothing"),
    "no judge": (("tasks/cosapien", "-T", "dataset={policy}", *MODEL), "--model-role grader"),
    "two models": ((*RUN, "--model", "openai-api/loop/a,openai-api/loop/b"), "one model at a time"),
    "parameters without a solver": ((*RUN, *MODEL, "-S", "shots=2"), "--solver"),
    "a task with tools": (("{tools}", *MODEL), "uses tools"),
    "a task with epochs": (("{tools}@epochs", *MODEL), "several epochs"),
}
TOOLS = """
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import match
from inspect_ai.solver import generate, use_tools
from inspect_ai.tool import think

@task
def tools() -> Task:
    return Task([Sample(input="x", target="y")], solver=[use_tools(think()), generate()], scorer=match())

@task
def epochs() -> Task:
    return Task([Sample(input="x", target="y")], scorer=match(), epochs=3)
"""


@pytest.mark.parametrize(("args", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_run_is_one_line(
    tmp_path: Path, policy: Path, args: tuple[str, ...], said: str
) -> None:
    tools = tmp_path / "with_tools.py"
    tools.write_text(TOOLS, encoding="utf-8")
    filled = [arg.replace("{policy}", str(policy)).replace("{tools}", str(tools)) for arg in args]
    if filled[0] == str(tools):
        filled[0] += "@tools"
    with OpenAIServer(answer) as server:
        done = run("cosa", "run", *filled, "--log-dir", str(tmp_path / "logs"), **loop(server))
        assert server.count == 0
    assert done.returncode == 1
    (line,) = [x for x in done.stderr.splitlines() if x.startswith("cosa: ")]
    assert said in line
    assert "Traceback" not in done.stderr


def test_a_wrong_key_stops_before_anything_is_spent(tmp_path: Path) -> None:
    def locked(request: ChatRequest) -> Reply:
        return (
            Reply.error(401, "Incorrect API key provided")
            if request.model == "judge"
            else answer(request)
        )

    with OpenAIServer(locked) as server:
        done = run(
            *("cosa", "run", *RUN, *MODEL, "--log-dir", str(tmp_path)),
            *("--model-role", "grader=openai-api/loop/judge"),
            **loop(server),
        )
        assert [request.model for request in server.requests] == ["judge"]
    assert done.returncode == 1
    (line,) = [x for x in done.stderr.splitlines() if x.startswith("cosa:")]
    assert "Incorrect API key provided" in line
    assert "openai-api/loop/judge" in line


def test_any_provider(tmp_path: Path) -> None:
    """A provider without an OpenAI endpoint is asked by its own client."""
    logs = []
    with AnthropicServer(answer) as server:
        env = {"ANTHROPIC_BASE_URL": server.base_url}
        for name, verb in (("inspect", "eval"), ("cosa", "run")):
            args = (*RUN, "--model", "anthropic/claude-3-5-haiku-latest")
            done = run(name, verb, *args, "--log-dir", str(tmp_path / name), **env)
            assert done.returncode == 0, done.stderr
            logs.append(only_log(tmp_path / name))
        assert server.count == 48
    assert differences(*logs) == []


def test_reports_read_it(tmp_path: Path) -> None:
    """`cosa report` and `leaderboard validate` take the log as it is."""
    args = ("tasks/cosapien", "-T", "dataset=contrast", *MODEL, "--log-dir", str(tmp_path))
    judges = scripted({"subject": answer, "judge": judging()})
    with OpenAIServer(judges) as server:
        assert run("cosa", "run", *args, **loop(server)).returncode == 0
    log = only_log(tmp_path)
    assert read_eval_log(log.location, header_only=True).results is not None
    assert "openai-api/loop/subject" in run("cosa", "report", log.location).stdout
    checked = run("leaderboard", "validate", str(next(tmp_path.glob("*.eval"))))
    assert checked.returncode in (0, 2), checked.stdout + checked.stderr  # 2: warnings
