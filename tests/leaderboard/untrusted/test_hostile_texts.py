"""Hostile texts: inert in a terminal, a spreadsheet and every export; searched in linear time."""

import csv
import io
import json
from typing import Any

import pytest
import yaml
from huggingface_hub import parse_eval_result_entries
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from leaderboard.board.index_file import Broken, Index
from leaderboard.display.terminal import board_text
from leaderboard.exports import (
    bibtex,
    eval_results_path,
    eval_results_yaml,
    every_eval_ever_json,
    latex_table,
    markdown_table,
)
from leaderboard.intake.findings import Finding
from leaderboard.intake.references import against_references
from leaderboard.intake.validate import validate
from leaderboard.results.submission import Submission
from leaderboard.untrusted.csv_cells import csv_text, safe_cell
from leaderboard.untrusted.lookalikes import lookalike
from leaderboard.untrusted.text import printable
from tests.leaderboard.intake.tampering import Row, bounded, put, tampered
from tests.leaderboard.row_factory import COMMIT, row

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "\u00a0=1", "\u3000=1",
    "\ufeff=1", "\u200b=1", "\x00=1", "\x01=1", '"=1', "'=1", '"\n"=1', "＝1", "＋1", "－1", "＠A",
    "\ufe62 1", "|calc", "%0A=1", "=cmd|' /C calc'!A0", "\u2028=1",
]  # fmt: skip
HARMLESS = [
    "",
    "a=1",
    "1-2",
    "openai/gpt-4o",
    "x@y",
    "é",
    '"quoted" text',
    "'tis",
    "(-1)",
    "3,5",
    "日本",
]
HOSTILE = [
    "\x1b[2J\x1b]0;title\x07", "\u202egnp\u202c", "a\nb\r\nc", "\x9b31m", "\u2028", "\u0085",
    "| a | b |", "<script>alert(1)</script>", "![x](http://127.0.0.1:9/x.png)", "[y](javascript:z)",
    r"\input{/etc/passwd}\write18{id}", "$x$ :red[r]", "!!python/object:os.system", "a: &x [*x]",
    "- !!binary |\n  x", "}, author={x", "%0a=1", "=1+1", "---\n...\n", "\U000e0041", "{{7*7}}",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_and_no_column_name_is_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    made = csv_text([{text: text, "n": -1.5, "none": None, "list": [text], "yes": True}])
    header, line = csv.reader(io.StringIO(made, newline=""))
    assert header == [f"'{text}", "n", "none", "list", "yes"]
    assert line == [f"'{text}", "-1.5", "", str([text]), "True"]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=9)), max_size=4))
def test_csv_comes_back_whatever_the_separator(lines: list[dict[str, str]]) -> None:
    names = list(dict.fromkeys(name for line in lines for name in line))
    made = csv_text(lines)
    read = list(csv.reader(io.StringIO(made, newline="")))
    assert read[1:] == [[safe_cell(line.get(name, "")) for name in names] for line in lines] or (
        not names
    )
    for text in (cell for line in read for cell in line):
        assert not text.lstrip()[:1] or text.lstrip()[0] not in "=+-@"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_terminal_is_only_written_to(text: str) -> None:
    finding = Finding("error", "record", f"config is {text}", text)
    assert str(finding).isprintable()
    assert printable(text).isprintable()
    assert len(printable(text)) == len(text)
    broken = (Broken(f"data/{text}", text),)
    shown = board_text(Index(None, (row(text=text, standing=None),), broken))  # type: ignore[arg-type]
    assert all(line.isprintable() for line in shown.split("\n"))
    assert len(shown.splitlines()) == len(shown.split("\n")) - 1


@pytest.mark.parametrize("text", HOSTILE)
def test_every_export_holds_the_text_as_text(text: str) -> None:
    made = row(text=text, benchmark="microsoft/CoSApien", data_revision=COMMIT, model="a/b",
               created="2026-01-01T00:00:00+00:00")  # fmt: skip
    written = eval_results_yaml(made)
    assert {type(event).__name__ for event in yaml.parse(written)}.isdisjoint({"AliasEvent"})
    assert all(getattr(event, "tag", None) is None for event in yaml.parse(written))
    (entry,) = yaml.safe_load(written)
    assert set(entry) <= {"dataset", "value", "date", "source", "notes"}
    assert parse_eval_result_entries([entry])[0].value == 0.25
    record = json.loads(every_eval_ever_json(made))
    assert record["source_metadata"]["source_organization_name"] == text
    for token in MarkdownIt("gfm-like", {"html": True, "linkify": True}).parse(
        markdown_table([made])
    ):
        kinds = {child.type for child in token.children or []}
        assert kinds <= {"text", "text_special", "softbreak"}, kinds
    for latex in (latex_table([made]), bibtex(made)):
        assert not {r"\input", r"\write", r"\include", r"\def"} & {
            latex[i : i + n] for i in range(len(latex)) for n in (4, 6, 8) if latex[i] == "\\"
        }
        assert latex.isascii() or all(c.isprintable() or c == "\n" for c in latex)


@pytest.mark.parametrize(
    "text", [*HOSTILE, "../../x", "/etc/passwd", "..", "a/../b", "con", "x" * 999]
)
def test_a_name_is_never_a_path(text: str) -> None:
    path = eval_results_path(row(benchmark=f"org/{text}"))
    assert path.startswith(".eval_results/")
    assert path.count("/") == 1
    assert ".." not in path
    assert len(path) < 120


SEARCH = """
import sys
from leaderboard.untrusted.secrets import clean, clean_secrets, clean_text, find_secrets
n = 50_000
texts = ["a." * n + " ://x @", "?" * n + "=", "?" + "key" * n + " =", "?key" * n + " =", "&token" * n,
         "bearer" + " " * n, "bearer " * n, "/a" * n, "a:" * n, "~/" * n, "C:\\\\" * n, "sk-" * n,
         "a://" * n + "@", "a://" + "b" * n + " @", "?a=b" * n, "xoxb-" * n,
         "Traceback (most recent call last):\\n" * 5_000]
for text in texts:
    find_secrets(text), clean_secrets(text), clean_text(text)
print("done")
"""


def test_looking_for_secrets_takes_no_time_that_grows_with_the_square() -> None:
    # 100 kB each; before, 16 kB of `?key` took minutes
    assert bounded(SEARCH, seconds=20).strip() == "done"


@pytest.mark.parametrize(
    "url",
    [
        "https://h/?x=1&api_key=abc",
        "https://h/?a=b?key=abc",
        "https://h/?mytoken2=abc&b=1",
        "?sig=abc",
    ],
)
def test_keys_in_addresses_are_still_found(url: str) -> None:
    from leaderboard.untrusted.secrets import clean_secrets, find_secrets

    assert find_secrets(url) == ["key in a URL"]
    assert "abc" not in clean_secrets(url)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("\u0430cme", "\u0430cme"),  # Cyrillic a
        ("lab \u039fpenAI", "\u039fpenAI"),  # Greek O
        ("\uff2f\uff30", "\uff2f\uff30"),
        ("\U0001d5ee\U0001d5ef", "\U0001d5ee\U0001d5ef"),
        ("École normale", None),
        ("Яндекс and friends", None),
        ("清华大学 lab", None),
        ("vllm/meta-llama/Llama-3.1-8B", None),
        ("β-lab", None),
    ],
)
def test_words_of_mixed_alphabets_are_named(name: str, word: str | None) -> None:
    assert lookalike(name) == word


def test_a_lookalike_submitter_is_a_warning_beside_the_row(
    reference: dict[str, Submission], tmp_path: Any
) -> None:
    def rename(text: Row) -> None:
        put(text, "declared.submitter", "t\u0435sts")

    found = validate(tampered(reference["ideal"], tmp_path / "alike", manifest=rename))
    assert [(f.level, f.code) for f in found] == [("warning", "lookalike")]


def test_a_reference_has_the_references_responses(
    reference: dict[str, Submission], tmp_path: Any
) -> None:
    def claim(text: Row) -> None:
        put(text, "method.name", "ideal")

    found = validate(tampered(reference["comply_all"], tmp_path / "claim", manifest=claim))
    assert [(f.level, f.code) for f in found] == [("error", "reference")]
    assert "(192 samples)" in found[0].message  # all but the allowed third, where both are the same
    assert found[0].sample is not None
    honest = reference["ideal"]
    assert list(against_references(honest.samples().to_pylist(), honest.manifest, {})) == []

    def model(text: Row) -> None:
        put(text, "model", "scripted/x")
        claim(text)

    assert validate(tampered(reference["comply_all"], tmp_path / "model", manifest=model)) == []
