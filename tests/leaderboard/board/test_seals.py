"""What is kept of a check: used again for the very same files, and for nothing else."""

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.speed.board_data import make_submission
from cosapien import load_cosalign_test
from leaderboard.board import pool as checking
from leaderboard.board.build import build_index
from leaderboard.board.seals import checked, kept, sealed
from leaderboard.intake.against_benchmark import load_for
from leaderboard.results.layout import MANIFEST, SAMPLES
from leaderboard.results.submission import submission_folders


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two submissions of the bundled miniature; copy the folder before changing it."""
    results = tmp_path_factory.mktemp("made") / "results"
    benchmark = load_cosalign_test("sample")
    for number in (0, 300):
        make_submission(benchmark, number, results)
    return results


@pytest.fixture
def results(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "results")
    return tmp_path / "results"


def folders(results: Path) -> list[Path]:
    return list(submission_folders(results))


def test_what_was_found_is_used_again_and_is_the_same(results: Path, tmp_path: Path) -> None:
    (first, _) = sealed(folders(results), results)
    assert kept(first, tmp_path / "cache") is None
    found = checked(first, results, tmp_path / "cache", load_for)
    again = kept(first, tmp_path / "cache")
    assert again is not None
    assert again.findings == found.findings
    assert again.table.equals(found.table)
    assert again.table.num_rows == 72


def test_changed_samples_under_the_same_manifest_leave_the_board(
    results: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    first = build_index(results, cache)
    assert len(first.rows) == 2
    samples = folders(results)[0] / SAMPLES
    content = bytearray(samples.read_bytes())
    content[len(content) // 2] ^= 1
    samples.write_bytes(content)
    second = build_index(results, cache)
    assert second.path != first.path
    assert len(second.rows) == 1
    (broken,) = second.broken
    assert broken.reason.partition(": ")[2].startswith("hash: ")


def test_a_file_beside_a_known_submission_is_found(results: Path, tmp_path: Path) -> None:
    build_index(results, tmp_path / "cache")
    (folders(results)[0] / "run.py").write_text("print()")
    assert [b.reason.split(": ")[1] for b in build_index(results, tmp_path / "cache").broken] == [
        "files"
    ]


def test_a_damaged_kept_file_is_made_again(results: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = build_index(results, cache)
    for path in cache.rglob("*.parquet"):
        path.write_bytes(b"PAR1")
        if path.name.startswith("index-"):
            path.unlink()
    assert build_index(results, cache).rows == first.rows


def test_a_check_that_awaits_its_data_is_not_kept(results: Path, tmp_path: Path) -> None:
    folder = folders(results)[0]
    text = json.loads((folder / MANIFEST).read_text())
    text["data"] |= {"benchmark": "microsoft/CoSAlign-Test", "revision": "0" * 40}
    (folder / MANIFEST).write_text(json.dumps(text))
    (each,) = sealed([folder], results)

    def unavailable(_: object) -> tuple[None, str]:
        return None, "the Hub is away"

    found = checked(each, results, tmp_path / "cache", unavailable)
    assert "data" in {finding.code for finding in found.findings}
    assert kept(each, tmp_path / "cache") is None


def test_many_submissions_are_checked_by_several_processes_with_the_same_result(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folders(results)[0] / SAMPLES).write_bytes(b"no parquet")
    alone = build_index(results, tmp_path / "one")
    monkeypatch.setattr(checking, "MIN_FOR_POOL", 1)
    together = build_index(results, tmp_path / "other")
    assert together.rows == alone.rows
    assert together.broken == alone.broken
    assert len(alone.broken) == 1
