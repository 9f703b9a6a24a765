"""What a board knows of its judges, worked out by hand."""

from typing import Any

import duckdb
import pytest

from leaderboard.judges import JudgeUse, Tally, judge_uses, tallies
from leaderboard.rows import Row
from tests.leaderboard.row_factory import figure, row

PANEL = {
    "kind": "llm",
    "id": "p" * 12,
    "models": [{"name": "lab/one"}, {"name": "lab/two"}],
}
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
    return {use.name: use for use in judge_uses(rows, COUNTED)}


def test_rows_are_added_up_by_judge_and_older_revisions_left_out() -> None:
    rows = [rules_row("three"), panel_row("one"), panel_row("two"), panel_row("old", latest=False)]
    found = judge_uses(rows, COUNTED)
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
