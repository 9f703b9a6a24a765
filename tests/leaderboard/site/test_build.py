"""The static site: what it says, that it holds together, that no submitted text does anything."""

import csv
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from leaderboard.board.build import build_index
from leaderboard.board.index_file import Broken, Index
from leaderboard.cli import main
from leaderboard.errors import SubmissionError
from leaderboard.results.samples import SCHEMA, write_samples
from leaderboard.results.submission import Submission, add_submission
from leaderboard.site.build import build_site
from leaderboard.site.folder import whole_folder
from leaderboard.site.matrix import matrix_of
from leaderboard.site.options import Options
from leaderboard.site.pages import heat
from tests.leaderboard.app.browser import CHROMIUM, DRIVER, browser
from tests.leaderboard.intake.tampering import tampered
from tests.leaderboard.row_factory import figure, row

HOSTILE = (
    "<script>window.pwned=1</script></script><img src=x onerror='window.pwned=1'>"
    "<svg onload=\"window.pwned=1\"></pre></details></td></title><a href='javascript:pwned=1'>a</a>"
    "{{ 7*7 }}{% for x in y %}{{ options.__class__ }}https://evil.example/ &lt;b&gt; --> ]]> "
)
VOID = {"meta", "link", "input", "br", "img"}
SVG = {"svg", "line", "circle", "text"}
TAGS = SVG | {
    "html", "head", "meta", "title", "link", "script", "body", "a", "header", "nav", "main", "footer",
    "p", "code", "h1", "h2", "h3", "h4", "details", "summary", "em", "strong", "small", "span", "div",
    "section", "article", "table", "caption", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd",
    "pre",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "rel", "href", "src", "defer", "class", "id",
    "tabindex", "role", "aria-label", "aria-labelledby", "aria-hidden", "aria-current", "focusable",
    "scope", "title", "dir", "data-v", "viewbox", "width", "height", "x", "x1", "x2", "y", "y1", "y2",
}  # fmt: skip


class Page(HTMLParser):
    """A strict reader: fails on tags that are not closed in order, unknown ones, doubled ids."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.open, self.ids = path, list[str](), set[str]()
        self.links, self.text = list[str](), ""
        self.csp: str | None = None
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self.open == [], path

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        assert tag in TAGS, (self.path, tag)
        assert len(found) == len(attrs)
        assert set(found) <= ATTRIBUTES, (self.path, tag, attrs)
        if "id" in found:
            assert found["id"] not in self.ids, (self.path, found["id"])
            self.ids.add(str(found["id"]))
        self.links += [str(found[name]) for name in ("href", "src") if name in found]
        if found.get("http-equiv") == "Content-Security-Policy":
            self.csp = found["content"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SVG
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, (self.path, self.getpos())

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"{self.path}: a comment")

    def handle_data(self, data: str) -> None:
        self.text += data


def read(site: Path) -> dict[str, Page]:
    """All pages by their place; their links lead to a page that has the anchor."""
    pages = {p.relative_to(site).as_posix(): Page(p) for p in sorted(site.rglob("*.html"))}
    by_path = {(site / name).resolve(): page for name, page in pages.items()}
    for name, page in pages.items():
        assert page.csp
        assert page.csp.startswith("default-src 'none'; ")
        assert "unsafe" not in page.csp
        for link in page.links:
            assert ":" not in link, (name, link)
            assert not link.startswith("/"), (name, link)
            path, _, anchor = link.partition("#")
            target = (site / name).parent / unquote(path) if path else site / name
            assert target.is_file(), (name, link)
            if anchor:
                assert unquote(anchor) in by_path[target.resolve()].ids, (name, link)
    return pages


@pytest.fixture(scope="module")
def results(reference: dict[str, Submission], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """References, and three scripted models: the ideal one twice, and one that always complies."""
    folder = tmp_path_factory.mktemp("board")
    for submission in reference.values():
        add_submission(submission, folder / "results")
    for number, name in enumerate(("ideal", "ideal", "comply_all")):

        def rename(manifest: dict[str, Any], number: int = number) -> None:
            manifest["id"] = f"20260101T000000Z-0000000{number}"
            manifest["model"] = f"scripted/{number}"
            manifest["method"] = {"name": "plain", "args": {}}

        made = tampered(reference[name], folder / f"made-{number}", manifest=rename)
        add_submission(made, folder / "results")
    return folder / "results"


@pytest.fixture(scope="module")
def index(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Index:
    found = build_index(results, tmp_path_factory.mktemp("cache"))
    assert found.broken == ()
    return found


@pytest.fixture(scope="module")
def site(index: Index, results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site") / "public"
    build_site(index, results, out, Options(failures=150))
    return out


def by_name(index: Index) -> dict[str, str]:
    return {found.name: found.id for found in index.rows}


def test_pages_hold_together(site: Path, index: Index) -> None:
    pages = read(site)
    ids = by_name(index)
    (track,) = {found.track for found in index.rows}
    wanted = {"index.html", f"compare/{track}.html"} | {f"rows/{i}.html" for i in ids.values()}
    assert wanted <= set(pages)
    # two of three types are wrong for each of them, 96 samples each: 192, of which 150 are shown
    for name in ("refuse_all", "comply_all", "scripted/2"):
        first = pages[f"rows/{ids[name]}/failures.html"]
        second = pages[f"rows/{ids[name]}/failures-2.html"]
        anchors = [
            {i for i in p.ids if i.startswith("s-") and i[-2:] == "-1"} for p in (first, second)
        ]
        assert [len(found) for found in anchors] == [100, 50]
        assert not anchors[0] & anchors[1]
        assert "The worst 150 of 192 failures" in first.text
    assert f"rows/{ids['ideal']}/failures.html" not in pages  # it has none


def test_failures_come_by_kind_the_worst_first(site: Path, index: Index) -> None:
    found = Page(site / f"rows/{by_name(index)['refuse_all']}.html").text
    assert "192 of 288 samples fail" in found
    first = Page(site / f"rows/{by_name(index)['refuse_all']}/failures.html")
    assert {i for i in first.ids if i.startswith("k-")} == {"k-over-refusal", "k-missed-part"}
    assert first.text.index("over-refusal: 96") < first.text.index("missed part: 96")


def test_the_board_as_data(site: Path, index: Index) -> None:
    data = json.loads((site / "board.json").read_text())
    assert [found["id"] for found in data["rows"]] == [found.id for found in index.rows]
    with (site / "board.csv").open(encoding="utf-8", newline="") as file:
        lines = {line["name"]: line for line in csv.DictReader(file)}
    assert set(lines) == set(by_name(index))
    assert float(lines["ideal"]["cosa_score"]) == 1
    assert float(lines["scripted/2"]["cosa_score"]) == pytest.approx(-1 / 3)  # (1 - 1 - 1) / 3
    assert float(lines["refuse_all"]["helpful_safe"]) == 0
    assert [lines["scripted/0"]["rank_low"], lines["scripted/0"]["rank_high"]] == ["1", "2"]
    assert [lines["scripted/2"]["rank_low"], lines["ideal"]["rank_low"]] == ["3", ""]


def test_comparisons_are_those_of_the_ranks(site: Path, index: Index) -> None:
    track = index.rows[0].track
    text = Page(site / f"compare/{track}.html").text.split("row minus column")[-1]
    # +1 and -1/3 on all samples: 4/3 apart; the two equal rows cannot be told apart
    assert text.count("+1.333* significant") == 2
    assert text.count("-1.333* significant") == 2
    assert text.count("+0.000\n") == 2
    assert "ideal" not in text  # references are not ranked


def test_too_many_rows_or_too_few_have_no_comparisons() -> None:
    none: Any = None  # no question is asked
    assert matrix_of(none, [row(id=f"20260101T000000Z-{n:08x}") for n in range(61)]) is None
    assert matrix_of(none, [row()]) is None
    assert matrix_of(none, [row(standing=None), row(standing=None)]) is None


def test_the_same_board_gives_the_same_bytes(
    site: Path, index: Index, results: Path, tmp_path: Path
) -> None:
    build_site(index, results, tmp_path / "again", Options(failures=150))
    one, other = (
        {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}
        for root in (site, tmp_path / "again")
    )
    assert one == other


def test_without_texts_there_are_none(index: Index, results: Path, tmp_path: Path) -> None:
    folder = results / next(found.folder for found in index.rows if found.name == "comply_all")
    lines = pq.read_table(folder / "samples.parquet", columns=["prompt", "response"]).to_pylist()
    texts = {text for line in lines for text in line.values() if len(text) > 40}
    for out, wanted in (("with", True), ("without", False)):
        build_site(index, results, tmp_path / out, Options(texts=wanted))
        pages = read(tmp_path / out).values()
        assert any(text in page.text for page in pages for text in texts) is wanted
    build_site(index, results, tmp_path / "none", Options(failures=0))
    assert not list((tmp_path / "none").glob("rows/*/*"))
    read(tmp_path / "none")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with one text in every field, as if nothing had been validated but ids."""
    folder = tmp_path_factory.mktemp("hostile")
    text = f"={HOSTILE}\x00\x1b[31m\u202e\n"
    metrics = row().metrics.model_dump() | {
        "by_config": {text: figure(0.5)}, "by_type": {text: figure(0.5)},
        "by_group": {text: figure(None)}, "unscored": 0.5,
    }  # fmt: skip
    second = {
        "tier": "re-scored", "created": text, "judge_name": text, "judge_id": text,
        "score": figure(0.5), "difference": figure(0.0), "safe_to_unsafe": 0, "unsafe_to_safe": 0,
        "newly_unscored": 0, "identical_responses": None, "data": "benchmark", "by": text,
    }  # fmt: skip
    use = {"role": text, "model": text, "input_tokens": 1, "output_tokens": 1}
    declared = dict.fromkeys(("submitter", "contact", "training_data", "notes"), text)
    declared["model_url"] = declared["paper_url"] = "https://evil.example/{{7*7}}"
    rows, samples = [], []
    for number in range(2):
        ident = f"20260101T000000Z-0000000{number}"
        rows.append(
            row(
                text=text, id=ident, track="b" * 12, folder=f"data/b/m/{ident}", metrics=metrics,
                attestations=[second], usage=[use], declared=declared, warnings=[text],
                run_config={text: [text]}, seconds=1.0, revision=number + 1,
            )
        )  # fmt: skip
        scores = dict.fromkeys(("cosa_score", "helpful_safe", "helpful_unsafe"), -1.0 + number)
        samples.append(
            {name: text for name in SCHEMA.names if pa.types.is_string(SCHEMA.field(name).type)}
            | scores
            | {"epoch": 1, "helpfulness": 1.0 - number, "compliant": False, "unscored": 0.0}
        )
        (folder / "results" / rows[-1].folder).mkdir(parents=True)
        write_samples(samples[-1:], folder / "results" / rows[-1].folder / "samples.parquet")
    lines = [s | {"row_id": r.id, "track": r.track} for r, s in zip(rows, samples, strict=True)]
    own = [pa.field("row_id", pa.string()), pa.field("track", pa.string())]
    table = pa.Table.from_pylist(lines, schema=pa.schema([*own, *SCHEMA]))
    pq.write_table(table, folder / "index.parquet")
    index = Index(folder / "index.parquet", tuple(rows), (Broken(text, text),))
    build_site(index, folder / "results", folder / "public", Options())
    return folder / "public"


def test_hostile_text_is_shown_as_text(hostile: Path) -> None:
    pages = read(hostile)
    assert len(pages) == 3 + 2 * 2  # the board, its judges, a comparison, two rows with failures
    for name, page in pages.items():
        assert "<script>window.pwned=1</script>" in page.text, name
        assert not set("\x00\x1b\u202e") & set(page.text), name
        assert "{{ 7*7 }}" in page.text
    assert f"={HOSTILE}" in pages["rows/20260101T000000Z-00000000/failures.html"].text
    assert "evil.example" in pages["rows/20260101T000000Z-00000000.html"].text


def test_hostile_text_in_the_data(hostile: Path) -> None:
    json.loads((hostile / "board.json").read_text())
    with (hostile / "board.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    assert len({len(line) for line in lines}) == 1
    cells = [cell for line in lines for cell in line]
    assert any(cell.startswith("'=") for cell in cells)
    assert not any(cell.startswith(("=", "@", "+")) for cell in cells)
    assert "pwned" not in (hostile / "README.md").read_text()


def test_an_empty_board(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    index = build_index(tmp_path / "results", tmp_path / "cache")
    build_site(index, tmp_path, tmp_path / "public", Options())
    assert "The board is empty" in read(tmp_path / "public")["index.html"].text


@pytest.mark.parametrize(
    ("benchmarks", "options", "licence"),
    [
        (["microsoft/CoSApien"] * 2, Options(), "cdla-permissive-2.0"),
        (["microsoft/CoSApien", "microsoft/CoSAlign-Test"], Options(), "other"),
        (["our_policy.jsonl"], Options(), "other"),
        (["contrast"], Options(texts=False), None),
        (["contrast"], Options(failures=0), None),
    ],
)
def test_the_card(
    tmp_path: Path, benchmarks: list[str], options: Options, licence: str | None
) -> None:
    from leaderboard.site.card import write_card

    rows = tuple(row(benchmark=name) for name in benchmarks)
    write_card(Index(tmp_path, rows, ()), options, tmp_path / "README.md")
    _, front, body = (tmp_path / "README.md").read_text().split("---\n", 2)
    head = yaml.safe_load(front)
    assert head["sdk"] == "static"
    assert head["title"] == "CoSA leaderboard"
    assert head.get("license") == licence
    assert "hf upload" in body


def test_the_command(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setenv("COSA_CACHE", str(tmp_path / "cache"))
    out = tmp_path / "deep" / "public"
    asked = ["site", "--dir", str(results), "--out", str(out), "--title", 'A "board": <1>']
    assert main(asked) == 0
    assert str(out / "index.html") in capsys.readouterr().out
    assert 'A "board": <1>' in read(out)["index.html"].text
    assert yaml.safe_load((out / "README.md").read_text().split("---")[1])["title"] == asked[-1]
    assert main([*asked, "--failures", "-1"]) == 1
    assert "expected 0 or more" in capsys.readouterr().err


def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_an_earlier_export_is_replaced_whole(tmp_path: Path) -> None:
    out = tmp_path / "public"
    out.mkdir()  # an empty folder may be filled
    for name in ("index.html", "board.csv"):
        with whole_folder(out) as made:
            (made / name).write_text(name)
        assert files(tmp_path) == {"public/.cosa-site", f"public/{name}"}
    (tmp_path / "plain").mkdir()
    assert out.stat().st_mode == (tmp_path / "plain").stat().st_mode  # a web server can read it


def interrupted(out: Path) -> None:
    with whole_folder(out) as made:
        (made / "index.html").write_text("half")
        raise KeyboardInterrupt


def test_an_interrupted_export_leaves_the_earlier_one(tmp_path: Path) -> None:
    out = tmp_path / "public"
    with pytest.raises(KeyboardInterrupt):
        interrupted(out)
    assert files(tmp_path) == set()
    with whole_folder(out) as made:
        (made / "index.html").write_text("whole")
    with pytest.raises(KeyboardInterrupt):
        interrupted(out)
    assert files(tmp_path) == {"public/.cosa-site", "public/index.html"}
    assert (out / "index.html").read_text() == "whole"


@pytest.mark.parametrize(
    ("there", "message"),
    [
        (["thesis.tex"], "not an earlier export"),
        ([".cosa-site", "index.html", ".git/config"], r"'\.git' in it is not part of an export"),
        (None, "not a folder"),
    ],
)
def test_what_no_export_wrote_is_not_replaced(
    tmp_path: Path, there: list[str] | None, message: str
) -> None:
    out = tmp_path / "public"
    if there is None:
        out.write_text("a file")
    for name in there or ():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("mine")
    before = files(tmp_path)
    with pytest.raises(SubmissionError, match=message), whole_folder(out):
        raise AssertionError("refused before anything is built")
    assert files(tmp_path) == before


def test_a_row_that_cannot_be_read_any_more(index: Index, tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="samples"):
        build_site(index, tmp_path, tmp_path / "public", Options())
    assert list(tmp_path.iterdir()) == []


def test_heat() -> None:
    assert [heat(score) for score in (-1, -0.5, 0, 0.5, 1)] == ["h0", "h2", "h4", "h6", "h8"]
    assert heat(None) == "none"


in_a_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver (Debian: chromium-driver)"
)


def names_shown(driver: WebDriver) -> list[str]:
    links = driver.find_elements(By.CSS_SELECTOR, "main > section:first-of-type tbody th a")
    return [link.text for link in links if link.is_displayed()]


def heading(driver: WebDriver, text: str) -> Any:
    return next(b for b in driver.find_elements(By.CSS_SELECTOR, "th button") if text in b.text)


@in_a_browser
def test_a_visitor_opens_it_from_disk(site: Path, index: Index) -> None:
    ids = by_name(index)
    by_rank = [found.name for found in index.rows]
    with browser() as driver:
        driver.get((site / "index.html").as_uri())
        assert names_shown(driver) == by_rank
        assert driver.execute_script("return getComputedStyle(document.body).margin") == "0px"

        button = heading(driver, "row")
        button.send_keys(Keys.ENTER)
        assert names_shown(driver) == sorted(by_rank)
        cell = button.find_element(By.XPATH, "..")
        assert cell.get_attribute("aria-sort") == "ascending"
        button.click()
        assert names_shown(driver) == sorted(by_rank, reverse=True)
        assert cell.get_attribute("aria-sort") == "descending"
        for _ in range(2):  # rows without a rank are last, up and down
            heading(driver, "rank").click()
            assert set(names_shown(driver)[3:]) == {"ideal", "refuse_all", "comply_all"}
        heading(driver, "CoSA-Score").click()
        assert set(names_shown(driver)[:3]) == {"ideal", "scripted/0", "scripted/1"}

        driver.find_element(By.ID, "name-filter").send_keys("scripted")
        assert sorted(names_shown(driver)) == ["scripted/0", "scripted/1", "scripted/2"]
        assert driver.find_element(By.CSS_SELECTOR, "[role=status]").text == "3 of 6 rows"

        driver.find_element(By.LINK_TEXT, "scripted/2").click()
        driver.find_element(By.LINK_TEXT, "violation").click()
        assert driver.current_url.endswith(f"rows/{ids['scripted/2']}/failures.html#k-violation")
        article = driver.find_element(By.TAG_NAME, "article")
        article.find_element(By.CSS_SELECTOR, "a.here").click()
        assert driver.current_url.endswith(f"#{article.get_attribute('id')}")
        texts = article.find_elements(By.TAG_NAME, "pre")
        assert len(texts) == 4  # config, prompt, response, judges
        assert not any(text.is_displayed() for text in texts)
        article.find_element(By.TAG_NAME, "summary").click()
        assert all(text.is_displayed() and text.text for text in texts)
        assert driver.get_log("browser") == []


@in_a_browser
def test_it_works_without_scripts(site: Path, index: Index) -> None:
    with browser() as driver:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        driver.get((site / "index.html").as_uri())
        assert names_shown(driver) == [found.name for found in index.rows]
        assert not driver.find_elements(By.CSS_SELECTOR, "th button, input")
        driver.find_element(By.LINK_TEXT, "comply_all").click()
        driver.find_element(By.LINK_TEXT, "violation").click()
        article = driver.find_element(By.TAG_NAME, "article")
        article.find_element(By.TAG_NAME, "summary").click()
        assert article.find_element(By.TAG_NAME, "pre").is_displayed()


@in_a_browser
def test_hostile_text_does_nothing_in_a_browser(hostile: Path) -> None:
    with browser() as driver:
        for path in hostile.rglob("*.html"):
            driver.get(path.as_uri())
            driver.execute_script(
                "document.querySelectorAll('details').forEach(d => d.open = true)"
            )
            for button in driver.find_elements(By.CSS_SELECTOR, "th button"):
                driver.execute_script("arguments[0].click()", button)  # a long name hides it
            assert (
                "<script>window.pwned=1</script>" in driver.find_element(By.TAG_NAME, "main").text
            )
            assert driver.execute_script("return window.pwned") is None
            assert not driver.find_elements(
                By.CSS_SELECTOR, "img, [onload], [onerror], a[href^=java]"
            )
            assert driver.get_log("browser") == []
