"""`cosa run --engine ray`: the log of `--engine async`, one replica a model, finished samples kept."""

import json
import os
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.commands import PLAIN, REPO, loop, only_log, program, run
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply, scripted
from tests.running import PREFLIGHT, is_helpfulness, judging
from tests.scorers.running.same_log import differences
from tests.scorers.running.test_same_log import LLM, candidate, judge

REMINDER = "no readable verdict"
pytestmark = [pytest.mark.train, pytest.mark.timeout(900)]  # a cluster takes a while to start


def asking(server: OpenAIServer) -> set[int]:
    """Processes that are connected to a server now."""
    port = urlsplit(server.base_url).port
    return {
        found.pid
        for found in psutil.net_connections("tcp4")
        if found.raddr and found.raddr.port == port and found.pid is not None
    }


def first(request: ChatRequest) -> bool:
    """Whether a judge is asked about compliance, and not again."""
    return not (request.user == PREFLIGHT or is_helpfulness(request) or REMINDER in request.user)


def test_the_log_is_the_same_and_each_model_is_opened_once(tmp_path: Path, policy: Path) -> None:
    """The judge is asked at the start, twice a sample, and again where its verdict cannot be read."""
    pytest.importorskip("ray")
    args = ("tasks/cosapien", "-T", f"dataset={policy}", "-T", "attempts=2")
    args = (*args, "--model", "openai-api/loop/subject", *LLM)
    replicas: set[int] = set()

    def noted(request: ChatRequest) -> Reply:
        replicas.update(asking(server))
        if request.model == "subject":
            return candidate(request)
        return Reply("I do not know.") if first(request) else judge(request)

    logs = []
    with OpenAIServer(noted) as server:
        for engine in ("async", "ray"):
            replicas.clear()
            server.clear()
            folder = tmp_path / engine
            done = run(
                *("cosa", "run", *args, "--engine", engine, "--log-dir", str(folder)),
                timeout=600,
                **loop(server),
            )
            assert done.returncode == 0, done.stderr
            logs.append(only_log(folder))
            judged = [request for request in server.requests if request.model == "judge"]
            again = [request for request in judged if REMINDER in request.user]
            assert len(again) == len([request for request in judged if first(request)]) > 0
    assert len(replicas) == 2  # processes of Ray: the candidate's and the judge's
    assert differences(*logs) == []


def test_finished_samples_are_not_asked_again(tmp_path: Path) -> None:
    """The driver is killed; then the judge dies, which is one line; another engine does the rest."""
    pytest.importorskip("ray")
    args = ["tasks/cosapien", "-T", "dataset=contrast", "--limit", "12", *LLM]
    args += ["--model", "openai-api/loop/subject", "--max-connections", "1", "--max-retries", "0"]
    args += ["--log-dir", str(tmp_path)]

    def answer(request: ChatRequest) -> Reply:
        return Reply(f"About: {request.user}").after(0.5)

    def dead(request: ChatRequest) -> Reply:
        return Reply("OK") if request.user == PREFLIGHT else Reply.error(500, "out of memory")

    def asked(server: OpenAIServer) -> set[str]:
        return {request.user for request in server.requests if request.model == "subject"}

    with OpenAIServer(scripted({"subject": answer, "judge": judging()})) as server:
        process = subprocess.Popen(
            [program("cosa"), "run", *args, "--engine", "ray"],
            cwd=REPO,
            env={**os.environ, **PLAIN, **loop(server)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not list(tmp_path.glob(".cosa-run/*/samples/*.jsonl")):
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
        process.wait()
    finished = {
        json.loads(line)["input"]
        for file in tmp_path.glob(".cosa-run/*/samples/*.jsonl")
        for line in file.read_text("utf-8").splitlines()
    }
    assert 0 < len(finished) < 12
    with OpenAIServer(scripted({"subject": answer, "judge": dead})) as server:
        done = run("cosa", "run", *args, "--engine", "ray", timeout=600, **loop(server))
        assert done.returncode == 1
        (line,) = [x for x in done.stderr.splitlines() if x.startswith("cosa:")]
        assert "openai-api/loop/judge has stopped answering" in line
        assert "out of memory" in line
        assert asked(server)
        assert not asked(server) & finished
    with OpenAIServer(scripted({"subject": answer, "judge": judging()})) as server:
        done = run("cosa", "run", *args, **loop(server))
        assert done.returncode == 0, done.stderr
        assert len(asked(server)) == 12 - len(finished)
        assert not asked(server) & finished
    assert only_log(tmp_path).status == "success"
