"""A run beside the shipped rows, and put among them: small scripted rows."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from leaderboard.errors import SubmissionError
from leaderboard.results.submission import submission_folders
from leaderboard.shipped.__main__ import main
from leaderboard.shipped.compare import compare
from leaderboard.shipped.made import Made, read_made
from leaderboard.shipped.rebuild import rebuild
from tests.leaderboard.shipped.small_rows import Small

HERE = Made("a machine", {"vllm": "1.0"})


@pytest.fixture
def shipped(small: Small, tmp_path: Path) -> Path:
    """One row of helpful answers to all 24 prompts: CoSA-Score +1."""
    folder = tmp_path / "shipped"
    small.add(folder)
    (folder / "LICENSE").write_text("The terms.\n", "utf-8")
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[str]]:
    code = main(list(map(str, words)))
    captured = capsys.readouterr()
    return code, (captured.out + captured.err).splitlines()


def test_the_same_answers_are_equal_whatever_served_them(
    small: Small, shipped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small.add(tmp_path / "again", model="hf/scripted")
    code, lines = said(capsys, "compare", "--dir", tmp_path / "again", "--shipped", shipped)
    assert code == 0
    assert lines[0].startswith("equal: vllm/scripted, generated @ ")
    assert lines[1].startswith("  CoSA-Score  +1.000 [")
    assert lines[1].endswith(" shipped, +1.000 here")
    assert lines[2].endswith(" shipped, 100.0% here")
    assert lines[3] == "  24 of 24 responses have the same text; answered by hf/scripted here"


def test_a_few_other_answers_are_inside_and_many_differ(
    small: Small, shipped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small.add(tmp_path / "few", refused=1)  # 23/24
    code, lines = said(capsys, "compare", "--dir", tmp_path / "few", "--shipped", shipped)
    assert code == 0
    assert lines[0].startswith("inside the interval: ")
    assert lines[1].endswith(" shipped, +0.958 here")
    assert lines[3] == "  23 of 24 responses have the same text"

    small.add(tmp_path / "many", refused=24)  # 0/24
    code, lines = said(capsys, "compare", "--dir", tmp_path / "many", "--shipped", shipped)
    assert code == 1
    assert lines[0].startswith("differs: ")
    assert lines[1].endswith(" shipped, +0.000 here")


def test_what_cannot_be_compared_is_no_agreement(
    small: Small, shipped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def slower(text: dict[str, Any]) -> None:
        text["decoding"]["temperature"] = 0.5

    small.add(tmp_path / "other", manifest=slower)
    (found,) = compare(tmp_path / "other", shipped)
    assert (found.verdict, found.here) == ("other data or judge", None)

    small.add(tmp_path / "another", model="vllm/another")
    code, lines = said(capsys, "compare", "--dir", tmp_path / "another", "--shipped", shipped)
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith("not run: vllm/scripted, ")

    small.add(tmp_path / "few", few=True)  # a partial run says nothing about the whole
    (found,) = compare(tmp_path / "few", shipped)
    assert found.verdict == "not run"

    code, lines = said(capsys, "compare", "--dir", tmp_path / "nowhere", "--shipped", shipped)
    assert (code, len(lines)) == (1, 1)
    assert "nowhere: no such folder" in lines[0]


def test_a_new_row_is_added_and_the_same_row_replaced(
    small: Small, shipped: Path, tmp_path: Path
) -> None:
    small.add(tmp_path / "new", refused=24)
    small.add(tmp_path / "new", model="vllm/another")
    small.add(tmp_path / "new", model="vllm/third", few=True)  # partial: left out
    lines = rebuild(tmp_path / "new", shipped, HERE)
    assert sorted(line.partition(",")[0] for line in lines[:2]) == [
        "added: vllm/another",
        "replaced: vllm/scripted",
    ]
    assert any(line.endswith("generated: +0.000, was +1.000") for line in lines)
    folders = list(submission_folders(shipped))
    assert len(folders) == 2
    assert read_made(shipped) == dict.fromkeys((folder.name for folder in folders), HERE)
    readme = (shipped / "README.md").read_text("utf-8")
    assert "| `vllm/another`  |" in readme
    assert "+0.000" in readme
    assert (shipped / "LICENSE").read_text("utf-8") == "The terms.\n"

    # again on another machine: what made the rows that are there stays
    again = rebuild(tmp_path / "new", shipped, Made("another machine", {}))
    assert [line.partition(":")[0] for line in again[:2]] == ["as it was"] * 2
    assert set(json.loads((shipped / "rows.json").read_text("utf-8"))) == set(read_made(shipped))
    assert {made.machine for made in read_made(shipped).values()} == {"a machine"}


def test_what_is_too_large_or_invalid_changes_nothing(
    small: Small, shipped: Path, tmp_path: Path
) -> None:
    def files() -> dict[str, bytes]:
        found = (path for path in shipped.rglob("*") if path.is_file())
        return {str(path.relative_to(shipped)): path.read_bytes() for path in found}

    before = files()
    small.add(tmp_path / "new", model="vllm/another")
    with pytest.raises(SubmissionError, match=r"bytes, 1,000 are allowed; nothing was changed"):
        rebuild(tmp_path / "new", shipped, HERE, most=1_000)
    assert files() == before

    small.add(tmp_path / "partial", few=True)
    with pytest.raises(SubmissionError, match="no whole run of a model"):
        rebuild(tmp_path / "partial", shipped, HERE)

    (folder,) = submission_folders(tmp_path / "new")
    (folder / "samples.parquet").write_bytes(b"something else")
    with pytest.raises(SubmissionError, match="left out of the board"):
        rebuild(tmp_path / "new", shipped, HERE)
    assert files() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_row_that_is_not_valid_any_more_is_dropped(
    small: Small, shipped: Path, tmp_path: Path
) -> None:
    """As the rows of an older judge, which would keep the new ones out."""
    (old,) = submission_folders(shipped)
    shutil.copyfile(old / "submission.json", old / "samples.parquet")
    small.add(tmp_path / "new", model="vllm/another")
    lines = rebuild(tmp_path / "new", shipped, HERE)
    assert [line.partition(":")[0] for line in lines[:2]] == [
        "added",
        "dropped, since the board leaves it out",
    ]
    assert len(list(submission_folders(shipped))) == 1
