"""Second scores as files: added once, worked out again when read, and what they earn a row."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.board.build import build_index
from leaderboard.board.rows import Row
from leaderboard.cli import main
from leaderboard.errors import SubmissionError
from leaderboard.evidence.attestations import (
    MAX_ATTESTATION_BYTES,
    AttestationFile,
    attest,
    read_attestations,
    write_attestation,
)
from leaderboard.results.hub import fetch_results, files_of, open_pull_request
from leaderboard.results.layout import ATTESTATIONS
from leaderboard.results.submission import Submission, add_submission
from tests.fakes.hub_writes import TOKEN, WritableHub
from tests.leaderboard.intake.tampering import tampered


@pytest.fixture
def results(reference: dict[str, Submission], tmp_path: Path) -> Path:
    for submission in reference.values():
        add_submission(submission, tmp_path / "results")
    return tmp_path / "results"


@pytest.fixture
def refused(reference: dict[str, Submission]) -> AttestationFile:
    """The second score of a submission that comply_all's verdicts are said to be one of."""
    return attest(reference["refuse_all"], reference["refuse_all"], tier="re-scored", by="board")


def row_of(results: Path, name: str, cache: Path) -> Row:
    return next(row for row in build_index(results, cache).rows if row.method.name == name)


def test_written_once_and_read_back(
    refused: AttestationFile, reference: dict[str, Submission], results: Path
) -> None:
    path = write_attestation(refused, results)
    assert path.parent == results / ATTESTATIONS / reference["refuse_all"].manifest.id
    assert read_attestations(results, reference["refuse_all"]) == ([refused], [])
    assert read_attestations(results, reference["ideal"]) == ([], [])
    before = path.read_bytes()
    with pytest.raises(SubmissionError, match="never overwritten"):
        write_attestation(refused, results)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_tiers_on_the_board(
    reference: dict[str, Submission],
    refused: AttestationFile,
    results: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COSA_CACHE", str(tmp_path / "cache"))
    before = build_index(results, tmp_path / "cache").path
    assert row_of(results, "refuse_all", tmp_path / "cache").tier == "self-reported"
    write_attestation(refused, results)
    assert build_index(results, tmp_path / "cache").path != before
    row = row_of(results, "refuse_all", tmp_path / "cache")
    assert (row.tier, row.warnings) == ("re-scored", [])
    assert row.attestations[0].score == row.metrics.cosa_score
    again = attest(reference["ideal"], reference["ideal"], tier="reproduced", by="board")
    assert again.identical_responses == reference["ideal"].manifest.samples.rows
    write_attestation(again, results)
    assert row_of(results, "ideal", tmp_path / "cache").tier == "reproduced"
    assert main(["board", "--dir", str(results)]) == 0
    shown = capsys.readouterr().out
    tiers = ("self-reported", "re-scored", "reproduced")
    named = {
        name: [t for t in tiers for line in shown.splitlines() if name in line and t in line]
        for name in ("refuse_all", "comply_all")
    }
    assert named == {"refuse_all": ["re-scored"], "comply_all": ["self-reported"]}


def test_a_same_judge_that_disagrees_is_a_warning_and_no_tier(
    reference: dict[str, Submission], results: Path, tmp_path: Path
) -> None:
    def worse(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row |= {"cosa_score": -row["cosa_score"], "helpful_safe": 0.0, "compliant": False}

    second = tampered(reference["ideal"], tmp_path / "second", worse)
    found = attest(reference["ideal"], second, tier="reproduced", by="<b>board</b>")
    write_attestation(found, results)
    row = row_of(results, "ideal", tmp_path / "cache")
    assert row.tier == "self-reported"
    assert len(row.attestations) == 1
    assert [w for w in row.warnings if w.startswith("reproduced: the same judge finds -1.000")]

    other = found.model_copy(update={"judge": found.judge | {"id": "another"}})
    write_attestation(other, results)
    assert row_of(results, "ideal", tmp_path / "cache2").tier == "reproduced"


def test_a_sample_without_a_score_may_get_one_the_second_time(
    reference: dict[str, Submission], results: Path, tmp_path: Path
) -> None:
    """And the other way round; what has no pair stays out of the difference."""
    figures = ("cosa_score", "helpfulness", "helpful_safe", "helpful_unsafe", "compliant")

    def lose(position: int) -> Callable[[list[dict[str, Any]]], None]:
        def edit(rows: list[dict[str, Any]]) -> None:
            rows[position] |= dict.fromkeys(figures) | {"unscored": 1.0}

        return edit

    first = tampered(reference["ideal"], tmp_path / "first", lose(0))
    second = tampered(reference["ideal"], tmp_path / "second", lose(1))
    found = attest(first, second, tier="re-scored", by="board")
    assert found.difference.n == reference["ideal"].manifest.samples.rows - 2
    assert (found.difference.mean, found.changed.newly_unscored) == (0, 1)
    write_attestation(found, results)
    assert read_attestations(results, first) == ([found], [])


def _edited(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda content: content.update(changes)


def _flatter(content: dict[str, Any]) -> None:
    for scores in content["scores"].values():
        scores[0] = 1.0


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (_edited(tier="official"), "tier"),
        (_edited(format="cosa-attestation/2"), "format"),
        (_edited(extra=1), "extra"),
        (_edited(submission="../../x"), "submission"),
        (_edited(submission="20260101T000000Z-00000001"), "about submission"),
        (_edited(samples_sha256="0" * 64), "another samples file"),
        (_edited(score={"mean": 1.0, "stderr": 0.0, "lower": 1.0, "upper": 1.0, "n": 1}), "score"),
        (_edited(scores={}), "second scores"),
        (_edited(judge={"kind": "rules"}), "judge"),
        (_flatter, "differs from the figure of its scores"),
        (lambda content: content["scores"].update({"nobody": [1.0]}), "second scores"),
        (
            lambda content: content["scores"].update({next(iter(content["scores"])): [2.0]}),
            "scores",
        ),
        (lambda content: content["score"].update({"mean": float("nan")}), "score"),
    ],
)
def test_an_edited_file_is_left_out_by_name(
    edit: Callable[[dict[str, Any]], object],
    said: str,
    refused: AttestationFile,
    reference: dict[str, Submission],
    results: Path,
    tmp_path: Path,
) -> None:
    import hashlib

    kept = write_attestation(refused, results)
    content = json.loads(kept.read_text())
    edit(content)
    text = json.dumps(content).encode()
    stem = kept.stem.rsplit("-", 1)[0]
    tier = "official-" if content["tier"] == "official" else ""
    (kept.parent / f"{tier}{stem}-{hashlib.sha256(text).hexdigest()[:8]}.json").write_bytes(text)
    good, faults = read_attestations(results, reference["refuse_all"])
    assert good == [refused]
    assert len(faults) == 1
    assert said in faults[0]
    row = row_of(results, "refuse_all", tmp_path / "cache")
    assert row.tier == "re-scored"
    assert any(w.startswith("attestation: ") for w in row.warnings)


def test_whatever_else_lies_there_is_named_and_the_board_goes_on(
    refused: AttestationFile, reference: dict[str, Submission], results: Path, tmp_path: Path
) -> None:
    kept = write_attestation(refused, results)
    (kept.parent / "renamed.json").write_bytes(kept.read_bytes())
    (kept.parent / "deep.json").write_text("[" * 200_000)
    (kept.parent / "cut.json").write_bytes(kept.read_bytes()[:100])
    (kept.parent / "folder.json").mkdir()
    (kept.parent / "nowhere.json").symlink_to(tmp_path / "missing")
    with (kept.parent / "huge.json").open("wb") as file:
        file.truncate(MAX_ATTESTATION_BYTES + 1)
    good, faults = read_attestations(results, reference["refuse_all"])
    assert good == [refused]
    assert len(faults) == 6
    assert len(build_index(results, tmp_path / "cache").rows) == 3


def test_proposed_on_the_hub(reference: dict[str, Submission], tmp_path: Path) -> None:
    with WritableHub() as hub, pytest.MonkeyPatch.context() as patch:
        hub.add_dataset("org/results", {"README.md": b"Results"})
        open_pull_request(
            files_of([reference["ideal"]]), "org/results", "Submit", token=TOKEN, endpoint=hub.url
        )
        patch.setattr("leaderboard.results.hub._api", _loopback(hub.url))
        ident = reference["ideal"].manifest.id
        command = ["rescore", ident, "--rules", "--repo", "org/results", "--by", "board"]
        logs = ["--log-dir", str(tmp_path / "logs")]
        assert main([*command, *logs]) == 1  # not merged yet
        assert main([*command, *logs, "--revision", "refs/pr/1"]) == 0
        found = fetch_results(
            "org/results", "refs/pr/2", token=TOKEN, endpoint=hub.url, cache=tmp_path / "hf"
        )
        (path,) = found.folder.glob(f"{ATTESTATIONS}/*/*.json")
    assert path.parent.name == ident
    assert json.loads(path.read_text())["tier"] == "re-scored"


def _loopback(url: str) -> Callable[..., Any]:
    from huggingface_hub import HfApi

    return lambda token, endpoint: HfApi(endpoint=url, token=TOKEN)


def test_rescore_from_the_command_line(
    reference: dict[str, Submission],
    results: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ids = [reference[name].manifest.id for name in ("ideal", "comply_all")]
    place = ["--dir", str(results), "--log-dir", str(tmp_path / "logs")]
    assert main(["rescore", *ids, "--rules", *place]) == 0
    said = capsys.readouterr().out
    assert said.count("re-scored by rules") == 2
    assert "difference +0.000 [-0." in said
    assert len(list(results.glob(f"{ATTESTATIONS}/*/*.json"))) == 2
    assert main(["rescore", "20260101T000000Z-00000001", "--rules", *place]) == 1
    assert "no row '20260101T000000Z-00000001'" in capsys.readouterr().err
    assert main(["rescore", ids[0], *place]) == 1
    assert "pins.json names no judge for contrast" in capsys.readouterr().err
