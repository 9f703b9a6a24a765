"""Every page of the app, driven without a browser."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cosapien import load_benchmark
from leaderboard.app.serving import MAIN
from leaderboard.board.build import build_index
from leaderboard.board.index_file import Index
from leaderboard.board.published import published
from leaderboard.results.manifest import Declared
from leaderboard.results.submission import Submission, add_submission
from leaderboard.untrusted.csv_cells import safe_cell
from tests.leaderboard.intake.tampering import tampered

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


def open_page(name: str, /, **address: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    if name != "board":
        app = app.run()  # a page can be switched to only after the first run
        assert not app.exception
        app = app.switch_page(f"views/{name}.py")
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


@pytest.mark.parametrize("name", ["board", "model", "compare", "failures", "judges", "submit"])
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
    assert list(table["CoSA-Score"][:2]) == [1.0, 0.0]  # numbers, so that a click sorts them
    app = app.text_input(key="name").set_value("IDEAL").run()
    assert list(app.dataframe[0].value["row"]) == ["ideal"]
    app = app.toggle(key="configs").set_value(True).run()
    assert "config airline_fees" in app.dataframe[0].value.columns


def test_a_filtered_board_has_an_address(board: Index) -> None:
    app = open_page("board", name="refuse", configs="true")
    assert list(app.dataframe[0].value["row"]) == ["refuse_all"]
    assert "config airline_fees" in app.dataframe[0].value.columns
    app = open_page("board", judge="no such judge", name="zzz")
    assert "No row matches these filters." in [info.value for info in app.info]


def test_one_row_is_a_board(
    reference: dict[str, Submission], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_submission(reference["ideal"], tmp_path / "one")
    show(build_index(tmp_path / "one", tmp_path / "cache"), tmp_path / "one", monkeypatch)
    assert list(open_page("board").dataframe[0].value["row"]) == ["ideal"]
    assert open_page("failures").info[0].value == "No samples match these filters."
    assert open_page("judges").dataframe[0].value["rows"][0] == 1


def test_a_submission_that_is_added_meanwhile_appears_when_asked_for(
    reference: dict[str, Submission], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_submission(reference["ideal"], tmp_path / "one")
    show(build_index(tmp_path / "one", tmp_path / "cache"), tmp_path / "one", monkeypatch)
    app = open_page("board")
    add_submission(reference["refuse_all"], tmp_path / "one")
    app = app.button(key="look").click().run()
    assert not app.exception
    assert list(app.dataframe[0].value["row"]) == ["ideal", "refuse_all"]


def test_a_row_left_out_is_listed_with_its_reason(
    board: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "results" / "data" / "x" / "y" / "20260101T000000Z-00000009"
    broken.mkdir(parents=True)
    (broken / "submission.json").write_text("{}")
    show(build_index(tmp_path / "results", tmp_path / "cache"), tmp_path / "results", monkeypatch)
    app = open_page("board")
    assert "1 left out" in app.expander[1].label
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
    links = {link.proto.label: link.proto for link in app.get("page_link")}
    assert not links["violation: 192"].disabled  # two thirds of 288
    assert links["over-refusal: 0"].disabled
    assert "kind=violation" in links["violation: 192"].query_string


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
    assert shown["smallest detectable difference"] == "not established"  # all differ by 1
    assert "288 samples" in app.expander[0].label
    key = f"flips_{rows.replace(',', '_')}"
    app.session_state[key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app = app.run()
    assert "are hidden" in texts(app)
    app = app.button(key="reveal").click().run()
    said = [code.value for code in app.get("code")]
    assert any(text.startswith("I'm sorry") for text in said)  # both answers, side by side
    assert len([caption for caption in app.caption if "helpfulness" in caption.value]) == 2


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
    app = open_page("failures", models=scripted, kind="violation")
    assert "192 samples" in app.caption[0].value
    assert len(app.dataframe[0].value) == 50
    assert set(app.dataframe[0].value["type"]) <= {"disallowed", "partial"}
    app = app.selectbox(key="type").set_value("partial").run()
    assert "96 samples" in app.caption[0].value
    app = app.selectbox(key="config").set_value("airline_fees").run()
    assert "8 samples" in app.caption[0].value

    line = next(iter(app.dataframe[0].value["sample"]))
    app = open_page("failures", row=scripted, sample=line, epoch="1")
    hidden = texts(app)
    assert "are hidden" in hidden
    assert "Rules: helpfulness" not in hidden
    app = app.button(key="reveal").click().run()
    shown = [code.value for code in app.get("code")]
    assert any("Larkspur Air" in text for text in shown)  # the config
    assert any("Rules: helpfulness" in text for text in shown)  # the rationale
    assert {"ideal", "refuse_all"} <= set(app.dataframe[1].value["row"])
    references = next(r.references for r in load_benchmark("contrast").records if r.id == line)
    assert references is not None
    assert {references.ideal, references.refusing, references.violating} <= set(shown)
    # the other three rows' answers, without being picked
    assert len([caption for caption in app.caption if "helpfulness" in caption.value]) == 3


def test_a_list_is_read_one_by_one(board: Index) -> None:
    scripted = ident(board, "scripted")
    app = open_page("failures", models=scripted, kind="violation")
    ids = list(app.dataframe[0].value["sample"])
    app = open_page("failures", models=scripted, kind="violation", row=scripted, sample=ids[0])
    assert "1 of 192" in texts(app)
    assert app.button(key="step_Previous").disabled
    app = app.button(key="step_Next").click().run()
    assert "2 of 192" in texts(app)
    assert f"sample={ids[1]}" in texts(app)  # the link to be copied
    assert list(app.session_state["failures_list"]["selection"]["rows"]) == [1]
    app = app.button(key="step_Previous").click().run()
    assert app.query_params["sample"] in (ids[0], [ids[0]])


def test_a_page_of_the_list_has_an_address(board: Index) -> None:
    scripted = ident(board, "scripted")
    app = open_page("failures", models=scripted, kind="violation", page="4")
    assert len(app.dataframe[0].value) == 192 - 3 * 50
    app = app.selectbox(key="type").set_value("partial").run()  # 96: two pages, the first is shown
    assert len(app.dataframe[0].value) == 50


def test_next_goes_on_to_the_next_page_of_the_list(board: Index) -> None:
    scripted = ident(board, "scripted")
    first = open_page("failures", models=scripted, kind="violation", page="1")
    last = list(first.dataframe[0].value["sample"])[-1]
    app = open_page("failures", models=scripted, kind="violation", row=scripted, sample=last)
    assert "50 of 192" in texts(app)
    app = app.button(key="step_Next").click().run()
    assert "51 of 192" in texts(app)
    assert app.session_state["page"] == 2


def test_a_sample_that_the_filters_leave_out_is_shown_all_the_same(board: Index) -> None:
    found = open_page("failures", row=ident(board, "ideal"), sample="airline_fees-p01")
    assert "not in this list" in texts(found)
    assert found.button(key="step_Next").disabled


def test_failures_are_found_by_text(board: Index) -> None:
    app = open_page("failures", models=ident(board, "comply_all"), kind="everything")
    app = app.text_input(key="q").set_value("LISBON").run()
    found = app.dataframe[0].value
    assert 0 < len(found) < 288
    assert set(found["config"]) <= {"airline_fees", "airline_punctuality"}
    row, line = ident(board, "comply_all"), found["sample"].iloc[0]
    read = open_page("failures", kind="everything", q="LISBON", row=row, sample=line)
    assert "⟦" not in texts(read)
    read = read.button(key="reveal").click().run()
    assert "⟦Lisbon⟧" in texts(read)
    app = app.text_input(key="q").set_value("100% not there' or 1=1 --").run()
    assert "No samples match these filters." in [info.value for info in app.info]


def test_an_address_that_names_nothing_is_said_and_harmless(board: Index) -> None:
    app = open_page("failures", row=ident(board, "ideal"), sample="' or 1=1", epoch="x")
    assert "not on this board" in app.warning[0].value
    assert "not on this board" in open_page("model", row="../../etc").warning[0].value


def test_the_list_is_exported_with_its_licence(board: Index) -> None:
    app = open_page("failures", models=ident(board, "scripted"), kind="violation")
    app = app.button(key="f_export").click().run()
    assert not app.exception
    assert any("contrast: MIT" in caption.value for caption in app.caption)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1"])
def test_a_cell_is_no_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert safe_cell(text.strip("=+-@ \t")) == text.strip("=+-@ \t")
    assert safe_cell(-1.5) == -1.5


def test_judges_say_what_they_did_and_what_is_not_established(board: Index) -> None:
    app = open_page("judges")
    table = app.dataframe[0].value
    assert list(table["judge"]) == ["rules"]
    assert list(table["responses"]) == [4 * 288]
    assert list(table["agreement with people"]) == ["not established"]
    assert "None of its rows was judged a second time." in texts(app)


def test_a_row_is_taken_elsewhere_or_says_why_not(board: Index) -> None:
    app = open_page("model", row=ident(board, "scripted"))
    app.session_state["exports"] = True
    app = app.run()
    assert not app.exception
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == ["BibTeX", "LaTeX", "Markdown", "Every Eval Ever"]
    assert any(".eval" in c.value and "not available for this row" in c.value for c in app.caption)


def test_revisions_of_a_row_are_listed_and_open(
    reference: dict[str, Submission], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def later(manifest: dict[str, Any]) -> None:
        manifest["id"] = "20990101T000000Z-00000003"

    results = tmp_path / "twice"
    add_submission(reference["ideal"], results)
    add_submission(tampered(reference["ideal"], tmp_path / "later", manifest=later), results)
    index = build_index(results, tmp_path / "cache")
    show(index, results, monkeypatch)
    newest = next(row.id for row in index.rows if row.latest)
    app = open_page("model", row=newest)
    (listed,) = [t.value for t in app.dataframe if "revision" in t.value.columns]
    assert list(listed["revision"]) == [1, 2]
    assert list(open_page("board").dataframe[0].value["revision"]) == [2]


def test_every_table_and_chart_has_a_name_for_screen_readers(board: Index) -> None:
    rows = f"{ident(board, 'ideal')},{ident(board, 'refuse_all')}"
    for name, address in (("board", {}), ("compare", {"rows": rows}), ("failures", {})):
        app = open_page(name, **address)
        charts = app.get("vega_lite_chart")
        named = [element.proto for element in [*app.dataframe, *charts]]
        assert bool(charts) == (name != "failures")
        assert all(proto.alt for proto in named), name
