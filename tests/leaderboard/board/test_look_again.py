"""A server that is asked to look for new submissions."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from cosapien import UserError
from leaderboard.app.environment import INDEX, RESULTS, SOURCE
from leaderboard.app.serving import Source, look_again
from leaderboard.board.build import build_index
from leaderboard.board.index_file import Index, open_index
from leaderboard.intake.collect import results_from_logs
from leaderboard.results.hub import files_of
from leaderboard.results.submission import Submission, add_submission, submission_folders
from tests.fakes.hub import HubError
from tests.fakes.hub_writes import TOKEN, WritableHub


def serve(
    results: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, source: Source | None = None
) -> Index:
    """What `serving.serve` tells its server."""
    index = build_index(results, cache)
    monkeypatch.setenv(INDEX, str(index.path))
    monkeypatch.setenv(RESULTS, str(results))
    monkeypatch.setenv(SOURCE, json.dumps(asdict(source or Source())))
    return index


def names() -> list[str]:
    return sorted(row.name for row in open_index(Path(os.environ[INDEX])).rows)


def test_a_submission_that_was_added_appears(
    reference: dict[str, Submission], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tmp_path / "results"
    add_submission(reference["ideal"], results)
    index = serve(results, tmp_path / "cache", monkeypatch)
    look_again()
    assert os.environ[INDEX] == str(index.path.resolve())
    add_submission(reference["refuse_all"], results)
    look_again()
    assert names() == ["ideal", "refuse_all"]
    assert index.path.exists()  # pages that are being drawn still read it


def test_logs_are_read_again_and_none_twice(
    reference_logs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results, logs = tmp_path / "results", tmp_path / "logs"
    logs.mkdir()
    results.mkdir()
    (logs / "ideal.eval").write_bytes(reference_logs["ideal"].read_bytes())
    results_from_logs([str(logs)], results)
    serve(results, tmp_path / "cache", monkeypatch, Source(logs=(str(logs),)))
    (logs / "refuse.eval").write_bytes(reference_logs["refuse_all"].read_bytes())
    look_again()
    assert names() == ["ideal", "refuse_all"]


def test_the_shipped_rows_give_way_to_the_first_log(
    reference_logs: dict[str, Path],
    reference: dict[str, Submission],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A folder of its own stands for the package's, which must not get a row."""
    shipped, logs, own = tmp_path / "shipped", tmp_path / "logs", tmp_path / "own"
    add_submission(reference["ideal"], shipped)
    source = Source(logs=(str(logs),), into=str(own))
    index = serve(shipped, tmp_path / "cache", monkeypatch, source)
    look_again()  # there is not even a folder
    assert os.environ[INDEX] == str(index.path.resolve())
    logs.mkdir()
    with pytest.raises(UserError, match=r"no \.eval logs"):
        look_again()
    assert os.environ[RESULTS] == str(shipped)

    (logs / "refuse.eval").write_bytes(reference_logs["refuse_all"].read_bytes())
    look_again()
    assert names() == ["refuse_all"]
    assert os.environ[RESULTS] == str(own)
    assert len(list(submission_folders(shipped))) == 1
    look_again()
    assert names() == ["refuse_all"]


def test_a_source_that_is_gone_leaves_the_board_as_it_was(
    reference: dict[str, Submission], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tmp_path / "results"
    add_submission(reference["ideal"], results)
    (tmp_path / "gone").mkdir()
    gone = Source(logs=(str(tmp_path / "gone"),))  # its logs were deleted
    index = serve(results, tmp_path / "cache", monkeypatch, gone)
    with pytest.raises(UserError, match="gone"):
        look_again()
    assert os.environ[INDEX] == str(index.path)


REPO = "org/results"
SERVER = """
import json, os, sys
from dataclasses import asdict
from pathlib import Path
from cosapien import UserError
from leaderboard.results.hub import fetch_results
from leaderboard.board.build import build_index
from leaderboard.board.index_file import open_index
from leaderboard.app.environment import INDEX, RESULTS, SOURCE
from leaderboard.app.serving import Source, look_again

repo, cache = sys.argv[1:]
results = fetch_results(repo).folder
os.environ[INDEX] = str(build_index(results, Path(cache)).path)
os.environ[RESULTS] = str(results)
os.environ[SOURCE] = json.dumps(asdict(Source(repo=repo)))
fault = None
while True:
    index = open_index(Path(os.environ[INDEX]))
    there = [r.id for r in index.rows if (Path(os.environ[RESULTS]) / r.folder).is_dir()]
    shown = sorted(r.name for r in index.rows if r.id in there)
    print(json.dumps({"names": shown, "index": os.environ[INDEX], "fault": fault}), flush=True)
    if not sys.stdin.readline():
        break
    try:
        look_again()
        fault = None
    except UserError as error:
        fault = str(error)
"""
"""A server's process: the client reads the Hub's address once, when it is imported."""


class Server:
    """A board that is served from a repository, and asked to look again."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def shows(self) -> Any:
        """The names of its rows, its index file, and what went wrong when it looked last."""
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def looks(self) -> Any:
        """The same after another look."""
        assert self._process.stdin is not None
        self._process.stdin.write("look\n")
        self._process.stdin.flush()
        return self.shows()


@contextmanager
def served(hub: WritableHub, folder: Path) -> Iterator[Server]:
    own = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, REPO, str(folder / "cache")],
        env={**os.environ, **own, "HF_HOME": str(folder / "hf")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield Server(process)
        finally:
            process.kill()


def put(hub: WritableHub, *submissions: Submission) -> None:
    """A repository of these submissions, as if pull requests with them had been merged."""
    found = {path: file.read_bytes() for path, file in files_of(submissions).items()}
    hub.add_dataset(REPO, {"README.md": b"Results", **found})


def test_what_was_merged_on_the_hub_appears(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    with WritableHub() as hub:
        put(hub, reference["ideal"])
        with served(hub, tmp_path) as server:
            before = server.shows()
            assert before["names"] == ["ideal"]
            assert server.looks() == before  # nothing has come: the same index
            put(hub, reference["ideal"], reference["refuse_all"])
            after = server.looks()
            assert (after["names"], after["fault"]) == (["ideal", "refuse_all"], None)
            assert Path(before["index"]).exists()  # pages that are being drawn still read it


def test_a_hub_that_is_away_leaves_the_board_as_it_was(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    with WritableHub() as hub:
        put(hub, reference["ideal"])
        with served(hub, tmp_path) as server:
            before = server.shows()
            put(hub, reference["ideal"], reference["refuse_all"])

            def fails(expected: str) -> None:
                found = server.looks()
                assert expected in found.pop("fault")
                assert found == {name: before[name] for name in ("names", "index")}

            # 501 is a fault of the server that the client does not retry for half a minute
            hub.fail(REPO, 501)
            fails("cannot be reached")
            hub.fail(REPO, 404, "RepoNotFound")
            fails("no such data set")
            hub.faults.clear()
            # the new commit is told, and its files cannot be had
            hub.faults[f"/datasets/{REPO}/resolve"] = HubError(501)
            fails("HTTP 501")
            hub.faults.clear()
            assert server.looks()["names"] == ["ideal", "refuse_all"]
