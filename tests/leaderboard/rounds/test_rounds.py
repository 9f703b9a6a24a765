"""A private round from its draw to the board, and everything that keeps a run off it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog

from cosapien.rounds import Round, Secret, commitment_of, parse_round, read_reveal, read_round
from leaderboard.board.build import build_index
from leaderboard.cli import main
from leaderboard.display.terminal import board_text
from leaderboard.intake.validate import validate
from leaderboard.results.hub import fetch_results, is_result
from leaderboard.results.submission import Submission, read_submission, submission_folders
from scorers.rules import judge_by_rules
from tests.fakes.hub_writes import TOKEN, WritableHub
from tests.leaderboard.intake.tampering import tampered
from tests.leaderboard.rounds.round_factory import (
    Played,
    changed,
    metadata_of,
    play,
    praised,
    public_run,
)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(tmp_path_factory.mktemp("round"))


@pytest.fixture(scope="module")
def public_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return public_run(tmp_path_factory.mktemp("public"))


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COSA_CACHE", str(tmp_path / "cosa-cache"))


def submit(log: Path, folder: Path, results: Path) -> int:
    return main(["submit", str(log), "--round", str(folder), "--dir", str(results)])


def only(results: Path) -> Submission:
    (folder,) = submission_folders(results)
    return read_submission(folder)


def rewritten(path: Path, **changes: Any) -> None:
    found = json.loads(path.read_text())
    path.write_text(json.dumps({**found, **changes}))


def test_from_the_draw_to_the_board(
    played: Played, public_log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results"
    assert submit(played.log, played.folder, results) == 0
    assert main(["submit", str(public_log), "--dir", str(results)]) == 0
    stored = results / "rounds" / "autumn-2026"
    assert sorted(path.name for path in stored.iterdir()) == ["reveal.json", "round.json"]
    made = next(read_submission(f) for f in submission_folders(results) if "round" in f.parts[-3])
    data, about = made.manifest.data, read_round(played.folder)
    assert (data.benchmark, data.revision) == ("round autumn-2026", about.commitment[:12])
    assert made.manifest.judge["kind"] == "rules"
    assert str(played.folder) not in (made.folder / "submission.json").read_text()
    assert validate(made) == []  # inside the results folder the round is found
    assert main(["validate", str(made.folder)]) == 0
    assert main(["validate", str(played.log), "--round", str(played.folder)]) == 0

    index = build_index(results, tmp_path / "cache")
    assert index.broken == ()
    row = next(row for row in index.rows if row.round is not None)
    assert row.round is not None
    assert (row.round.name, row.round.closes) == ("autumn-2026", "2999-12-15T23:59:59Z")
    assert row.standing is not None
    assert set(row.metrics.by_group) == {"level 1"}
    capsys.readouterr()
    assert main(["board", "--dir", str(results)]) == 0
    shown = capsys.readouterr().out
    assert "round autumn-2026 @" in shown
    assert "(entries until 2999-12-15)" in shown
    public = next(row for row in index.rows if row.round is None)
    before, after = (r.metrics.by_group["level 1"].mean for r in (public, row))
    assert before is not None and after is not None  # noqa: PT018 - for the type checker
    assert before > after
    line = next(line for line in shown.splitlines() if line.startswith("| from_memory | v1."))
    assert f"{before - after:+.3f}" in line


def test_scores_are_those_of_the_rules_whatever_the_log_says(
    played: Played, tmp_path: Path
) -> None:
    """A log that praises itself gives the same rows as one without scores."""
    proud = praised(played.log, tmp_path / "praised.eval")
    for name, log in (("plain", played.log), ("praised", proud)):
        assert submit(log, played.folder, tmp_path / name) == 0
    rows = [only(tmp_path / name).samples().to_pylist() for name in ("plain", "praised")]
    assert rows[0] == rows[1]
    records = {record.id: record for record in played.real.records}
    for row in rows[0]:
        record = records[row["sample_id"]]
        assert record.checks is not None
        helpful, complies = judge_by_rules(record.checks, row["response"])
        assert (row["helpfulness"], row["compliant"]) == (pytest.approx(helpful), complies)
        assert (row["type"], row["contrast"]) == (record.type, record.contrast)
        assert row["unfiltered"] is None
    scores = {row["cosa_score"] for row in rows[0]}
    assert min(scores) < 0 < max(scores)


def test_what_is_published_before_has_no_answers(played: Played) -> None:
    lines = (played.before / "records.jsonl").read_text().splitlines()
    allowed = {"id", "config", "scenario", "prompt", "type", "language", "group"}
    for line, record in zip(map(json.loads, lines), played.real.records, strict=True):
        assert set(line) == allowed
        assert line["type"] == "withheld"
        assert line["prompt"] == record.prompt
    assert {"checks", "references", "contrast"} <= metadata_of(played.real)
    seed = json.loads((played.before / "secret.json").read_text())["seed"]
    for name in ("round.json", "records.jsonl"):
        assert seed not in (played.before / name).read_text()


@pytest.fixture
def folder(played: Played, tmp_path: Path) -> Path:
    """A copy of the organiser's folder, to be spoilt."""
    return shutil.copytree(played.folder, tmp_path / "spoilt")


def refused(capsys: pytest.CaptureFixture[str], said: str, lines: int = 1) -> None:
    shown = capsys.readouterr().err.splitlines()
    assert len(shown) == lines, shown
    assert said in shown[0]


def test_no_reveal_yet(played: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert submit(played.log, played.before, tmp_path / "results") == 1
    refused(capsys, "the round is not revealed yet")
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("reveal.json", {"seed": str(2**127 + 5)}),
        ("reveal.json", {"salt": "0" * 64}),
        ("round.json", {"name": "winter-2026"}),
        ("round.json", {"closes": "2999-12-16T23:59:59Z"}),
        ("round.json", {"levels": [2]}),
        ("round.json", {"knobs": {"worlds": 1, "prompts": 9}}),
        ("round.json", {"commitment": "0" * 64}),
    ],
)
def test_a_commitment_that_does_not_match(
    played: Played,
    folder: Path,
    name: str,
    changes: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rewritten(folder / name, **changes)
    assert submit(played.log, folder, tmp_path / "results") == 1
    refused(capsys, "the commitment does not match")


def test_another_generator_version(
    played: Played, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewritten(folder / "round.json", generator_version=0)
    assert submit(played.log, folder, tmp_path / "results") == 1
    refused(capsys, "the round was made by generator version 0; this one is version 1")


def test_a_second_reveal_of_one_round(
    played: Played, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who has the seed could add late runs to the reveal; a board keeps the first."""
    results = tmp_path / "results"
    assert submit(played.log, played.folder, results) == 0
    entries = json.loads((folder / "reveal.json").read_text())["entries"]
    rewritten(folder / "reveal.json", entries=sorted([*entries, "f" * 64]))
    capsys.readouterr()
    assert submit(played.late, folder, results) == 1
    refused(capsys, "reveal.json: another reveal of this name is there already")
    # the same one is no fault, and is not written again
    assert main(["validate", str(only(results).folder)]) == 0


def committed(folder: Path, seed: int) -> None:
    """Make a round's folder commit to another seed."""
    about = read_round(folder)
    other = Secret(about.name, seed, "1" * 64)
    rewritten(folder / "round.json", commitment=commitment_of(about, other))
    rewritten(folder / "reveal.json", seed=str(seed), salt=other.salt)


def test_records_that_the_seed_does_not_give(
    played: Played, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    committed(folder, 2**127 + 11)
    assert submit(played.log, folder, tmp_path / "results") == 1
    refused(capsys, "the records are not those that the seed gives")


def _prompt(log: EvalLog) -> None:
    assert log.samples
    log.samples[0].input = f"{log.samples[0].input} Hint: say no."


def _policy(log: EvalLog) -> None:
    assert log.samples
    log.samples[0].metadata["scenario"] += " Tell everything."


def _response(log: EvalLog) -> None:
    assert log.samples
    log.samples[0].output.completion = "Let me say that better."


def _revision(log: EvalLog) -> None:
    assert log.eval.metadata
    log.eval.metadata["revision"] = "0" * 12


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_prompt, "its prompt is not the record's"),
        (_policy, "its policy is not the record's"),
        (_response, "late: its responses"),
        (_revision, "not a run of round autumn-2026"),
    ],
)
def test_a_log_that_was_edited(
    played: Played, change: Any, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = changed(played.log, tmp_path / "edited.eval", change)
    assert submit(log, played.folder, tmp_path / "results") == 1
    refused(capsys, said, lines=2)  # and that nothing was submitted
    assert not (tmp_path / "results").exists()


def test_late_and_partial_runs(
    played: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for log, said in ((played.late, "were not entered before"), (played.partial, "partial run")):
        assert submit(log, played.folder, tmp_path / "results") == 1
        refused(capsys, said, lines=2)
    assert not (tmp_path / "results").exists()


def codes(submission: Submission) -> dict[str, str]:
    return {found.code: found.message for found in validate(submission) if found.level == "error"}


def test_a_submission_is_checked_again_in_the_results_folder(
    played: Played, tmp_path: Path
) -> None:
    """Who writes files into the folder cannot add a late run, or a round of its own."""
    results = tmp_path / "results"
    assert submit(played.log, played.folder, results) == 0
    made = only(results)
    assert build_index(results, tmp_path / "cache").broken == ()

    def better(rows: list[dict[str, Any]]) -> None:
        rows[0]["response"] = "Something else."

    beside = results / "data" / "x" / "y"
    late = tampered(made, beside / "late", rows=better)
    assert "late: its responses" in codes(late)["round"]
    fewer = tampered(made, beside / "fewer", rows=lambda rows: rows.__delitem__(0))
    assert "partial run" in codes(fewer)["round"]

    def named(benchmark: str) -> dict[str, str]:
        def rename(manifest: dict[str, Any]) -> None:
            manifest["data"]["benchmark"] = benchmark

        place = beside / str(len(list(beside.iterdir())))
        return codes(tampered(made, place, manifest=rename))

    assert "no such file" in named("round winter-2026")["round"]
    for hostile in ("round ../../x", "round /etc", "round .", "round Autumn-2026"):
        assert "name its folder with --round" in named(hostile)["round"]
    shutil.rmtree(beside)
    shutil.rmtree(results / "data" / "x")

    # the board looks again when the round's files change
    rewritten(results / "rounds" / "autumn-2026" / "reveal.json", entries=[])
    (broken,) = build_index(results, tmp_path / "cache").broken
    assert "late: its responses" in broken.reason
    shutil.rmtree(results / "rounds")
    (broken,) = build_index(results, tmp_path / "cache").broken
    assert "round.json: no such file" in broken.reason


def test_a_round_on_the_hub(
    played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_result("rounds/autumn-2026/reveal.json")
    assert not is_result("rounds/autumn-2026/secret.json")
    from leaderboard.results.hub import files_of, open_pull_request
    from leaderboard.rounds.stored import read_revealed

    results = tmp_path / "results"
    assert submit(played.log, played.folder, results) == 0
    revealed, made = read_revealed(played.folder), only(results)
    with WritableHub() as hub:
        there = {path: file.read_bytes() for path, file in revealed.files.items()}
        hub.add_dataset("org/results", there)  # an earlier submission brought the round
        propose = {"token": TOKEN, "endpoint": hub.url, "shared": revealed.files}
        opened = open_pull_request(files_of([made]), "org/results", "Submit", **propose)
        assert opened.url.endswith("/discussions/1")
        place = fetch_results(
            "org/results", "refs/pr/1", token=TOKEN, endpoint=hub.url, cache=tmp_path / "hf"
        ).folder
        index = build_index(place, tmp_path / "cache")
        assert [row.benchmark for row in index.rows] == ["round autumn-2026"]
        assert index.broken == ()
        other = dict.fromkeys(there, b"{}")
        hub.add_dataset("org/results", other)
        with pytest.raises(ValueError, match="another rounds/autumn-2026/r"):
            open_pull_request(files_of([made]), "org/results", "Submit", **propose)


def test_the_board_says_nothing_of_drops_without_rounds(tmp_path: Path) -> None:
    assert "Drop:" not in board_text(build_index(tmp_path, tmp_path / "cache"))


def test_round_files_hold_what_was_drawn(played: Played) -> None:
    about = read_round(played.folder)
    reveal = read_reveal(played.folder)
    assert reveal is not None
    assert (
        commitment_of(about, Secret(about.name, int(reveal.seed), reveal.salt)) == about.commitment
    )
    assert parse_round(about.to_json().encode(), "x") == about
    assert isinstance(replace(about, name="b"), Round)
