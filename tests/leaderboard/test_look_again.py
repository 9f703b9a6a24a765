"""A server that is asked to look for new submissions."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from cosapien import UserError
from leaderboard.index import build_index
from leaderboard.index_file import Index, open_index
from leaderboard.places import results_from_logs
from leaderboard.serving import INDEX, RESULTS, SOURCE, Source, look_again
from leaderboard.submission import Submission, add_submission


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
