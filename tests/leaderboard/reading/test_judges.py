"""What a board knows of its judges, worked out by hand."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.app.serving import MAIN
from leaderboard.board.build import build_index
from leaderboard.board.rows import Row
from leaderboard.display.numbers import signed
from leaderboard.evidence.judge_records import by_judge, read_judge_records
from leaderboard.reading.judges import JudgeUse, Tally, judge_uses, tallies
from leaderboard.results.submission import Submission, add_submission
from scorers.labels.files import Label
from tests.leaderboard.judge_factory import compliance, judged, put, record
from tests.leaderboard.row_factory import figure, row

PANEL = {
    "kind": "llm",
    "id": "p" * 12,
    "models": [{"name": "lab/one"}, {"name": "lab/two"}],
}
HOSTILE = "<script>alert(1)</script> ![x](http://127.0.0.1:9/x.png)"
RULES = {"kind": "rules", "id": "r" * 12}


def second(judge: str, difference: float, **changes: Any) -> dict[str, Any]:
    return {
        "tier": "re-scored",
        "created": "2026-01-02T00:00:00+00:00",
        "judge_name": judge,
        "judge_id": judge[0] * 12,
        "score": figure(0.5),
        "difference": figure(difference),
        "safe_to_unsafe": 1,
        "unsafe_to_safe": 2,
        "newly_unscored": 0,
        "identical_responses": None,
        "data": "benchmark",
        "by": "us",
    } | changes


def panel_row(ident: str, **changes: Any) -> Row:
    return row(id=ident, judge=PANEL, judge_id="p" * 12, judge_name="lab/one + lab/two", **changes)


def rules_row(ident: str, **changes: Any) -> Row:
    return row(id=ident, judge=RULES, judge_id="r" * 12, judge_name="rules", **changes)


COUNTED = {
    "one": Tally(samples=100, unscored=2, compared=98, disagreement=9.8),
    "two": Tally(samples=300, unscored=0, compared=302, disagreement=30.2),
    "old": Tally(samples=1000, unscored=1000, compared=0, disagreement=0.0),
    "three": Tally(samples=50, unscored=0, compared=50, disagreement=0.0),
}


def by_name(rows: list[Row]) -> dict[str, JudgeUse]:
    return {use.name: use for use in judge_uses(rows, COUNTED, {})}


def test_rows_are_added_up_by_judge_and_older_revisions_left_out() -> None:
    rows = [rules_row("three"), panel_row("one"), panel_row("two"), panel_row("old", latest=False)]
    found = judge_uses(rows, COUNTED, {})
    assert [use.name for use in found] == ["lab/one + lab/two", "rules"]  # most rows first
    panel, rules = found
    assert [r.id for r in panel.rows] == ["one", "two"]
    assert panel.samples == 400
    assert panel.unscored == pytest.approx(0.005)  # 2 of 400
    assert panel.disagreement == pytest.approx(0.1)  # 40 of 400
    assert panel.identity == PANEL
    assert (rules.samples, rules.unscored) == (50, 0)


def test_one_judge_alone_has_no_disagreement() -> None:
    assert by_name([rules_row("three")])["rules"].disagreement is None
    single = row(id="three")  # its factory's judge is one model
    assert by_name([single])["openai/judge"].disagreement is None


def test_second_scores_stand_with_who_was_judged_and_who_judged() -> None:
    rows = [
        panel_row("one", attestations=[second("rules", 0.2), second("panel", 0.0)]),
        rules_row("three"),
    ]
    found = by_name(rows)
    own = found["lab/one + lab/two"].own
    assert [(s.attestation.judge_name, s.same_judge) for s in own] == [
        ("rules", False),
        ("panel", True),
    ]
    assert [s.row.id for s in found["rules"].given] == ["one"]
    assert found["rules"].own == ()


def test_a_judge_of_second_scores_only_is_listed_without_an_identity() -> None:
    found = by_name([panel_row("one", attestations=[second("other", -0.1)])])
    use = found["other"]
    assert (use.identity, use.rows, use.samples) == (None, (), 0)
    assert use.unscored is None
    assert len(use.given) == 1


def test_tallies_are_sums_over_each_row() -> None:
    db = duckdb.connect(":memory:")
    db.execute("create table samples (row_id varchar, cosa_score double, disagreement double)")
    db.execute(
        """insert into samples values ('a', 1, 0.5), ('a', null, null), ('a', 0, 0.25),
            ('b', null, null)"""
    )
    assert tallies(db) == {"a": Tally(3, 1, 2, 0.75), "b": Tally(1, 1, 0, 0.0)}


def test_records_stand_with_their_judge_and_alone_where_no_row_has_it(tmp_path: Path) -> None:
    put(record(compliance(3, 1, 2, 0), judge=PANEL), tmp_path)
    put(record(compliance(2, 0, 2, 0), judge={"id": "theirs", "kind": "recorded"}), tmp_path)
    records = by_judge(read_judge_records(tmp_path)[0])
    uses = {
        use.name: use for use in judge_uses([panel_row("one"), rules_row("three")], {}, records)
    }
    assert [r.questions["compliant"].labelled for r in uses["lab/one + lab/two"].records] == [6]
    assert uses["rules"].records == ()
    theirs = uses["recorded:theirs"]
    assert (theirs.rows, theirs.samples, theirs.unscored, len(theirs.records)) == ((), 0, None, 1)
    assert theirs.identity == {"id": "theirs", "kind": "recorded"}


@pytest.fixture
def board(reference: dict[str, Submission], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Row:
    """One row, with a record of its judge: hostile names, asked twice."""
    results = tmp_path / "results"
    add_submission(reference["comply_all"], results)
    judge = reference["comply_all"].manifest.judge
    verdicts = [
        judged(n, Label(1.0, n > 2, False), Label(1.0, n > 3 - epoch, False), epoch)
        for n in range(8)
        for epoch in (1, 2)
    ]
    put(record(verdicts, judge=judge, labels=HOSTILE, disagreement=0.125), results)
    index = build_index(results, tmp_path / "cache")
    monkeypatch.setenv("COSA_INDEX", str(index.path))
    monkeypatch.setenv("COSA_RESULTS", str(results))
    return index.rows[0]


def page(name: str, **address: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60).run()
    if name != "board":
        app = app.switch_page(f"views/{name}.py")
    for key, value in address.items():
        app.query_params[key] = value
    app = app.run()
    assert not app.exception, app.exception
    return app


def said(app: AppTest) -> str:
    kinds = ("caption", "markdown", "text", "code")
    found = [str(e.value) for kind in kinds for e in app.get(kind) if hasattr(e, "value")]
    return "\n".join(found).replace("\\", "")


NOISE = "±0.029"
"""Of 8 responses one moves by 2 between the repeats, a variance of 2: sqrt(2 / 8 / 288) = 0.0295."""


def test_the_judges_page_shows_the_record(board: Row) -> None:
    app = page("judges")
    first, by_question, by_group = (table.value for table in app.dataframe[:3])
    assert "violates its config: kappa 1.00 (n 8)" in first["agreement with people"][0]
    assert list(by_question["question"]) == ["helpfulness", "violates its config", "full refusal"]
    assert by_question["sensitivity"][1].startswith("1.00 [")
    assert set(by_group["group"]) == {"desk", "quay"}
    text = said(app)
    assert "asked 2 times" in text
    assert "12.5% of responses" in text  # one of eight
    assert "within its panel on these: 0.125" in text
    assert "<script>" in text
    assert not any(e.value and "<script>" in e.value for e in app.markdown)  # escaped there


def test_noise_and_the_corrected_score_stand_beside_the_judged_one(board: Row) -> None:
    assert NOISE in said(page("board"))
    app = page("model", row=board.id)
    assert NOISE in said(app)
    assert "Valid only if the judge errs as often here as there" in said(app)
    (table,) = [t.value for t in app.dataframe if "corrected" in t.value]
    assert list(table["method"]) == ["Rogan-Gladen"]
    assert list(table["judged"]) == [signed(board.metrics.cosa_score.mean)]
    # a judge that was right on all 8 corrects nothing
    assert list(table["corrected"]) == list(table["judged"])
