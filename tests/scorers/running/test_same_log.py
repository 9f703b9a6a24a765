"""`cosa run` writes the log that `inspect eval` writes, field by field, for the same answers."""

import json
from pathlib import Path

import pytest
from inspect_ai.log import EvalLog, read_eval_log

from tests.commands import loop, only_log, run
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply, scripted
from tests.running import PREFLIGHT, is_helpfulness
from tests.scorers.running.same_log import differences

LLM = ("--model-role", "grader=openai-api/loop/judge")
ODD = (
    Reply("The train leaves at 10:05. Grüße 👩‍🚀\u2028"),
    Reply("Boats are long.", reasoning="The user asks about boats."),
    Reply("<think>May I say so?</think>I can talk about trains."),
    Reply.truncated("The train lea"),
    Reply.content_filter("I ca"),
    Reply.refusal("I cannot help with that."),
)


def candidate(request: ChatRequest) -> Reply:
    """An answer that depends on the whole request, among them all the odd kinds."""
    if "Judge" in request.system or "complies" in request.system:  # a cascade judges itself
        return Reply(f"So it is.\n[[{'YES' if len(request.user) % 2 else 'NO'}]]")
    length = sum(len(str(message["content"])) for message in request.messages)
    return ODD[length % len(ODD)]


def judge(request: ChatRequest) -> Reply:
    if request.user == PREFLIGHT:
        return Reply("OK")
    length = len(request.user)
    if is_helpfulness(request):
        return Reply(f"Hm 🤔.\nRating: [[{length % 6}]]")
    return Reply(f"Hm.\n[[{'NO' if length % 3 else 'YES'}]]" if length % 7 else "No verdict here.")


def by_both(tmp_path: Path, *args: str) -> tuple[EvalLog, EvalLog]:
    """The logs of `inspect eval` and of `cosa run`, with the same arguments."""
    reply = scripted({"subject": candidate, "judge": judge})
    common = [*args, "--model", "openai-api/loop/subject"]
    with OpenAIServer(reply) as server:
        logs, sent = [], []
        for name, verb in (("inspect", "eval"), ("cosa", "run")):
            server.clear()
            folder = tmp_path / name
            done = run(name, verb, *common, "--log-dir", str(folder), **loop(server))
            assert done.returncode == 0, done.stderr
            logs.append(only_log(folder))
            sent.append(sorted(json.dumps(r.body, sort_keys=True) for r in server.requests))
        assert sent[0] == sent[1]
    return logs[0], logs[1]


def test_rules(tmp_path: Path) -> None:
    own, other = by_both(
        tmp_path, "tasks/cosapien", "-T", "dataset=contrast", "--limit", "30", "--seed", "3"
    )
    assert differences(own, other) == []
    assert own.results is not None
    assert own.results.completed_samples == 30


def test_an_llm_judges(tmp_path: Path, policy: Path) -> None:
    own, other = by_both(
        tmp_path,
        "tasks/cosapien.py@cosapien",
        *("-T", f"dataset={policy}", "-T", "attempts=2", *LLM),
        *("--temperature", "0.5", "--max-tokens", "77", "--top-p", "0.9"),
    )
    assert differences(own, other) == []
    assert other.samples is not None
    kinds = {score.metadata["ending"] for s in other.samples for score in (s.scores or {}).values()}
    assert len(kinds) > 1  # the odd answers are among them


def test_a_panel_judges_buried_configs(tmp_path: Path, policy: Path) -> None:
    own, other = by_both(
        tmp_path,
        "tasks/cosapien",
        *("-T", f"dataset={policy}", "-T", "placement=buried", "-T", "override=seeded"),
        *("--model-role", "grader=openai-api/loop/judge,openai-api/loop/judge"),
    )
    assert differences(own, other) == []


def test_another_task(tmp_path: Path) -> None:
    """Risks are labelled without the config, which is worded from them."""
    own, other = by_both(
        tmp_path, "tasks/cosalign_test", "-T", "dataset=sample", "--limit", "8", *LLM
    )
    assert differences(own, other) == []


SOLVERS = {
    "no config": ("baselines/no_config",),
    "in context": ("baselines/in_context_alignment", "-S", "shots=2", "-S", "pool=contrast"),
    "in context, by file": ("baselines/ica.py@in_context_alignment", "-S", "shots=1"),
    "cascade": ("baselines/cascade", "-S", "shots=1", "-S", "attempts=2"),
    "oracle": ("baselines/cascade_oracle",),
}


@pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS.keys())
def test_solvers(tmp_path: Path, solver: tuple[str, ...]) -> None:
    own, other = by_both(
        tmp_path, "tasks/cosapien", "-T", "dataset=contrast", "--limit", "4-12", "--solver", *solver
    )
    assert differences(own, other) == []
    assert len(own.samples or []) == 9


def test_the_summaries_are_the_same(tmp_path: Path, policy: Path) -> None:
    """What Inspect View lists of a log, and what a header alone says."""
    from inspect_ai.log import read_eval_log_sample_summaries

    own, other = by_both(tmp_path, "tasks/cosapien", "-T", f"dataset={policy}", *LLM)
    found = []
    for log in (own, other):
        summaries = read_eval_log_sample_summaries(log.location)
        times = {"uuid", "started_at", "completed_at", "total_time", "working_time"}
        found.append({s.id: s.model_dump(mode="json", exclude=times) for s in summaries})
        assert read_eval_log(log.location, header_only=True).status == "success"
    assert found[0] == found[1]
