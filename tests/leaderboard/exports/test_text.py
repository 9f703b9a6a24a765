"""Tables and BibTeX: what they say, and that no text of a submission does anything in them."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from leaderboard.errors import SubmissionError
from leaderboard.exports import PAPER, TOOLKIT, bibtex, latex_table, markdown_table
from leaderboard.untrusted.markup import latex_text, markdown_text
from leaderboard.untrusted.text import plain_line
from tests.leaderboard.row_factory import figure, row

REPO = Path(__file__).parents[3]
HOSTILE = [
    r"\input{/etc/passwd} \write18{ls} % gone",
    "} , author = {someone else}, x = {",
    "}} @article{fake, title = {x}}",
    "a | b \\| c \\\\| d | <b onclick=1>",
    "![i](https://x.example/i.png) [l](javascript:1) <https://x.example> https://x.example/a_b",
    "line\nbreak\r\n\n# heading\n| --- |\n",
    "`code` ``x`` *em* __st__ ~~no~~ &amp; &#60; $x^2$ a@b.example www.x.example",
    "a--b --- c ~ ^^M \x00 \u202e rtl \u2028 sep",
    "!!python/object:os.system {a: b}",
]
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))
# an independent reading of what the escapes stand for
MEANINGS = {
    "textbackslash{}": "\\", "textbraceleft{}": "{", "textbraceright{}": "}", "$": "$", "&": "&",
    "%": "%", "#": "#", "_": "_", "textasciitilde{}": "~", "textasciicircum{}": "^",
    "textless{}": "<", "textgreater{}": ">", "textbar{}": "|", "symbol{34}": '"',
    "textasciigrave{}": "`",
}  # fmt: skip


def typeset(latex: str) -> str:
    """What LaTeX prints; fails on any character that would do something."""
    out, i = "", 0
    while i < len(latex):
        if latex[i] == "\\":
            name = next(m for m in MEANINGS if latex.startswith(m, i + 1))
            out, i = out + MEANINGS[name], i + 1 + len(name)
        elif latex.startswith("-{}", i):
            out, i = out + "-", i + 3
        else:
            assert latex[i] not in '{}$&%#_~^<>|"`\\\n', latex[i:]
            out, i = out + latex[i], i + 1
    return out


def rendered(markdown: str) -> list[list[str]]:
    """Cells of the only table; fails if anything but text is in them."""
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": True, "typographer": False})
    rows: list[list[str]] = []
    for token in parser.parse(markdown):
        assert token.type in {"inline"} or token.type.removesuffix("_open").removesuffix(
            "_close"
        ) in {"paragraph", "table", "thead", "tbody", "tr", "th", "td"}, token.type
        if token.type == "tr_open":
            rows.append([])
        if token.type == "inline":
            children = token.children or []
            kinds = {child.type for child in children}
            assert kinds <= {"text", "text_special"}, (kinds, token.content)
            if rows:
                rows[-1].append("".join(child.content for child in children))
    return rows


@given(texts)
def test_latex_prints_the_text_and_nothing_happens(text: str) -> None:
    assert typeset(latex_text(text)) == plain_line(text)
    assert "--" not in latex_text(text)


@given(texts)
def test_plain_line_is_one_clean_line(text: str) -> None:
    line = plain_line(text)
    assert len(line.splitlines()) <= 1
    assert plain_line(line) == line


@given(st.lists(texts, min_size=1, max_size=3))
def test_markdown_is_one_table_whatever_the_names(names: list[str]) -> None:
    rows = [row(id=f"{i}", text=None, name=name) for i, name in enumerate(names)]
    cells = rendered(markdown_table(rows))
    assert [len(line) for line in cells] == [9] * (len(names) + 1)
    assert [line[1] for line in cells[1:]] == [plain_line(name).strip() for name in names]


@given(texts)
def test_markdown_with_one_text_in_every_field(text: str) -> None:
    assert len(rendered(markdown_table([row(text=text)]))) == 2
    assert markdown_text(text) == markdown_text(plain_line(text))


def test_bare_names_are_no_links() -> None:
    assert markdown_text("www.x.example") == r"www\.x\.example"


@given(texts)
def test_latex_table_with_one_text_in_every_field(text: str) -> None:
    lines = latex_table([row(text=text)]).splitlines()
    assert len(lines) == 12
    caption = re.fullmatch(r"\\caption\{(.*)\}", lines[2])
    assert caption
    typeset(caption[1])
    assert re.fullmatch(r"\\label\{tab:cosa-[A-Za-z0-9]*\}", lines[3])
    cells = re.split(r"(?<!\\) ?& ?", lines[8].removesuffix(r" \\"))
    assert [typeset(cell) for cell in cells][1:] == [
        plain_line(text), "0.250 (0.200 to 0.300)", "75.0 (70.0 to 80.0)", "50.0", "12.5", "25.0",
        "12.5", "1.0",
    ]  # fmt: skip


def test_table_by_hand() -> None:
    rows = [
        row(id="1", name="low", score=-0.5, standing=None),
        row(id="2", name="none", score=None, standing=None),
        row(id="3", name="high", score=0.75),
    ]
    latex = latex_table(rows, "stderr").splitlines()[8:11]
    assert latex == [
        rf"{cells} & 75.0 (70.0 to 80.0) & 50.0 & 12.5 & 25.0 & 12.5 & 1.0 \\"
        for cells in (
            r"1 ab & high & 0.750 $\pm$ 0.025",
            r"-- & low & -0.500 $\pm$ 0.025",
            r"-- & none & --",
        )
    ]
    assert rendered(markdown_table(rows))[1] == [
        "1 ab", "high", "0.750 (0.700 to 0.800)", "75.0 (70.0 to 80.0)", "50.0", "12.5", "25.0", "12.5",
        "1.0",
    ]  # fmt: skip
    assert "openai/judge (cccccccccccc)" in markdown_table(rows)
    assert figure(None).mean is None


@pytest.mark.parametrize("rows", [[], [row(), row(track="e" * 12)]])
def test_tables_hold_one_track(rows: list) -> None:
    for table in (latex_table, markdown_table):
        with pytest.raises(SubmissionError, match="one track"):
            table(rows)


def fields(entry: str) -> dict[str, str]:
    """A strict reading of one BibTeX entry: braces counted as BibTeX counts them."""
    head = re.match(r"@misc\{([A-Za-z0-9._-]+),\n", entry)
    assert head
    found, at = {}, head.end()
    while not entry.startswith("}", at):
        name = re.compile(r"  ([a-z]+) = \{").match(entry, at)
        assert name, entry[at:]
        depth, at = 1, name.end()
        start = at
        while depth:
            depth += {"{": 1, "}": -1}.get(entry[at], 0)
            at += 1
        assert name[1] not in found
        found[name[1]] = entry[start : at - 1]
        assert entry.startswith(",\n", at)
        at += 2
    assert entry[at:] == "}\n"
    return found


@given(texts)
def test_bibtex_with_one_text_in_every_field(text: str) -> None:
    found = fields(bibtex(row(text=text)))
    assert typeset(found["author"][1:-1]) == plain_line(text)
    assert set(found) <= {"title", "author", "year", "date", "howpublished", "note", "url"}
    for name in ("year", "date", "howpublished", "note"):
        typeset(found.get(name, ""))
    typeset(found["title"][1:-1])


def test_bibtex_by_hand() -> None:
    made = fields(bibtex(row(), "https://x.example/a_{b}%20^"))
    assert made["title"] == "{CoSA-Score of vllm/acme/scripted on microsoft/CoSApien}"
    assert made["url"] == "https://x.example/a_%7Bb%7D%20%5E"
    assert made["date"] == "2026-01-01"
    assert typeset(made["note"]) == (
        "CoSA-Score 0.250 (-1 to 1), 95% interval 0.200 to 0.300, compliance 75.0% (95% interval "
        "70.0% to 80.0%), 1.0% of 200 samples unscored; "
        "microsoft/CoSApien at revision 0123456789abcdef0123456789abcdef01234567, "
        "task version 2-B; judge openai/judge (cccccccccccc)"
    )
    assert "not established" in bibtex(row(score=None))


def test_a_partial_run_says_so_in_every_text() -> None:
    made = row(partial="20 of 288 records", standing=None)
    assert rendered(markdown_table([made]))[1][1] == "vllm/acme/scripted (20 of 288 records)"
    assert "(20 of 288 records)" in latex_table([made])
    assert "a partial run of 20 of 288 records" in typeset(fields(bibtex(made))["note"])


def test_the_fixed_entries_agree_with_citation_cff() -> None:
    cff = yaml.safe_load((REPO / "CITATION.cff").read_text(encoding="utf-8"))
    paper = cff["references"][0]
    for author in paper["authors"]:
        assert re.search(rf"{author['family-names']},\s+{author['given-names']}", PAPER)
    assert f"{{{paper['title']}}}" in PAPER
    assert paper["url"] in PAPER
    assert f"year = {{{paper['year']}}}" in PAPER
    version = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]["version"]
    assert f"Version {version}" in TOOLKIT
    assert cff["authors"][0]["name"] in TOOLKIT
