"""The pinned judge: who re-scores if nobody is named, and whose second score earns a tier."""

import json
from pathlib import Path

import pytest

from leaderboard.board.build import build_index
from leaderboard.board.index_file import Index
from leaderboard.cli import main
from leaderboard.errors import SubmissionError
from leaderboard.evidence.attestations import attest, write_attestation
from leaderboard.evidence.pins import Pins, read_pins
from leaderboard.results.layout import PINS
from leaderboard.results.submission import Submission, add_submission


@pytest.fixture
def results(reference: dict[str, Submission], tmp_path: Path) -> Path:
    add_submission(reference["ideal"], tmp_path / "results")
    return tmp_path / "results"


def pin(results: Path, **judges: object) -> None:
    (results / PINS).write_text(json.dumps({"format": "cosa-pins/1", "judges": judges}))


def board(results: Path, tmp_path: Path) -> Index:
    return build_index(results, tmp_path / "cache")


@pytest.mark.parametrize(
    ("pinned", "judge", "found"),
    [
        (None, {"kind": "rules"}, None),
        ("rules", {"kind": "rules"}, True),
        ("rules", {"kind": "llm", "models": [{"name": "a/b"}]}, False),
        (["a/b"], {"kind": "rules", "models": []}, False),
        (["a/b"], {"kind": "llm", "models": [{"name": "a/b"}]}, True),
        (["a/b", "c/d"], {"kind": "llm", "models": [{"name": "c/d"}, {"name": "a/b"}]}, True),
        (["a/b"], {"kind": "llm", "models": [{"name": "a/b"}, {"name": "a/b"}]}, False),
    ],
)
def test_who_is_the_pinned_judge(pinned: object, judge: dict, found: bool | None) -> None:
    judges = {} if pinned is None else {"contrast": pinned}
    assert Pins.model_validate({"judges": judges}).pinned("contrast", judge) is found


def test_only_the_pinned_judges_second_score_earns_the_tier(
    reference: dict[str, Submission], results: Path, tmp_path: Path
) -> None:
    ideal = reference["ideal"]
    write_attestation(attest(ideal, ideal, tier="re-scored", by="board"), results)
    assert [row.tier for row in board(results, tmp_path).rows] == ["re-scored"]
    before = board(results, tmp_path).path
    pin(results, contrast=["openai/gpt-4o"])
    assert board(results, tmp_path).path != before
    (row,) = board(results, tmp_path).rows
    assert (row.tier, len(row.attestations)) == ("self-reported", 1)
    pin(results, contrast="rules")
    assert [row.tier for row in board(results, tmp_path).rows] == ["re-scored"]


def test_rescore_asks_the_pinned_judge(
    reference: dict[str, Submission],
    results: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pin(results, contrast="rules")
    words = ["rescore", reference["ideal"].manifest.id, "--dir", str(results)]
    assert main([*words, "--log-dir", str(tmp_path / "logs")]) == 0
    assert "re-scored by rules" in capsys.readouterr().out
    assert [row.tier for row in board(results, tmp_path).rows] == ["re-scored"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "expected"),
        ('{"format": "cosa-pins/2"}', "format"),
        ('{"judges": {"contrast": "gpt"}}', "contrast"),
        ('{"judges": {"contrast": []}}', "contrast"),
        ('{"judges": {"contrast": "rules", "contrast": ["a/b"]}}', "twice"),
        ("[" * 100_000, "deep"),
        (" " * 200_000, "over 100,000 bytes"),
    ],
)
def test_a_file_of_another_form_is_named_and_the_board_goes_on(
    text: str, said: str, results: Path, tmp_path: Path
) -> None:
    (results / PINS).write_text(text)
    with pytest.raises(SubmissionError, match=said):
        read_pins(results)
    found = board(results, tmp_path)
    assert [row.tier for row in found.rows] == ["self-reported"]
    assert [broken.folder for broken in found.broken] == [PINS]
