"""The rows in the package: valid, small, described, packed, and on no board that did not ask for them."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from leaderboard.board.build import build_index
from leaderboard.board.index_file import Index
from leaderboard.display.terminal import board_text
from leaderboard.results.submission import submission_folders
from leaderboard.shipped.folder import SHIPPED, is_shipped
from leaderboard.shipped.made import read_made
from leaderboard.shipped.readme import readme
from tests.commands import REPO, run
from tests.leaderboard.shipped.small_rows import Small


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def index(cache: Path) -> Index:
    return build_index(SHIPPED, cache)


def test_every_row_is_valid_whole_and_current(index: Index) -> None:
    """If the judge changed: score the logs again and rebuild, `docs/real_model.md` says how."""
    assert index.broken == ()
    assert len(index.rows) == len(list(submission_folders(SHIPPED))) >= 2
    assert [row.partial for row in index.rows if row.partial] == []
    assert all(row.latest for row in index.rows)
    assert {row.benchmark for row in index.rows} == {"contrast", "generated"}
    assert len({row.judge_id for row in index.rows}) == 1
    # a trained model never has the original's name
    originals = [row for row in index.rows if row.model.endswith("/SmolLM2-135M-Instruct")]
    assert all("trained with" not in (row.declared.notes or "") for row in originals)
    assert all("Q4_1" in (row.declared.notes or "") for row in index.rows)


def test_it_is_small_and_says_what_it_is(index: Index) -> None:
    files = [path for path in SHIPPED.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 3_000_000
    known = {"README.md", "LICENSE", "rows.json", "submission.json", "samples.parquet"}
    assert {path.name for path in files} == known
    made = read_made(SHIPPED)
    assert made.keys() == {row.id for row in index.rows}
    text = (SHIPPED / "README.md").read_text("utf-8")
    assert text == readme(index.rows, made), "write it with `python -m leaderboard.shipped rebuild`"
    for row in index.rows:
        assert row.command in text
        assert row.run_date[:10] in text
        assert made[row.id].machine in text
    licence = (SHIPPED / "LICENSE").read_text("utf-8")
    assert "Apache License 2.0" in licence
    assert licence.endswith((REPO / "LICENSE").read_text("utf-8"))


def test_every_file_is_in_the_wheel() -> None:
    """hatchling packs every file of these packages that git does not ignore."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))
    build = project["tool"]["hatch"]["build"]
    assert "leaderboard" in build["targets"]["wheel"]["packages"]
    assert not {"exclude", "include", "only-include"} & (
        build.keys() | build["targets"]["wheel"].keys()
    )
    files = [str(path) for path in SHIPPED.rglob("*") if path.is_file()]
    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", *files], cwd=REPO, capture_output=True, check=False
    )
    assert (ignored.returncode, ignored.stdout) == (1, b"")  # 1: none of them is ignored


def test_the_board_shows_them_only_if_asked(
    index: Index, cache: Path, small: Small, tmp_path: Path
) -> None:
    env = {"COSA_CACHE": str(cache)}
    asked = run("leaderboard", "board", "--shipped", cwd=tmp_path, **env)
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.startswith("These are the rows that come with the package")
    assert asked.stdout.count("vllm/SmolLM2-135M-Instruct ") >= 4  # two tables of two tracks

    none = run("leaderboard", "board", cwd=tmp_path, **env)
    assert none.returncode == 1
    (line,) = none.stderr.splitlines()
    assert "results: no such folder" in line
    assert line.endswith("--shipped")

    small.add(tmp_path / "results")
    own = run("leaderboard", "board", cwd=tmp_path, **env)
    assert own.returncode == 0, own.stderr
    assert "vllm/scripted" in own.stdout
    assert "SmolLM2" not in own.stdout


def test_a_narrow_terminal_has_lines_instead_of_wide_tables(index: Index) -> None:
    narrow = board_text(index, 100)
    assert max(map(len, narrow.splitlines())) <= 100
    for row in index.rows:
        assert f"{row.name}\n    rank " in narrow
    wide = board_text(index)
    assert re.search(r"\| rank +\| ties +\| row +\|", wide)
    assert board_text(index, max(map(len, wide.splitlines()))) == wide


def test_only_one_place_is_named() -> None:
    both = run("leaderboard", "board", "--shipped", "--dir", "results")
    assert both.returncode == 2
    alone = run("leaderboard", "serve", "--or-shipped")
    assert alone.returncode == 1
    assert "--or-shipped goes with --logs" in alone.stderr


def test_the_shipped_folder_is_known_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(SHIPPED)
    assert is_shipped(tmp_path / "link")
    assert not is_shipped(tmp_path)
    assert json.loads((SHIPPED / "rows.json").read_text("utf-8"))
