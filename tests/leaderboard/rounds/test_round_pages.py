"""A round in the app and on the site: its closing date, its level, and the drop from a public seed."""

from pathlib import Path

import pytest

from leaderboard.board.build import build_index
from leaderboard.board.index_file import Index
from leaderboard.cli import main
from leaderboard.results.submission import Submission, add_submission
from tests.leaderboard.app.test_app import open_page, show, texts
from tests.leaderboard.rounds.round_factory import play, public_run


@pytest.fixture(scope="module")
def results(reference: dict[str, Submission], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a round, the same model on a public seed, and a row of other data."""
    base = tmp_path_factory.mktemp("pages")
    played, public = play(base), public_run(base / "public")
    folder = base / "results"
    assert (
        main(["submit", str(played.log), "--round", str(played.folder), "--dir", str(folder)]) == 0
    )
    assert main(["submit", str(public), "--dir", str(folder)]) == 0
    add_submission(reference["ideal"], folder)
    return folder


@pytest.fixture
def index(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    monkeypatch.setenv("COSA_CACHE", str(tmp_path / "cache"))
    index = build_index(results, tmp_path / "cache")
    assert index.broken == ()
    show(index, results, monkeypatch)
    return index


def test_the_board_filters_by_level_and_says_when_a_round_closes(index: Index) -> None:
    app = open_page("board")
    assert len(app.subheader) == 3
    assert "entries until 2999" in texts(app)
    app = app.multiselect(key="level").select("1").run()
    assert not app.exception
    assert sorted(str(title.value).partition(" ")[0] for title in app.subheader) == [
        "generated",
        "round",
    ]
    app = open_page("board", level="1")  # from the address
    assert len(app.subheader) == 2


def test_the_page_of_a_row_shows_its_drop(index: Index) -> None:
    for row in index.rows:
        app = open_page("model", row=row.id)
        found = [frame.value for frame in app.dataframe if "on public seed" in frame.value.columns]
        assert len(found) == (0 if row.benchmark == "contrast" else 1)
        for table in found:
            assert list(table["level"]) == ["1"]
            assert list(table["round"]) == ["autumn-2026"]


def test_the_site_shows_the_round_and_the_drop(index: Index, results: Path, tmp_path: Path) -> None:
    assert main(["site", "--dir", str(results), "--out", str(tmp_path / "site")]) == 0
    page = (tmp_path / "site" / "index.html").read_text()
    assert "(entries until 2999-12-15)" in page
    assert "From public seeds to private rounds" in page
