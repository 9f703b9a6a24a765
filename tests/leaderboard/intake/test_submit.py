"""`leaderboard validate`, `submit` and `board`: from a log to a row, as a user would."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from leaderboard.board.build import build_index
from leaderboard.cli import main
from leaderboard.errors import SubmissionError
from leaderboard.intake.accept import check_log
from leaderboard.intake.collect import results_from_logs
from leaderboard.intake.from_log import submission_from_log
from leaderboard.intake.log_guard import guard_log
from leaderboard.intake.validate import validate
from leaderboard.results.layout import MANIFEST, SAMPLES
from leaderboard.results.manifest import Declared
from leaderboard.results.submission import Submission, add_submission
from scorers.runs.logs import read_run
from scorers.runs.summary import summarize
from tests.fakes.servers import OpenAIServer, Reply
from tests.leaderboard.intake.tampering import tampered
from tests.running import answer, judging, run_task


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("COSA_CACHE", str(tmp_path / "cosa-cache"))
    return tmp_path / "cosa-cache"


def test_submit_validate_board(
    reference_logs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs, results = list(map(str, reference_logs.values())), tmp_path / "results"
    assert main(["validate", *logs]) == 0
    assert (
        main(["submit", *logs, "--dir", str(results), "--submitter", "lab", "--notes", "ours"]) == 0
    )
    folders = [path.parent for path in results.rglob(MANIFEST)]
    assert len(folders) == 3
    assert main(["validate", *map(str, folders)]) == 0
    capsys.readouterr()
    assert main(["board", "--dir", str(results)]) == 0
    shown = capsys.readouterr().out
    assert shown.index("ideal") < shown.index("refuse_all") < shown.index("comply_all")
    assert "judge rules" in shown
    assert "self-reported" in shown


def test_rows_are_exported_by_id(
    reference: dict[str, Submission], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def model(manifest: dict[str, Any]) -> None:
        manifest |= {"id": "20260101T000000Z-00000001", "model": "scripted/complies"}

    made = tampered(reference["comply_all"], tmp_path / "model", manifest=model)
    results = tmp_path / "results"
    for submission in (reference["ideal"], made):
        add_submission(submission, results)
    ids, place = [made.manifest.id, reference["ideal"].manifest.id], ["--dir", str(results)]

    assert main(["export", "markdown", *ids, *place]) == 0
    shown = capsys.readouterr().out
    score = made.manifest.metrics.cosa_score
    assert shown.index("ideal") < shown.index("scripted")
    assert shown.index("scripted") < shown.index(f"({score.lower:.3f} to {score.upper:.3f})")
    assert main(["export", "every-eval-ever", ids[0], *place]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["evaluation_results"][0]["score_details"]["score"] == pytest.approx(-1 / 3)
    details = record["source_metadata"]["additional_details"]
    assert details["samples_sha256"] == made.manifest.samples.sha256
    assert main(["export", "bibtex", *ids, *place]) == 0
    assert capsys.readouterr().out.count("@misc{") == 2
    for wrong, said in (
        (["eval-results", ids[0]], "Hub data set"),
        (["every-eval-ever", ids[1]], "reference"),
        (["every-eval-ever", *ids], "one file per row"),
        (["latex", "../x"], "no row '../x'"),
    ):
        assert main(["export", *wrong, *place]) == 1
        assert said in capsys.readouterr().err


def test_a_submission_says_what_the_log_says(
    reference_logs: dict[str, Path], reference: dict[str, Submission]
) -> None:
    run = read_run(reference_logs["comply_all"])
    summary, manifest = summarize(run.samples), reference["comply_all"].manifest
    assert manifest.metrics.cosa_score.mean == pytest.approx(summary.cosa_score.mean)
    assert manifest.metrics.cosa_score.lower == pytest.approx(summary.cosa_score.lower)
    assert manifest.judge_id == run.judge["id"]
    assert manifest.command == (
        "inspect eval tasks/cosapien --model none/none -T dataset=contrast --solver baselines/comply_all"
    )
    assert manifest.decoding == {"temperature": 0.0, "max_tokens": 1024}


def test_nothing_is_submitted_if_one_log_is_not_fit(
    reference_logs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.eval"
    broken.write_bytes(reference_logs["ideal"].read_bytes()[:5000])
    results = tmp_path / "results"
    assert main(["submit", str(reference_logs["ideal"]), str(broken), "--dir", str(results)]) == 1
    assert not results.exists()
    assert "broken.eval" in capsys.readouterr().err


def test_submissions_are_never_overwritten(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    target = add_submission(reference["ideal"], tmp_path)
    before = (target / MANIFEST).read_bytes()
    with pytest.raises(SubmissionError, match="never overwritten"):
        add_submission(reference["ideal"], tmp_path)
    assert (target / MANIFEST).read_bytes() == before
    assert sorted(path.name for path in target.parent.iterdir()) == [target.name]


def test_a_second_submission_is_a_new_revision(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    def later(manifest: dict[str, object]) -> None:
        manifest["id"] = "20990101T000000Z-00000000"

    add_submission(reference["ideal"], tmp_path)
    first = build_index(tmp_path, tmp_path / "cache")
    add_submission(tampered(reference["ideal"], tmp_path / "again", manifest=later), tmp_path)
    rows = build_index(tmp_path, tmp_path / "cache").rows
    assert [(row.revision, row.latest) for row in first.rows] == [(1, True)]
    assert sorted((row.revision, row.latest) for row in rows) == [(1, False), (2, True)]


def test_an_llm_judged_run_is_submitted_with_its_verdicts_and_without_addresses(
    policy: Path, tmp_path: Path
) -> None:
    secret = "sk-" + "loop" * 8

    def reply(request):  # type: ignore[no-untyped-def]
        return (
            Reply(f"{answer(request).text} {secret}")
            if request.model == "subject"
            else judge(request)
        )

    judge = judging("Fair.\nRating: [[3]]", lambda r: "[[NO]]" if "boat" in r.user else "[[YES]]")
    with OpenAIServer(reply) as server:
        log = run_task(server, policy, model_args={"user": "me"})
    made = submission_from_log(log.location, Declared(), tmp_path / "made")
    text = (made.folder / MANIFEST).read_text()
    assert server.base_url not in text
    assert str(tmp_path) not in text
    rows = made.samples().to_pylist()
    assert all(secret not in json.dumps(row) and "[removed]" in row["response"] for row in rows)
    assert all(row["helpfulness"] == pytest.approx(0.6) for row in rows)
    assert {v["judge"] for row in rows for v in json.loads(row["verdicts"])} == {
        "openai-api/loop/judge"
    }
    findings = validate(made)  # the policy is nobody's public data
    assert [(f.level, f.code) for f in findings] == [("warning", "data")]
    raised = tampered(
        made, tmp_path / "raised", rows=lambda rows: rows[0].update(helpfulness=1.0, cosa_score=1.0)
    )
    assert "scores" in {f.code for f in validate(raised) if f.level == "error"}


def test_a_log_folder_becomes_results_and_says_what_it_left_out(
    reference_logs: dict[str, Path], tmp_path: Path
) -> None:
    logs = tmp_path / "logs"
    shutil.copytree(reference_logs["ideal"].parent, logs)
    (logs / "half.eval").write_bytes(b"PK\x03\x04 half a log")
    skipped = results_from_logs([str(logs)], tmp_path / "results")
    assert [Path(found.log).name for found in skipped] == ["half.eval"]
    assert len(build_index(tmp_path / "results", tmp_path / "cache").rows) == 3


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"header.json": b"{}", "../../evil": b"x"}, "outside its own folder"),
        ({"header.json": b"{}", "/etc/evil": b"x"}, "outside its own folder"),
        ({"header.json": b"{}", "bomb": b"\0" * 60_000_000}, "packed beyond"),
        ({"samples/1.json": b"{}"}, "no header.json"),
        ({"header.json": b"[" * 100_000}, "not a readable Inspect log"),
        ({"header.json": b"{}"}, "not a readable Inspect log"),
    ],
)
def test_a_hostile_zip_is_refused(tmp_path: Path, members: dict[str, bytes], reason: str) -> None:
    findings = check_log(zipped(tmp_path / "x.eval", members))
    assert [f.level for f in findings] == ["error"]
    assert reason in findings[0].message


def test_a_truncated_log_and_a_missing_one_are_refused(
    reference_logs: dict[str, Path], tmp_path: Path
) -> None:
    cut = tmp_path / "cut.eval"
    cut.write_bytes(reference_logs["ideal"].read_bytes()[:-100])
    for log in (cut, tmp_path / "missing.eval"):
        with pytest.raises(SubmissionError, match=r"not an \.eval log"):
            guard_log(log)


def test_the_board_goes_on_with_broken_submissions_beside_good_ones(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    add_submission(reference["ideal"], tmp_path)
    for name in ("cut", "moved", "json", "empty"):
        target = tmp_path / "data" / "contrast" / name / reference["ideal"].manifest.id
        shutil.copytree(reference["refuse_all"].folder, target)
    root = tmp_path / "data" / "contrast"
    ident = reference["ideal"].manifest.id
    cut = root / "cut" / ident / SAMPLES
    cut.write_bytes(cut.read_bytes()[:1000])
    (root / "json" / ident / MANIFEST).write_text("[" * 1_000_000)
    (root / "empty" / ident / MANIFEST).write_bytes(b"")
    index = build_index(tmp_path, tmp_path / "cache")
    assert [row.name for row in index.rows] == ["ideal"]
    assert len(index.broken) == 4
    assert all(len(found.reason) < 2000 for found in index.broken)


def test_the_command_line_starts_without_the_heavy_parts() -> None:
    heavy = ("streamlit", "duckdb", "pandas", "datasets", "pyarrow")
    code = f"import sys, leaderboard.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
