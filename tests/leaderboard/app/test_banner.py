"""The line above a board that shows the rows that come with the package."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.app.environment import INDEX, RESULTS, SOURCE
from leaderboard.app.serving import MAIN, Source
from leaderboard.board.build import build_index
from leaderboard.shipped.folder import SHIPPED

COME = "the rows that come with the package"


def opened(
    results: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, source: Source, page: str = ""
) -> AppTest:
    monkeypatch.setenv(INDEX, str(build_index(results, cache).path))
    monkeypatch.setenv(RESULTS, str(results))
    monkeypatch.setenv(SOURCE, json.dumps(asdict(source)))
    app = AppTest.from_file(str(MAIN), default_timeout=60).run()
    app = app.switch_page(f"views/{page}.py").run() if page else app
    assert not app.exception, app.exception
    return app


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("page", ["", "failures"])
def test_it_says_that_there_are_no_logs(
    page: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(logs=("my *logs*",), into="nowhere")
    app = opened(SHIPPED, cache, monkeypatch, source, page)
    line = app.info[0].value
    assert line.startswith("No logs in my \\*logs\\*\\/: these are ")  # a name is no markup
    assert COME in line
    assert "SmolLM2-135M-Instruct" in line
    if not page:
        assert any("SmolLM2-135M-Instruct" in name for name in app.dataframe[0].value["row"])


def test_it_goes_when_a_log_is_found(
    reference_logs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = tmp_path / "logs"
    source = Source(logs=(str(logs),), into=str(tmp_path / "own"))
    app = opened(SHIPPED, tmp_path / "cache", monkeypatch, source)
    assert COME in app.info[0].value
    logs.mkdir()
    (logs / "ideal.eval").write_bytes(reference_logs["ideal"].read_bytes())
    app = app.button(key="look").click().run()
    assert not app.exception
    assert list(app.dataframe[0].value["row"]) == ["ideal"]
    assert [info.value for info in app.info if COME in info.value] == []


def test_asked_for_it_says_what_they_are(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(SHIPPED, cache, monkeypatch, Source())
    assert app.info[0].value.startswith(f"These are {COME}")
    assert "No logs" not in app.info[0].value


def test_a_board_of_ones_own_says_nothing(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "results").mkdir()
    app = opened(tmp_path / "results", cache, monkeypatch, Source(logs=("logs",)))
    assert [info.value for info in app.info if COME in info.value] == []
