"""A step that fails or is interrupted, and the same command again.

Inspect is as it is; its `vllm serve` answers as told.
"""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from tests.benchmarks.paper.place import Place, cells, judge, write_data
from tests.commands import REPO
from tests.fakes.servers import OpenAIServer
from tests.fakes.tiny_model import build_tiny_llama

FAKE = REPO / "tests" / "tasks" / "real_model" / "fake_vllm.py"
pytestmark = pytest.mark.train
ARGS = ("--judge", "openai-api/loop/judge", "--yes", "--limit", "4")


@dataclass(frozen=True)
class Served(Place):
    """A place with a `.venv-vllm` whose server is a fake."""

    @property
    def scripts(self) -> Path:
        return self.folder / ".venv-vllm" / "bin"

    def tell(self, **script: int) -> None:
        """Tell the server what to do (`fake_vllm.py`)."""
        (self.scripts / "script.json").write_text(json.dumps(script), encoding="utf-8")

    def asked(self) -> Counter[str]:
        """How often it was asked for each note since the last call."""
        path = self.scripts / "asked.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        prompts = [str(json.loads(line)["prompt"]) for line in lines]
        return Counter(p for p in prompts if re.fullmatch(r"May I have the \w+ notes of \w+\?", p))


def assert_goes_on(place: Served) -> None:
    """Six of the twelve answers, with three numbers of demonstrations, are not asked for again.

    Inspect's cache knows an answer by the server's address, which is not known before the first
    answer. So the cascades may ask for four responses that the first row of a process had.
    """
    assert 6 <= place.asked().total() <= 6 + 4


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_llama(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture
def place(tiny: Path, tmp_path: Path) -> Served:
    place = Served(tmp_path, tuple(write_data(tmp_path)))
    shutil.copytree(tiny, place.model)
    place.scripts.mkdir(parents=True)
    (tmp_path / "importable").mkdir()
    (tmp_path / "importable" / "vllm.py").touch()  # Inspect looks whether vLLM can be imported
    path = f"{REPO}:{tmp_path / 'importable'}"
    run = f"import runpy; runpy.run_path({str(FAKE)!r}, run_name='__main__')"
    for name, text in (
        ("python", f'#!/bin/sh\nPYTHONPATH="{path}" exec "{sys.executable}" "$@"\n'),
        ("vllm", f"#!{sys.executable}\nimport sys; sys.path.insert(0, {str(REPO)!r})\n{run}\n"),
    ):
        (place.scripts / name).write_text(text, encoding="utf-8")
        (place.scripts / name).chmod(0o755)
    return place


def test_a_failed_step_is_one_line_and_the_same_command_finishes_it(
    place: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only = ("--only", "base-cosapien,sft-cosapien")
    place.tell(fail_after=6)
    with OpenAIServer(judge) as server:
        code, out, err = place.run(monkeypatch, capsys, server, *ARGS, *only)
        assert code == 1
        (line,) = {line for line in err.splitlines() if "base-cosapien: not established" in line}
        assert "cosapien_ica_1shot and 3 more" in line
        assert "the cards are out" in line
        assert "inspect.txt" in line
        # a step without its model is skipped with its reason, after the one that failed
        assert "sft-cosapien: not established: it needs the step sft, which is not made" in err
        assert "1 of 6 figures" in out
        place.asked()

        place.tell()
        code, out, _ = place.run(monkeypatch, capsys, server, *ARGS, *only)
        assert code == 1
        assert "5 of 6 figures" in out
        assert "base-cosapien: going on after" in out
    assert_goes_on(place)

    # every answer is rated 4 of 5; blue complies, red does not, and the oracle withdraws red
    table = place.table()
    for name, score in (
        *(("tiny + ICA", "0.000"), ("tiny + ICA-1shot", "0.000"), ("tiny + ICA-5shot", "0.000")),
        *(("tiny + ICA-5shot + Cascade", "0.000"), ("tiny + ICA-5shot + Cascade-Oracle", "+0.400")),
    ):
        (row,) = [row for row in cells(table, name) if row[1] == "all"]
        assert row[2].startswith(f"{score} ["), row
        assert row[5:7] == ["4", "0.0%"]
    # the hashes are those of the files
    logs = list((place.out / "logs").glob("base-cosapien-*/*.eval"))
    known = {sha256(log.read_bytes()).hexdigest() for log in logs}
    assert set(re.findall(r"`([0-9a-f]{64})`", table)) <= known
    assert table.count("`logs/base-cosapien-") == 5


def test_an_interrupted_command_goes_on(
    place: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place.tell(hold_after=6)
    only = ("--only", "base-cosapien")
    with OpenAIServer(judge) as server:
        process = subprocess.Popen(
            place.command(*ARGS, *only),
            **place.options(server),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            asked = place.scripts / "asked.jsonl"
            for _ in range(1200):
                if asked.exists() and len(asked.read_text("utf-8").splitlines()) >= 7:
                    break
                time.sleep(0.2)
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=240)
        finally:
            process.kill()
        assert process.returncode == 130, said
        assert said.endswith("paper: interrupted; the same command goes on where it stopped\n")
        place.asked()

        place.tell()
        code, out, err = place.run(monkeypatch, capsys, server, *ARGS, *only)
        assert code == 0, err
    assert_goes_on(place)
    assert "5 of 5 figures" in out
