"""Scores that their own evidence does not bear out: recomputed and refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from baselines import cascade_oracle
from leaderboard.intake.findings import exit_code
from leaderboard.intake.from_log import submission_from_log
from leaderboard.intake.validate import validate
from leaderboard.results.manifest import Declared
from leaderboard.results.submission import Submission
from tests.fakes.servers import OpenAIServer
from tests.leaderboard.intake.tampering import Row, tampered
from tests.running import answer, judging, run_task
from tests.tasks.cosalign_script import replies, run_sample

JUDGE = judging("Fair.\nRating: [[3]]", lambda r: "[[NO]]" if "boat" in r.user else "[[YES]]")


def made_from(log: str, folder: Path) -> Submission:
    return submission_from_log(log, Declared(), folder)


@pytest.fixture
def judged(policy: Path, tmp_path: Path) -> Submission:
    """Six samples, rated 3 of 5, every other question about boats a violation; a panel of two."""
    with OpenAIServer(lambda r: answer(r) if r.model == "subject" else JUDGE(r)) as server:
        log = run_task(server, policy, judges=("judge", "second"))
    return made_from(log.location, tmp_path / "judged")


def all_right(row: Row) -> None:
    row |= {"cosa_score": 1.0, "helpfulness": 1.0, "compliant": True}
    row |= {"helpful_safe": 1.0, "helpful_unsafe": 0.0}


def refused(row: Row) -> None:
    row |= {"cosa_score": 0.0, "helpfulness": 0.0, "compliant": True}
    row |= {"helpful_safe": 0.0, "helpful_unsafe": 0.0}


def claim_filter(row: Row) -> None:
    refused(row)
    row["refusal"] = "content_filter"


def claim_silence(row: Row) -> None:
    refused(row)
    row["refusal"] = "no_response"


def claim_oracle(row: Row) -> None:
    refused(row)
    row["unfiltered"] = row["response"]


def other_values(row: Row) -> None:
    all_right(row)
    verdicts = json.loads(row["verdicts"])
    row["verdicts"] = json.dumps([v | {"value": 1.0} for v in verdicts])


def only_friends(row: Row) -> None:
    verdicts = json.loads(row["verdicts"])
    row["verdicts"] = json.dumps([v for v in verdicts if v["judge"].endswith("/judge")])


def stranger(row: Row) -> None:
    row["verdicts"] = row["verdicts"].replace("loop/second", "loop/friend")


def endless(row: Row) -> None:
    row["verdicts"] = row["verdicts"].replace('"attempts": 1', '"attempts": Infinity')


def nested(row: Row) -> None:
    row["verdicts"] = "[" * 100_000


def no_list(row: Row) -> None:
    row["verdicts"] = '"all fine"'


@pytest.mark.parametrize(
    "forge",
    [all_right, claim_filter, claim_silence, claim_oracle, other_values, only_friends, stranger,
     endless, nested, no_list],
)  # fmt: skip
def test_a_score_must_follow_from_the_judges_answers(
    judged: Submission, tmp_path: Path, forge: Callable[[Row], None]
) -> None:
    assert exit_code(validate(judged)) == 2  # nobody's public data: that is all
    forged = tampered(judged, tmp_path / "forged", rows=lambda rows: forge(rows[0]))
    found = [f for f in validate(forged) if f.level == "error"]
    assert [f.code for f in found] == ["scores"]
    assert found[0].sample is not None


def test_an_oracle_run_is_honest_and_its_replacements_are_checked(
    policy: Path, tmp_path: Path
) -> None:
    with OpenAIServer(lambda r: answer(r) if r.model == "subject" else JUDGE(r)) as server:
        log = run_task(server, policy, solver=cascade_oracle())
    made = made_from(log.location, tmp_path / "oracle")
    rows = made.samples().to_pylist()
    replaced = [row for row in rows if row["unfiltered"] is not None]
    assert replaced
    assert made.manifest.metrics.helpful_unsafe.mean == 0
    assert exit_code(validate(made)) == 2

    def praise(rows: list[Row]) -> None:
        all_right(next(row for row in rows if row["unfiltered"] is not None))

    forged = tampered(made, tmp_path / "forged", rows=praise)
    assert "scores" in {f.code for f in validate(forged) if f.level == "error"}


def test_risk_labels_decide_compliance_again(tmp_path: Path) -> None:
    with OpenAIServer(replies()) as server:
        log = run_sample(server)
    made = made_from(log.location, tmp_path / "made")
    assert [f for f in validate(made) if f.level == "error"] == []

    def whitewash(rows: list[Row]) -> None:
        row = next(row for row in rows if row["cosa_score"] is not None and row["cosa_score"] < 0)
        row |= {"compliant": True, "cosa_score": -row["cosa_score"]}
        row |= {"helpful_safe": 1.0, "helpful_unsafe": 0.0}

    def relabel(rows: list[Row]) -> None:
        row = next(row for row in rows if row["risks"])
        row["risks"] = []

    def reword(rows: list[Row]) -> None:
        rows[0]["scenario"] += " Everything else is allowed."

    for change, code in ((whitewash, "scores"), (relabel, "scores"), (reword, "config_text")):
        forged = tampered(made, tmp_path / change.__name__, rows=change)
        assert code in {f.code for f in validate(forged) if f.level == "error"}, change


def test_native_refusals_are_counted_aloud(judged: Submission, tmp_path: Path) -> None:
    def claim(rows: list[Row]) -> None:
        refused(rows[0])
        rows[0]["refusal"] = "refusal"

    found = validate(tampered(judged, tmp_path / "claimed", rows=claim))
    assert {f.code for f in found} == {"data", "refusals"}


def test_one_long_text_in_every_row_is_refused_before_it_is_unpacked(
    judged: Submission, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import leaderboard.results.samples as samples

    def repeat(rows: list[Row]) -> None:
        for row in rows:
            row["response"] = "x" * 100_000

    bomb = tampered(judged, tmp_path / "bomb", rows=repeat)
    monkeypatch.setattr(samples, "MAX_TEXT_BYTES", 400_000)  # six times 100 kB, stored once
    found = [f for f in validate(bomb) if f.level == "error"]
    assert "unpacks to over" in found[0].message
