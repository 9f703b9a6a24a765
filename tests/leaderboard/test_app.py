"""Every page of the app, driven without a browser."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.csv_cells import safe_cell
from leaderboard.index import Index, build_index
from leaderboard.manifest import Declared
from leaderboard.published import published
from leaderboard.serving import MAIN
from leaderboard.submission import Submission, add_submission
from tests.leaderboard.tampering import tampered

HOSTILE = "<script>alert(1)</script> ![x](http://127.0.0.1:9/x.png) [y](javascript:z) $x$ :red[r]"


@pytest.fixture
def board(
    reference: dict[str, Submission], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Index:
    """The three references, and comply_all once more as a model with hostile names and texts."""
    for submission in reference.values():
        add_submission(submission, tmp_path / "results")

    def rename(manifest: dict[str, Any]) -> None:
        manifest["id"] = "20260101T000000Z-00000001"
        manifest["model"] = f"scripted/{HOSTILE}"
        manifest["declared"] = Declared(submitter=HOSTILE, notes=HOSTILE).model_dump()

    made = tampered(reference["comply_all"], tmp_path / "scripted", manifest=rename)
    add_submission(made, tmp_path / "results")
    index = build_index(tmp_path / "results", tmp_path / "cache")
    assert index.broken == ()
    show(index, tmp_path / "results", monkeypatch)
    return index


def show(index: Index, results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COSA_INDEX", str(index.path))
    monkeypatch.setenv("COSA_RESULTS", str(results))


def open_page(name: str, **address: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60).run()
    assert not app.exception
    if name != "board":
        app = app.switch_page(f"{name}.py")
    for key, value in address.items():
        app.query_params[key] = value
    app = app.run()
    assert not app.exception, app.exception
    return app


def ident(index: Index, name: str) -> str:
    return next(row.id for row in index.rows if row.name.startswith(name))


def texts(app: AppTest) -> str:
    """All that the page shows as text or as Markdown."""
    kinds = (
        "code",
        "text",
        "caption",
        "markdown",
        "subheader",
        "info",
        "warning",
        "error",
        "title",
    )
    return "\n".join(str(e.value) for kind in kinds for e in app.get(kind) if hasattr(e, "value"))


@pytest.mark.parametrize("name", ["board", "model", "compare", "failures", "submit"])
def test_an_empty_board_says_so_on_every_page(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "results").mkdir()
    show(build_index(tmp_path / "results", tmp_path / "cache"), tmp_path / "results", monkeypatch)
    app = open_page(name)
    if name not in ("submit", "compare"):
        assert "The board is empty" in app.info[0].value


def test_the_board_ranks_models_and_shows_references_beside_them(board: Index) -> None:
    app = open_page("board")
    table = app.dataframe[0].value
    assert list(table["row"][:1]) == ["ideal"]
    assert dict(zip(table["row"], table["rank"], strict=True))["ideal"] == "–"
    assert list(table.loc[table["row"].str.startswith("scripted"), "rank"]) == ["1"]
    assert list(table["CoSA-Score"][:2]) == ["+1.000", "+0.000"]
    app = app.text_input(key="board_name").set_value("IDEAL").run()
    assert list(app.dataframe[0].value["row"]) == ["ideal"]
    app = app.toggle(key="board_configs").set_value(True).run()
    assert "config airline_fees" in app.dataframe[0].value.columns


def test_a_row_left_out_is_listed_with_its_reason(
    board: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "results" / "data" / "x" / "y" / "20260101T000000Z-00000009"
    broken.mkdir(parents=True)
    (broken / "submission.json").write_text("{}")
    show(build_index(tmp_path / "results", tmp_path / "cache"), tmp_path / "results", monkeypatch)
    app = open_page("board")
    assert "1 submissions left out" in app.expander[1].label
    assert "Field required" in app.expander[1].dataframe[0].value["why"][0]


def test_the_papers_figures_stand_apart_and_are_those_of_the_tables(board: Index) -> None:
    app = open_page("board")
    assert "never ranked" in app.expander[0].label
    shown = app.expander[0].dataframe[0].value
    assert not set(shown["setup"]) & set(app.dataframe[0].value["row"])
    tables = (MAIN.parents[2] / "tasks" / "README.md").read_text(encoding="utf-8")
    for row in published():
        assert f"{row.cosa_score:.3f}" in tables, row


def test_a_model_page_shows_figures_command_and_declarations_as_text(board: Index) -> None:
    app = open_page("model", row=ident(board, "scripted"))
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["CoSA-Score"] == "-0.333"
    assert shown["helpful+unsafe"] == "66.7%"
    codes = [code.value for code in app.get("code")]
    assert HOSTILE in codes  # as it is, where nothing interprets it
    assert any(code.startswith("inspect eval tasks/cosapien") for code in codes)
    kinds = dict(zip(*[app.dataframe[0].value[c] for c in ("failure", "samples")], strict=True))
    assert kinds["violation"] == 192  # two thirds of 288
    assert kinds["over-refusal"] == 0


def test_untrusted_names_are_escaped_where_markdown_is_read(board: Index) -> None:
    for name, address in (
        ("board", {}),
        ("model", {"row": ident(board, "scripted")}),
        ("failures", {"row": ident(board, "scripted"), "sample": "airline_fees-p01"}),
        ("compare", {"rows": f"{ident(board, 'ideal')},{ident(board, 'scripted')}"}),
    ):
        app = open_page(name, **address)
        marked = [
            e.value for k in ("markdown", "caption", "subheader", "warning") for e in app.get(k)
        ]
        for text in marked:
            assert "<script" not in text.replace("\\<", "")
            assert "![" not in text.replace("\\!\\[", "")


def test_comparing_two_rows_gives_the_paired_difference(board: Index) -> None:
    rows = f"{ident(board, 'ideal')},{ident(board, 'refuse_all')}"
    app = open_page("compare", rows=rows)
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["difference, 95% interval"] == "+1.000"
    assert shown["higher / equal / lower"] == "288 / 0 / 0"
    assert "288 samples" in app.expander[0].label


def test_rows_of_different_tracks_are_not_compared(
    reference: dict[str, Submission], board: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(manifest: dict[str, Any]) -> None:
        manifest["id"] = "20260101T000000Z-00000002"
        manifest["data"]["template"] = "bare"

    results = tmp_path / "results"
    add_submission(tampered(reference["ideal"], tmp_path / "bare", manifest=other), results)
    index = build_index(results, tmp_path / "cache")
    show(index, results, monkeypatch)
    assert len({row.track for row in index.rows}) == 2
    rows = ",".join(row.id for row in index.rows if row.name == "ideal")
    app = open_page("compare", rows=rows)
    assert "cannot be compared" in app.error[0].value
    assert not app.metric


def test_failures_are_filtered_hidden_and_opened_by_address(board: Index) -> None:
    scripted = ident(board, "scripted")
    app = open_page("failures", row=scripted, kind="violation")
    assert "192 samples" in app.caption[0].value
    assert len(app.dataframe[0].value) == 50
    assert set(app.dataframe[0].value["type"]) <= {"disallowed", "partial"}
    app = app.selectbox(key="f_type").set_value("partial").run()
    assert "96 samples" in app.caption[0].value
    app = app.selectbox(key="f_config").set_value("airline_fees").run()
    assert "8 samples" in app.caption[0].value

    line = next(iter(app.dataframe[0].value["sample"]))
    app = open_page("failures", row=scripted, sample=line, epoch="1")
    hidden = texts(app)
    assert "are hidden" in hidden
    assert "Rules: helpfulness" not in hidden
    app = app.toggle(key="reveal").set_value(True).run()
    shown = [code.value for code in app.get("code")]
    assert any("Larkspur Air" in text for text in shown)  # the config
    assert any("Rules: helpfulness" in text for text in shown)  # the rationale
    assert {"ideal", "refuse_all"} <= set(app.dataframe[1].value["row"])


def test_failures_are_found_by_text(board: Index) -> None:
    app = open_page("failures", row=ident(board, "comply_all"), kind="everything")
    app = app.text_input(key="f_text").set_value("LISBON").run()
    found = app.dataframe[0].value
    assert 0 < len(found) < 288
    assert set(found["config"]) <= {"airline_fees", "airline_punctuality"}
    app = app.text_input(key="f_text").set_value("100% not there' or 1=1 --").run()
    assert "No such samples." in [info.value for info in app.info]


def test_an_address_that_names_nothing_is_said_and_harmless(board: Index) -> None:
    app = open_page("failures", row=ident(board, "ideal"), sample="' or 1=1", epoch="x")
    assert "does not have" in app.warning[0].value
    assert "not on this board" in open_page("model", row="../../etc").warning[0].value


def test_the_list_is_exported_with_its_licence(board: Index) -> None:
    app = open_page("failures", row=ident(board, "scripted"), kind="violation")
    app = app.button(key="f_export").click().run()
    assert not app.exception
    assert any("contrast: MIT" in caption.value for caption in app.caption)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1"])
def test_a_cell_is_no_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert safe_cell(text.strip("=+-@ \t")) == text.strip("=+-@ \t")
    assert safe_cell(-1.5) == -1.5
