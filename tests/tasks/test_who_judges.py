"""A task says who judges, and by which rubric."""

import pytest

from cosapien import UserError
from tasks.cosapien import cosapien


def test_auto_says_that_rules_judge_and_why(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.assembly.display_type", lambda: "plain")
    metadata = cosapien(dataset="contrast").metadata
    assert (metadata["judge"], metadata["rubric"]) == ("rules", None)
    line = "judge: rules (every record has checks; bind a grader for an LLM judge)\n"
    assert line in capsys.readouterr().err


def test_the_rubric_of_records_with_checks_is_ours_unless_another_is_asked_for() -> None:
    def rubric(**options: str) -> str:
        return cosapien(dataset="contrast", judge="deferred", **options).metadata["rubric"]

    assert rubric() == "ours"
    assert rubric(rubric="paper") == "paper"


def test_an_unknown_rubric_is_refused() -> None:
    with pytest.raises(UserError, match="rubric must be auto, paper or ours, not 'theirs'"):
        cosapien(dataset="contrast", rubric="theirs")
