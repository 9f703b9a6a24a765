"""Who may judge, and what fails before the first candidate token."""

import socket
from pathlib import Path

import pytest
from inspect_ai import eval as run_eval
from inspect_ai import score
from inspect_ai.log import read_eval_log, write_eval_log

from scorers import JudgeError, cosa_score
from scorers.runs.logs import read_run
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply, scripted
from tests.running import TASK, asked, judging, loop_model, metrics, run_task

SUBJECT = {"subject": Reply("An answer.")}


def test_without_a_judge_nothing_is_generated(policy: Path) -> None:
    with OpenAIServer(scripted(SUBJECT)) as server:
        with pytest.raises(JudgeError, match="--model-role grader="):
            run_task(server, policy, judges=())
        assert server.requests == []


@pytest.mark.parametrize("candidate", ["openai-api/loop/subject", "vllm/loop/subject"])
def test_self_grading_is_refused_whatever_the_provider(
    policy: Path, candidate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("VLLM_BASE_URL", "LOOP_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/v1")
    with OpenAIServer(scripted(SUBJECT)) as server:
        with pytest.raises(JudgeError, match="self_grading"):
            run_eval(
                TASK,
                task_args={"dataset": str(policy)},
                model=candidate,
                model_roles={"grader": loop_model(server, "subject")},
                display="none",
            )
        assert server.requests == []


def test_self_grading_can_be_asked_for_by_name(policy: Path) -> None:
    def both(request: ChatRequest) -> Reply:
        return judging()(request) if "id=" in request.user else Reply("An answer.")

    with OpenAIServer(both) as server:
        log = run_task(
            server, policy, judges=("subject",), limit=1, task_args={"self_grading": True}
        )
    assert metrics(log)["cosa"] == 1


@pytest.mark.parametrize(
    "fault",
    [
        Reply.error(401, "Incorrect API key provided", sdk_retry=False),
        Reply.error(404, "The model `judge` does not exist", sdk_retry=False),
        Reply.error(500, "broken", sdk_retry=False),
    ],
)
def test_an_unusable_judge_fails_before_the_first_candidate_token(
    policy: Path, fault: Reply
) -> None:
    with OpenAIServer(scripted({**SUBJECT, "judge": fault})) as server:
        log = run_task(server, policy)
        assert asked(server, "subject") == []
    assert log.status == "error"
    assert log.error is not None
    assert "judge openai-api/loop/judge cannot be used" in log.error.message


def test_an_unusable_judge_fails_every_sample_of_a_run_that_goes_on(policy: Path) -> None:
    judge = Reply.error(401, "no", sdk_retry=False)
    with OpenAIServer(scripted({**SUBJECT, "judge": judge})) as server:
        log = run_task(server, policy, fail_on_error=False)
        assert asked(server, "subject") == []
        assert len(server.requests) == 1  # asked once, not once per sample
    assert log.samples is not None
    assert all(sample.error for sample in log.samples)


def test_an_unreachable_judge_fails_before_the_first_candidate_token(policy: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        port = unused.getsockname()[1]
        with OpenAIServer(scripted(SUBJECT)) as server:
            grader = loop_model(server, "judge")
            grader.api.client.base_url = f"http://127.0.0.1:{port}/v1"  # type: ignore[attr-defined]
            log = run_task(server, policy, model_roles={"grader": grader})
            assert server.requests == []
    assert log.status == "error"


def test_rules_are_the_judge_only_where_every_record_has_checks(policy: Path) -> None:
    with OpenAIServer(scripted(SUBJECT)) as server:
        log = run_task(server, "contrast", judges=(), limit=2)
        assert metrics(log)["cosa"] == 0
        with pytest.raises(JudgeError, match="has no checks"):
            run_task(server, policy, judges=(), task_args={"judge": "rules"})


def test_a_grader_comes_before_the_rules(policy: Path) -> None:
    with OpenAIServer(scripted({**SUBJECT, "judge": judging()})) as server:
        run_task(server, "contrast", limit=1)
        assert len(asked(server, "judge")) == 2


def test_generate_now_judge_later(policy: Path) -> None:
    with OpenAIServer(scripted({**SUBJECT, "judge": judging("Rating: [[3]]")})) as server:
        log = run_task(server, policy, judges=(), score=False, task_args={"judge": "deferred"})
        assert log.status == "success"
        assert len(server.requests) == 6
        judged = score(
            log,
            cosa_score(),
            action="overwrite",
            model_roles={"grader": loop_model(server, "judge")},
            display="none",
        )
    assert metrics(judged)["cosa"] == pytest.approx(0.6)


def test_a_log_judged_again_names_its_new_judge(policy: Path, tmp_path: Path) -> None:
    judges = {"judge": judging("Rating: [[3]]"), "other": judging("Rating: [[1]]", "[[NO]]")}
    with OpenAIServer(scripted({**SUBJECT, **judges})) as server:
        log = run_task(server, policy)
        first = read_run(log.location)
        rescored = score(
            read_eval_log(log.location),
            cosa_score(),
            action="overwrite",
            model_roles={"grader": loop_model(server, "other")},
            display="none",
        )
    assert metrics(rescored)["cosa"] == pytest.approx(-0.2)
    path = tmp_path / "again.eval"
    write_eval_log(rescored, str(path))
    again = read_run(path)
    assert first.judge_name == "openai-api/loop/judge"
    assert again.judge_name == "openai-api/loop/other"
    assert first.judge["id"] != again.judge["id"]
    assert first.judge["prompt_hash"] == again.judge["prompt_hash"]
    assert rescored.samples is not None
    assert rescored.samples[0].scores is not None
    raw = [v["raw"] for v in (rescored.samples[0].scores["cosa_score"].metadata or {})["verdicts"]]
    assert raw == ["Rating: [[1]]", "[[NO]]"]
