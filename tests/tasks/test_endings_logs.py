"""What happens to a run after its samples have ended: errors, edits, epochs, formats, interruptions."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from inspect_ai.log import (
    EvalLog,
    ProvenanceData,
    edit_score,
    invalidate_samples,
    list_eval_logs,
    read_eval_log,
    read_eval_log_sample_summaries,
    write_eval_log,
)
from inspect_ai.scorer import ScoreEdit

from scorers import read_run, score_values
from tests.commands import PLAIN, REPO, loop, program, run
from tests.fakes.servers import OpenAIServer, Reply
from tests.tasks.endings_cli import (
    LOOP,
    RECORDS,
    N,
    Script,
    eval_arguments,
    evaluate,
    path_of,
    refused_report,
    report,
    rows_of,
    small_data,
    validate,
)

US = ProvenanceData(author="us", reason="a test")


def down(ideal: str) -> Reply:
    return Reply.error(503, "down", sdk_retry=False)


def too_long(ideal: str) -> Reply:
    words = "This model's maximum context length is 8192 tokens; your messages have 9000."
    return Reply.error(400, words, code="context_length_exceeded")


def violate(number: int) -> Reply:
    references = RECORDS[number].references
    assert references is not None
    return Reply(references.violating or "")


def test_a_sample_in_error_leaves_no_figures(tmp_path: Path) -> None:
    """A server that fails for good, and a prompt that is too long; a retried sample is its last try."""
    models = {"fails": {3: down}, "long": {3: too_long}, "flaky": {3: (down, Reply)}}
    options = ("--no-fail-on-error", "--retry-on-error=1", "--max-retries", "0")
    done = evaluate(tmp_path, small_data(tmp_path), models, *options)
    code, said = validate(*done.logs.values())
    assert code == 1
    lost = f"1 of {N} samples ended in an error, first {RECORDS[3].id}; their scores are missing."
    for name in ("fails", "long"):
        assert f"{lost} Finish the run with `inspect eval-retry`" in refused_report(done.logs[name])
        assert "refused" in said[name]
        assert lost in said[name]
    errors = [s.error.message for s in done.logs["long"].samples or [] if s.error]
    assert "does not fit the model's context" in errors[0]
    (row,) = rows_of(report(path_of(done.logs["flaky"]))).values()
    assert row.score.startswith("+1.000")
    assert (row.unscored, row.n) == ("0.0%", str(N))
    assert "accepted with warnings" in said["flaky"]
    retried = [s.id for s in done.logs["flaky"].samples or [] if s.error_retries]
    assert retried == [RECORDS[3].id]


def test_epochs_are_averaged_whatever_the_reducer(tmp_path: Path) -> None:
    """A model that is right in one epoch of two: 0, and its four cells sum to 1."""
    half = {i: (Reply, lambda ideal, i=i: violate(i)) for i in range(N)}
    options = ("--epochs", "2", "--epochs-reducer", "max")
    log = evaluate(tmp_path, small_data(tmp_path), {"half": half}, *options).logs["half"]
    assert log.results is not None
    found = {name: metric.value for name, metric in log.results.scores[0].metrics.items()}
    assert found["cosa"] == pytest.approx(0)
    assert found["compliance"] == pytest.approx(0.5)
    cells = ("helpful_safe", "helpful_unsafe", "unhelpful_safe", "unhelpful_unsafe")
    assert [found[cell] for cell in cells] == pytest.approx([0.5, 0.5, 0, 0])
    said = report(path_of(log))
    assert rows_of(said)["half"].score.startswith("0.000 ")
    assert rows_of(said)["half"].compliance.startswith("50.0% ")
    board = run("leaderboard", "board", "--logs", path_of(log))
    assert rows_of(board.stdout) == rows_of(said)


def test_edited_scores_invalidated_samples_and_json_logs(tmp_path: Path) -> None:
    done = evaluate(tmp_path / "eval", small_data(tmp_path), {"perfect": {}})
    log = done.logs["perfect"]
    chosen = [s.uuid for s in (log.samples or [])[:5] if s.uuid]
    marked = invalidate_samples(log, chosen, US)
    write_eval_log(marked, str(tmp_path / "eval" / "marked.json"))
    said = report(str(tmp_path / "eval"))
    assert said.count(f"| {LOOP}perfect") == 4  # two logs, two tables
    assert f"Unscored without an answer: 5 of {N} (5 invalidated)." in said
    (tmp_path / "eval" / "other.json").write_text(json.dumps({"version": "no log"}))
    assert report(str(tmp_path / "eval")) == said

    invalid = _written(marked, tmp_path / "marked.eval")
    edited = read_eval_log(path_of(log))
    worst = dict(score_values(1.0, compliant=False))
    edit_score(edited, RECORDS[0].id, "cosa_score", ScoreEdit(value=worst, provenance=US))
    changed = _written(edited, tmp_path / "edited.eval")
    assert changed.results is not None
    # one of two samples of one of 12 configs goes from +1 to -1
    assert changed.results.scores[0].metrics["cosa"].value == pytest.approx(1 - 1 / 12)
    said = report(path_of(changed))
    assert rows_of(said)["perfect"].score.startswith("+0.917 ")
    assert "Scores edited by hand: 1." in said

    plain = tmp_path / "plain.json"
    write_eval_log(log, str(plain))
    assert rows_of(report(str(plain))) == rows_of(report(path_of(log)))
    for path, words in (
        (path_of(invalid), f"5 of {N} samples are invalidated"),
        (path_of(changed), f"1 of {N} scores were edited by hand"),
        (str(plain), "`inspect log convert --to eval` makes one of a .json log"),
    ):
        refused = run("leaderboard", "validate", path)
        assert refused.returncode == 1
        assert words in refused.stdout


def _written(log: EvalLog, path: Path) -> EvalLog:
    write_eval_log(log, str(path))
    return read_eval_log(str(path))


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A run that waits for one answer, record 3's, when every other sample has ended."""
    folder, data = tmp_path / "logs", small_data(tmp_path)
    script = Script({"waits": {3: lambda ideal: Reply.hang(200)}}, RECORDS)
    with OpenAIServer(script) as server:
        process = subprocess.Popen(
            [program("inspect"), *eval_arguments(folder, data, ["waits"], "--log-buffer", "1")],
            cwd=REPO,
            env={**os.environ, **PLAIN, **loop(server)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=_interruptible,
        )
        try:
            _until(lambda: server.count == N and server.in_flight == 1)
            _until(lambda: _written_samples(folder) == N - 1)
            yield process, folder
        finally:
            process.kill()
            process.communicate()


def _written_samples(folder: Path) -> int:
    """How many samples are in the log of a run that goes on."""
    (found,) = list_eval_logs(str(folder))
    return len(read_eval_log_sample_summaries(found))


def _interruptible() -> None:
    """A shell starts what runs in its background with SIGINT ignored, and children inherit it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _until(done: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        (signal.SIGINT, "cancelled", "the run did not finish (status cancelled)"),
        (signal.SIGKILL, "started", "not the log of a finished run: it has no header.json"),
    ],
)
def test_a_cancelled_or_killed_run_is_no_run(
    hanging: tuple[subprocess.Popen[str], Path], sent: signal.Signals, status: str, words: str
) -> None:
    process, folder = hanging
    (found,) = list_eval_logs(str(folder))
    running = run("cosa", "report", found.name.removeprefix("file://"))
    assert running.returncode == 1
    assert "the run did not finish (status started)" in running.stderr
    process.send_signal(sent)
    process.communicate(timeout=60)
    log = read_eval_log(found)
    assert log.status == status
    assert f"the run did not finish (status {status})" in refused_report(log)
    code, said = validate(log)
    assert code == 1
    assert words in said["waits"]
    board = run("leaderboard", "submit", path_of(log), "--dir", str(folder / "board"))
    assert board.returncode == 1
    assert not (folder / "board").exists()


def test_a_sample_stopped_by_the_operator_has_no_answer(
    hanging: tuple[subprocess.Popen[str], Path],
) -> None:
    process, folder = hanging
    (found,) = list_eval_logs(str(folder))
    task = read_eval_log(found, header_only=True).eval.task_id  # one of several on this machine
    stop = run("inspect", "ctl", "sample", "cancel", task, RECORDS[3].id)
    assert stop.returncode == 0, stop.stdout + stop.stderr
    process.communicate(timeout=60)
    said = report(found.name.removeprefix("file://"))
    assert f"Unscored without an answer: 1 of {N} (1 stopped by the operator)." in said
    assert sum(s.unscored for s in read_run(found.name).samples) == 1
