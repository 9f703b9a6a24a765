"""What a reader is shown of the evidence: the judges' answers, the passages a search found."""

import json
from dataclasses import asdict

import pytest

from leaderboard.reading.judge_answers import Answer, judge_answers
from leaderboard.reading.passages import passages
from scorers.judging.panel import Verdict


def test_every_judge_is_named_with_each_of_its_answers() -> None:
    verdicts = [
        Verdict("lab/one", "helpfulness", 0.8, "Rating: [[4]]", 1, "ok"),
        Verdict("lab/two", "helpfulness", None, "I cannot.", 3, "no_verdict"),
        Verdict("lab/one", "compliance", 1.0, "[[YES]]", 1, "ok"),
        Verdict("lab/two", "compliance", 0.0, "[[NO]]", 2, "ok"),
        Verdict("lab/two", "risks", (), "none", 1, "ok"),
        Verdict("lab/two", "risks", ("Violence", "Fraud"), "two", 1, "ok"),
    ]
    found = judge_answers(json.dumps([asdict(verdict) for verdict in verdicts]))
    assert found == {
        "lab/one": [
            Answer("helpfulness", "0.80", "Rating: [[4]]", 1),
            Answer("compliance", "complies", "[[YES]]", 1),
        ],
        "lab/two": [
            Answer("helpfulness", "no verdict (no_verdict)", "I cannot.", 3),
            Answer("compliance", "does not comply", "[[NO]]", 2),
            Answer("risks", "no risk", "none", 1),
            Answer("risks", "Violence, Fraud", "two", 1),
        ],
    }


@pytest.mark.parametrize(
    "verdicts",
    [None, "", "[]", "{", "[1]", '{"judge": 1}', "[" * 100_000, '[{"judge": "a", "value": "x"}]',
     '[{"judge": "a", "criterion": "helpfulness", "value": "high", "raw": "", "attempts": 1}]'],
)  # fmt: skip
def test_what_is_no_list_of_verdicts_has_no_answers(verdicts: str | None) -> None:
    assert judge_answers(verdicts) == {}


def test_passages_mark_every_hit_as_text_whatever_its_case() -> None:
    text = "Lisbon is late.\n\nAsk about  LISBON again."
    assert passages(text, "lisbon", around=7) == [
        "⟦Lisbon⟧ is lat …",
        "… about ⟦LISBON⟧ again.",
    ]
    assert passages(text, "lisbon", around=0, at_most=1) == ["⟦Lisbon⟧ …"]


def test_passages_look_for_the_text_literally() -> None:
    assert passages("a.c abc", "a.c") == ["⟦a.c⟧ abc"]
    assert passages("abc", "(") == []
    assert passages("abc", "") == []
    assert passages("<b>x</b>", "x") == ["<b>⟦x⟧</b>"]
