"""`cosa run --engine batch`: the log of `--engine async`, and a killed run that pays nothing twice."""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from threading import Thread

import pytest

from scorers.cli import main
from tests.commands import PLAIN, REPO, only_log, program, run
from tests.fakes.anthropic_batch_server import AnthropicBatchServer
from tests.fakes.batches import FakeBatch
from tests.fakes.openai_batch_server import OpenAIBatchServer
from tests.fakes.servers import ChatRequest, Reply, scripted
from tests.running import PREFLIGHT
from tests.scorers.running.same_log import differences
from tests.scorers.running.test_same_log import candidate, judge

QUICK = ("--engine", "batch", "--batch-poll", "0.2", "--batch-alone", "3")
MODEL = ("--model", "openai/gpt-4o")
JUDGE = ("--model-role", "grader=openai/gpt-4.1")


def openai_judge(request: ChatRequest) -> Reply:
    """The judge of the other tests, which answers in JSON where it is asked by a schema."""
    said = judge(request)
    if request.response_schema is None or request.user == PREFLIGHT:
        return said
    field = next(name for name in request.response_schema["properties"] if name != "rationale")
    length = len(request.user)
    value = length % 6 if field == "rating" else ("yes" if length % 3 else "no")
    allowed = request.response_schema["properties"][field].get("enum", [value])
    verdict = {"rationale": "Hm.", field: value if value in allowed else allowed[0]}
    return Reply(json.dumps(verdict) if length % 7 else "No verdict here.")


REPLY = scripted({"gpt-4o": candidate, "gpt-4.1": openai_judge})


def keys(server: OpenAIBatchServer) -> dict[str, str]:
    return {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "loopback"}


def bodies(server: OpenAIBatchServer | AnthropicBatchServer) -> list[str]:
    return sorted(json.dumps(r.body, sort_keys=True) for r in server.requests)


SOLVERS = {
    "plain": (),
    "cascade": ("--solver", "baselines/cascade", "-S", "shots=1", "-S", "attempts=2"),
}


@pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS.keys())
def test_the_log_is_the_same(tmp_path: Path, solver: tuple[str, ...]) -> None:
    """Judged by a model that is asked again; one wave for candidates, one for judges, and so on."""
    args = ("tasks/cosapien", "-T", "dataset=contrast", "-T", "judge=auto", "--limit", "12")
    args = (*args, "-T", "attempts=2", *MODEL, *JUDGE, *solver, "--max-tokens", "99")
    logs, sent = [], []
    with OpenAIBatchServer(REPLY) as server:
        for name, engine in (("async", ()), ("batch", QUICK)):
            server.clear()
            folder = tmp_path / name
            done = run("cosa", "run", *args, "--log-dir", str(folder), *engine, **keys(server))
            assert done.returncode == 0, done.stderr
            logs.append(only_log(folder))
            sent.append(bodies(server))
        assert server.batched > 12
        assert sent[0] == sent[1]
        assert not list((tmp_path / "batch" / ".cosa-run").glob("*/"))  # nothing is left behind
    assert differences(*logs) == []


def test_another_provider(tmp_path: Path) -> None:
    """Anthropic's; the odd answers are counted alike, since the bodies differ by `stream`."""

    def reply(request: ChatRequest) -> Reply:
        return Reply(f"About: {request.user}", usage=(40, 4))

    args = ("tasks/cosapien", "-T", "dataset=contrast", "--limit", "12")
    args = (*args, "--model", "anthropic/claude-3-5-haiku-latest")
    with AnthropicBatchServer(reply) as server:
        env = {"ANTHROPIC_BASE_URL": server.base_url}
        logs = []
        for name, engine in (("async", ()), ("batch", QUICK)):
            folder = tmp_path / name
            done = run("cosa", "run", *args, "--log-dir", str(folder), *engine, **env)
            assert done.returncode == 0, done.stderr
            logs.append(only_log(folder))
        assert (server.batched, server.count) == (12, 24)
    assert differences(*logs) == []


COMMAND = ("tasks/cosapien", "-T", "dataset=contrast", "--limit", "12", *MODEL, *QUICK)


def records(folder: Path) -> str:
    return " ".join(file.read_text("utf-8") for file in folder.rglob("batch.json"))


def test_a_kill_in_the_middle_of_a_wave(tmp_path: Path) -> None:
    """Killed while the judge's batch is under way. It ends while nobody looks, the folder is moved as
    to another machine, and the same command goes on: each request was made, and paid, once."""

    def slow(batch: FakeBatch) -> None:
        batch.looks = 10**9 if batch.number == 2 else 1

    args = (*COMMAND, *JUDGE, "-T", "judge=auto", "-T", "attempts=1", "--log-dir")
    with OpenAIBatchServer(REPLY, on_create=slow) as server:
        process = subprocess.Popen(
            [program("cosa"), "run", *args, str(tmp_path / "a")],
            cwd=REPO,
            env={**os.environ, **PLAIN, **keys(server)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while '"batch_2"' not in records(tmp_path / "a"):
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
        process.wait()
        assert server.batched == 12  # the candidate's answers; the judge's check went alone
        assert server.count == 13
        server.shelf.batches["batch_2"].looks = 1
        (tmp_path / "a").rename(tmp_path / "b")
        done = run("cosa", "run", *args, str(tmp_path / "b"), **keys(server))
        assert done.returncode == 0, done.stderr
        assert len(server.shelf.batches) == 2
        assert set(Counter(bodies(server)).values()) == {1}
    log = only_log(tmp_path / "b")
    assert log.status == "success"
    assert len(log.samples or []) == 12


def test_an_interrupt_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process: the server sends the signal when the run looks at its batch."""
    with OpenAIBatchServer(REPLY, looks=10**9) as server:
        for name, value in keys(server).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(REPO)

        def interrupt() -> None:
            while '"batch_1"' not in records(tmp_path):
                time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)

        Thread(target=interrupt, daemon=True).start()
        assert main(["run", *COMMAND, "--log-dir", str(tmp_path)]) == 1
        (line,) = [x for x in capsys.readouterr().err.splitlines() if x.startswith("cosa:")]
        assert "the same command goes on" in line
        assert f"batch_1 (to end them: cosa batches cancel {tmp_path})" in line
        assert not server.shelf.batches["batch_1"].cancelled


def test_options_need_the_engine(tmp_path: Path) -> None:
    args = ("tasks/cosapien", "-T", "dataset=contrast", "--model", "mockllm/model")
    done = run("cosa", "run", *args, "--batch-size", "9", "--log-dir", str(tmp_path))
    assert done.returncode == 1
    assert "an option of --engine batch is given: size" in done.stderr


def test_a_model_without_batches_is_one_line(tmp_path: Path) -> None:
    args = ("tasks/cosapien", "-T", "dataset=contrast", "--model", "mockllm/model")
    done = run("cosa", "run", *args, "--engine", "batch", "--log-dir", str(tmp_path))
    assert done.returncode == 1
    (line,) = [x for x in done.stderr.splitlines() if x.startswith("cosa:")]
    assert "batches are made for openai/ and anthropic/ models" in line
