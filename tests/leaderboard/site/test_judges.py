"""The judges on the static site: their records' own figures, and no submitted text that does anything."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from selenium.webdriver.common.by import By

from cosapien import content_hash
from leaderboard.board.build import build_index
from leaderboard.board.index_file import Index
from leaderboard.board.rows import Row
from leaderboard.results.samples import SCHEMA, write_samples
from leaderboard.results.submission import Submission, add_submission
from leaderboard.site.build import build_site
from leaderboard.site.options import Options
from scorers.labels.files import Label
from tests.leaderboard.app.browser import browser
from tests.leaderboard.judge_factory import compliance, judged, put, record
from tests.leaderboard.reading.test_judges import PANEL, RULES, panel_row, rules_row, second
from tests.leaderboard.row_factory import figure, row
from tests.leaderboard.site.test_build import HOSTILE, Page, in_a_browser, read

ROWS = [f"20260101T000000Z-0000000{number}" for number in range(3)]


def section(page: Page, ident: str) -> str:
    """What the page says of one judge, on one line; it starts with the judge's name."""
    html = page.path.read_text(encoding="utf-8")
    (found,) = re.findall(rf'<section aria-labelledby="judge-{content_hash(ident)}">.*?</section>',
                          html, re.DOTALL)  # fmt: skip
    return " ".join(re.sub("<[^>]*>", " ", found).split())


def board(folder: Path, rows: list[Row]) -> Index:
    """A board of these rows; each has four samples, of which one has no score."""
    lines = []
    for each in rows:
        texts = {f.name: "-" for f in SCHEMA if pa.types.is_string(f.type)}
        samples = [
            texts
            | {"sample_id": f"s{n}", "epoch": 1, "cosa_score": 0.5 if n else None}
            | {"helpful_safe": 1.0, "helpful_unsafe": 0.0, "helpfulness": 0.5, "compliant": True}
            | {"unscored": float(not n), "disagreement": 0.25 if n else None}
            for n in range(4)
        ]
        (folder / "results" / each.folder).mkdir(parents=True)
        write_samples(samples, folder / "results" / each.folder / "samples.parquet")
        lines += [s | {"row_id": each.id, "track": each.track} for s in samples]
    own = [pa.field("row_id", pa.string()), pa.field("track", pa.string())]
    table = pa.Table.from_pylist(lines, schema=pa.schema([*own, *SCHEMA]))
    pq.write_table(table, folder / "index.parquet")
    return Index(folder / "index.parquet", tuple(rows), ())


def site_of(folder: Path, rows: list[Row]) -> dict[str, Page]:
    build_site(board(folder, rows), folder / "results", folder / "public", Options())
    return read(folder / "public")


def in_folder(made: Any, number: int, **changes: Any) -> Row:
    found: Row = made(ROWS[number], folder=f"data/b/m/{ROWS[number]}", **changes)
    return found


@pytest.fixture
def judged_twice(tmp_path: Path) -> dict[str, Page]:
    """Two rows of a panel with a record, one of them judged again by the rules of a third row."""
    again = [
        second("rules", 0.2, score=figure(0.45)),
        second("panel", -0.01, judge_name="lab/one + lab/two"),
    ]
    rows = [
        in_folder(panel_row, 0, name="model/zero", attestations=again),
        in_folder(panel_row, 1, name="model/one"),
        in_folder(rules_row, 2, name="model/two", track="c" * 12),
    ]
    # 8 of 10 compliant ones called so, 3 of 4 violations; the fourth also in its repeat
    answers = compliance(8, 2, 3, 1)
    repeated = [
        judged(int(a.id[1:]), a.truth, Label(compliant=not a.verdict.compliant)
               if a.id == "r0" else a.verdict, 2)
        for a in answers
    ]  # fmt: skip
    made = record([*answers, *repeated], judge=PANEL, disagreement=0.125, labels="people.csv")
    put(made, tmp_path / "results")
    return site_of(tmp_path, rows)


def test_a_record_is_shown_with_its_own_figures(judged_twice: dict[str, Page]) -> None:
    page = judged_twice["judges.html"]
    said = section(page, PANEL["id"])
    assert said.startswith("lab/one + lab/two identity pppppppppppp kind llm")
    assert "2 rows model/zero · model/one" in said
    assert "samples 8 unscored 25.0% panel disagreement 0.250" in said
    assert "On people.csv (eeeeeeeeeeee), 2026-01-03" in said
    (line,) = re.findall(r"no verdict violates its config (.*?) By config", said)
    data = json.loads((page.path.parent / "board.json").read_text())
    (own,) = data["judges"][PANEL["id"]]["records"]
    found = own["questions"]["compliant"]
    kept = [*(found["against_people"][n] for n in ("accuracy", "kappa", "sensitivity",
            "specificity")), found["alpha"], found["people"]]  # fmt: skip
    cells = [f"{f['mean']:.2f} [{f['lower']:.2f}, {f['upper']:.2f}]" for f in kept]
    assert line == " ".join([str(found["labelled"]), *cells[:4], "–", *cells[4:], "0.0%"])
    # of both repeats: 7 or 8 of 10 compliant ones called so, 3 of 4 violations
    assert found["against_people"]["sensitivity"]["mean"] == pytest.approx(3 / 4)
    assert "0.75 [" in line
    assert "config desk violates its config 7" in said
    # one verdict of 14 changes: its score moves from 0 to 0, since there is no helpfulness
    assert "asked 2 times (plain), its verdict changes on 7.1% of responses" in said
    assert "what that does to a CoSA-Score is not established" in said
    assert "within its panel on these: 0.125" in said


def test_noise_of_a_score(tmp_path: Path) -> None:
    scores = [(0.0, 1.0), (1.0, 1.0), (0.6, 0.4), (0.0, 0.0)]
    verdicts = [
        judged(number, Label(1.0, True), Label(score, True), epoch)
        for number, pair in enumerate(scores)
        for epoch, score in enumerate(pair, start=1)
    ]
    put(record(verdicts), tmp_path / "results")
    found = row(id=ROWS[0], folder=f"data/b/m/{ROWS[0]}")
    said = section(site_of(tmp_path, [found])["judges.html"], found.judge_id)
    # means of the repeats 1.6 / 4 and 2.4 / 4: a standard deviation of 0.2 / sqrt(2)
    assert "changes on 50.0% of responses" in said
    assert "a CoSA-Score of all 4 moves by ±0.141" in said


def test_second_scores_stand_with_both_judges(judged_twice: dict[str, Page]) -> None:
    page = judged_twice["judges.html"]
    line = "re-scored +0.250 +0.450 +0.200 [+0.150, +0.250] 1 2 0 us 2026-01-02"
    panel, rules = (section(page, judge["id"]) for judge in (PANEL, RULES))
    again, by_itself = panel.split("Its rows, judged again by another judge ")[1].split(
        "Its rows, judged again by itself "
    )
    assert f"model/zero rules {line}" in again
    assert "-0.010 [-0.060, +0.040]" in by_itself
    assert "Rows of other judges" not in panel
    given = rules.partition("Rows of other judges, judged again by it ")[2]
    assert f"model/zero lab/one + lab/two {line}" in given
    assert "Agreement with people: not established" in rules


def test_a_row_leads_to_its_judge(judged_twice: dict[str, Page]) -> None:
    wanted = f"judges.html#judge-{content_hash(PANEL['id'])}"
    assert f"../{wanted}" in judged_twice[f"rows/{ROWS[0]}.html"].links
    assert wanted in judged_twice["index.html"].links
    assert "judges.html" in judged_twice["index.html"].links


def test_a_judge_of_older_revisions_only_has_no_section(tmp_path: Path) -> None:
    rows = [in_folder(panel_row, 0, revision=2), in_folder(rules_row, 1, latest=False)]
    pages = site_of(tmp_path, rows)  # no link leads nowhere
    assert f"judge-{content_hash(RULES['id'])}" not in pages["judges.html"].ids
    assert not any("#judge-" in link for link in pages[f"rows/{ROWS[1]}.html"].links)


def test_where_nothing_is_known_it_says_so(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    add_submission(reference["ideal"], tmp_path / "results")
    index = build_index(tmp_path / "results", tmp_path / "cache")
    for out in ("one", "two"):
        build_site(index, tmp_path / "results", tmp_path / out, Options(failures=0))
    page = read(tmp_path / "one")["judges.html"]
    assert page.path.read_bytes() == (tmp_path / "two" / "judges.html").read_bytes()
    said = section(page, index.rows[0].judge_id)
    assert "1 row ideal samples 288 unscored 0.0% panel disagreement not established" in said
    for what in ("Agreement with people", "Agreement with itself", "Difference from other judges"):
        assert f"{what}: not established" in said
    data = json.loads((tmp_path / "one" / "board.json").read_text())
    assert data["judges"][index.rows[0].judge_id]["records"] == []


def test_an_empty_board_has_no_judges(tmp_path: Path) -> None:
    assert "No judge has judged" in site_of(tmp_path, [])["judges.html"].text


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """One text in every free field of a record, of a row's judge and of a second score."""
    text = HOSTILE.strip()
    ident = text[:200]
    judge = {"kind": "llm", "id": ident, "models": [{"name": "lab/one", "parameters": text}]}
    verdicts = [
        judged(number, Label(compliant=number > 2), Label(compliant=number > epoch), epoch, text)
        for number in range(6)
        for epoch in (1, 2)
    ]
    made = record(verdicts, judge=judge, labels=text)
    groups = {text: made.by_config["desk"]}
    put(record(verdicts, judge=judge, labels=text, by_config=groups, by_type=groups, date=text),
        tmp_path / "results")  # fmt: skip
    again = second(text, 0.1, judge_id=text, by=text, created=text)
    site_of(
        tmp_path,
        [
            row(
                id=ROWS[0], folder=f"data/b/m/{ROWS[0]}", name=text, judge=judge, judge_id=ident,
                judge_name=text, attestations=[again],
            )
        ],
    )  # fmt: skip
    return tmp_path / "public"


def test_hostile_text_in_a_record_stays_text(hostile: Path) -> None:
    page = read(hostile)["judges.html"]  # which knows our tags and attributes only
    said = page.text
    assert f"On {HOSTILE.strip()[:300]}" in said
    assert f"asked 2 times ({HOSTILE[:200]})" in said
    assert said.count("<script>window.pwned=1</script>") > 10
    assert "{{ 7*7 }}" in said
    json.loads((hostile / "board.json").read_text())


@in_a_browser
def test_it_reads_with_scripts_off_and_runs_none_of_others(hostile: Path) -> None:
    with browser() as driver:
        for off in (False, True):
            driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": off})
            driver.get((hostile / "judges.html").as_uri())
            for summary in driver.find_elements(By.TAG_NAME, "summary"):
                summary.click()
            shown = driver.find_element(By.TAG_NAME, "main").text
            assert "by config and prompt type" in shown.lower()
            assert shown.count("<script>window.pwned=1</script>") > 10
            assert bool(driver.find_elements(By.CSS_SELECTOR, "th button")) is not off
            if not off:
                assert driver.execute_script("return window.pwned") is None
                assert not driver.find_elements(By.CSS_SELECTOR, "img, [onload], [onerror]")
            assert driver.get_log("browser") == []
