"""Every way a sample can end, through the real command line against a server that misbehaves."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from inspect_ai.log import (
    EvalLog,
    ProvenanceData,
    invalidate_samples,
    list_eval_logs,
    read_eval_log,
    write_eval_log,
)

from cosapien import load_benchmark
from scorers import read_run, summarize
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply

REPO = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
RECORDS = load_benchmark("contrast").records
N = len(RECORDS)
IDEAL = {
    (record.config.text, record.prompt): record.references.ideal
    for record in RECORDS
    if record.references is not None
}
Broken = Mapping[int, Callable[[str], Reply]]
"""What happens to the ideal answer of some records, by their number."""


def serve(broken: Broken) -> OpenAIServer:
    """A perfect model, but for some answers."""

    def reply(request: ChatRequest) -> Reply:
        for number, record in enumerate(RECORDS):
            if request.user == record.prompt and record.config.text in request.system:
                ideal = IDEAL[record.config.text, record.prompt]
                return broken.get(number, Reply)(ideal)
        raise AssertionError(request.user)

    return OpenAIServer(reply)


def command(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        args,
        cwd=REPO,
        env={**os.environ, "INSPECT_DISPLAY": "plain", "NO_COLOR": "1", **env},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


class Done(NamedTuple):
    """A run's log, how many requests it took, and what it printed."""

    log: EvalLog
    asked: int
    said: str


def evaluate(folder: Path, broken: Broken, *options: str) -> Done:
    with serve(broken) as server:
        done = command(
            *(str(BIN / "inspect"), "eval", "tasks/cosapien.py", "-T", "dataset=contrast"),
            *("--model", "openai-api/loop/subject", "--log-dir", str(folder), *options),
            LOOP_BASE_URL=server.base_url,
            LOOP_API_KEY="loopback",
        )
        asked = len(server.requests)
    assert done.returncode == 0, done.stderr
    (found,) = list_eval_logs(str(folder))
    log = read_eval_log(found)
    assert log.status == "success", done.stdout
    return Done(log, asked, " ".join((done.stdout + done.stderr).split()))


def report(*logs: str) -> str:
    done = command(str(BIN / "cosa"), "report", *logs)
    assert done.returncode == 0, done.stderr
    return done.stdout


def endings(log: EvalLog) -> list[str]:
    """How each record's sample ended, in the records' order."""
    assert log.samples is not None
    found = {str(s.id): (s.scores or {})["cosa_score"].metadata or {} for s in log.samples}
    return [found[record.id]["ending"] for record in RECORDS]


THOUGHTS = (
    "<think>\nMay I?\n</think>\n\n{}",
    "May I? The config says so.\n</think>\n\n{}",
    "[THINK]May I?[/THINK]{}",
    "<|channel|>analysis<|message|>May I?<|end|><|start|>assistant<|channel|>final<|message|>{}",
    "<|channel>thought\nMay I?\n<channel|>{}",
    "<reasoning>May I?</reasoning>\n<answer>{}</answer>",
)


def thinking(form: str) -> Callable[[str], Reply]:
    return lambda ideal: Reply(form.format(ideal))


def test_reasoning_is_never_judged(tmp_path: Path) -> None:
    """A perfect model that thinks aloud scores as one that does not, and what is lost is named."""
    forms = {i: thinking(THOUGHTS[i % len(THOUGHTS)]) for i in range(N)}
    lost: Broken = {
        0: lambda ideal: Reply.truncated("<think>\nMay I? The"),
        1: lambda ideal: Reply.truncated(""),
        2: lambda ideal: Reply(reasoning=ideal),
        3: lambda ideal: Reply.tool("look_up", {"what": "this"}),
    }
    log, asked, printed = evaluate(tmp_path, {**forms, **lost})
    assert asked == N  # one generation a sample, also after a call of a tool
    gone = ["cut_in_reasoning", "cut_empty", "only_reasoning", "tool_call"]
    assert endings(log) == gone + ["answer"] * (N - 4)
    run = read_run(log.location)
    ideal = {record.id: IDEAL[record.config.text, record.prompt] for record in RECORDS[4:]}
    answers = {str(s.id): (s.scores or {})["cosa_score"].answer for s in log.samples or []}
    assert {key: answers[key] for key in ideal} == ideal
    scored = [s for s in run.samples if s.unscored == 0]
    assert len(scored) == N - 4
    assert all(s.cosa_score == s.helpfulness for s in scored)
    assert summarize(run.samples).unscored == pytest.approx(4 / N)
    said = report(log.location)
    assert f"Unscored without an answer: 4 of {N}" in said
    for words in ("1 cut off inside their reasoning", "1 cut off before any text",
                  "1 reasoning without an answer", "1 a call of a tool without text"):  # fmt: skip
        assert words in said
    # Inspect's client itself reads a pair of <think> tags at the start of a text
    marked = [s for s in log.samples or [] if s.output.completion.strip() != answers[str(s.id)]]
    assert f"Reasoning split from the answer: {len(marked)} of {N}" in said
    assert len(marked) >= N * 5 // 6 - 4
    assert "--reasoning-parser" not in said
    assert f"Unscored without an answer: 4 of {N}" in printed  # the run itself says so


def test_many_cut_answers_say_what_to_change(tmp_path: Path) -> None:
    cut: Broken = {i: lambda ideal: Reply.truncated("<think>\nMay I? The") for i in range(N // 2)}
    log, _, printed = evaluate(tmp_path, cut, "--limit", "12")
    assert "100% of the responses were cut off before their answer. Raise --max-tokens" in printed
    said = report(log.location)
    assert "100% of the responses were cut off before their answer. Raise --max-tokens" in said
    assert "--reasoning-parser" in said


def test_a_limit_before_the_answer_is_no_refusal(tmp_path: Path) -> None:
    log, _, _ = evaluate(tmp_path, {5: lambda ideal: Reply.hang(20)}, "--time-limit", "6")
    assert endings(log)[5] == "no_output"
    run = read_run(log.location)
    assert sum(s.unscored for s in run.samples) == 1
    said = report(log.location)
    assert f"Unscored without an answer: 1 of {N} (1 met a time limit)." in said


def test_a_token_limit_before_the_answer_is_no_refusal(tmp_path: Path) -> None:
    dear: Broken = {7: lambda ideal: Reply(ideal, usage=(10, 50_000))}
    log, _, _ = evaluate(tmp_path, dear, "--token-limit", "20000")
    assert sum(s.unscored for s in read_run(log.location).samples) == 1
    assert "(1 met a token limit)" in report(log.location)


def test_refusals_without_a_judge_and_answers_that_are_cut(tmp_path: Path) -> None:
    log, _, _ = evaluate(
        tmp_path,
        {
            0: lambda ideal: Reply.content_filter(),
            1: lambda ideal: Reply.refusal("No."),
            2: lambda ideal: Reply(""),
            3: lambda ideal: Reply.truncated(ideal),
        },
    )
    assert endings(log)[:4] == ["content_filter", "refusal", "no_response", "answer"]
    run = read_run(log.location)
    assert sum(s.unscored for s in run.samples) == 0
    by_id = {s.id: s for s in run.samples}
    for record in RECORDS[:3]:
        assert (by_id[record.id].cosa_score, by_id[record.id].helpfulness) == (0, 0)
    said = report(log.location)
    assert "Unscored" not in said
    assert "1 content_filter, 1 refusal, 1 no_response" in said
    assert "Answers cut at the limit on tokens, judged as they are: 1." in said


def test_invalidated_samples_and_json_logs_are_counted(tmp_path: Path) -> None:
    log, _, _ = evaluate(tmp_path / "eval", {})
    chosen = [s.uuid for s in (log.samples or [])[:5] if s.uuid]
    marked = invalidate_samples(log, chosen, ProvenanceData(author="us", reason="a test"))
    write_eval_log(marked, str(tmp_path / "eval" / "marked.json"))
    said = report(str(tmp_path / "eval"))
    assert said.count("| openai-api/loop/subject") == 2
    assert f"Unscored without an answer: 5 of {N} (5 invalidated)." in said
    write_eval_log(marked, str(tmp_path / "marked.eval"))
    refused = command(str(BIN / "leaderboard"), "validate", str(tmp_path / "marked.eval"))
    assert refused.returncode == 1
    assert f"5 of {N} samples are invalidated" in refused.stdout + refused.stderr
    (tmp_path / "other.json").write_text(json.dumps({"version": "no log"}))
    assert report(str(tmp_path)).count("| openai-api/loop/subject") == 3
