"""`cosa run --engine ray`: the log of `--engine async`, asked by a replica on a cluster."""

from pathlib import Path

import pytest

from tests.commands import loop, only_log, run
from tests.fakes.servers import OpenAIServer, scripted
from tests.scorers.running.same_log import differences
from tests.scorers.running.test_same_log import LLM, candidate, judge


@pytest.mark.train
def test_the_log_is_the_same(tmp_path: Path, policy: Path) -> None:
    pytest.importorskip("ray")
    args = ("tasks/cosapien", "-T", f"dataset={policy}", "--model", "openai-api/loop/subject", *LLM)
    logs = []
    with OpenAIServer(scripted({"subject": candidate, "judge": judge})) as server:
        for engine in ("async", "ray"):
            server.clear()
            folder = tmp_path / engine
            done = run(
                *("cosa", "run", *args, "--engine", engine, "--log-dir", str(folder)),
                **loop(server),
            )
            assert done.returncode == 0, done.stderr
            logs.append(only_log(folder))
    assert differences(*logs) == []
