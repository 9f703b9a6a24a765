"""Candidates: who is asked what, how often, and what remains of a run that is cut off."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from cosalign.candidates.stage import CandidatesParameters, candidates
from cosalign.stages import StageError
from cosapien import content_hash
from tests.cosalign.made_stages import made
from tests.fakes.servers import OpenAIServer, Reply
from tests.running import PREFLIGHT

MODES = ("superset", "not_superset")


def inputs(folder, prompts=3, draws=2, system="{mode} {draw} for {prompt}"):
    """Prompts with a config for each mode and draw, and one prompt without any."""
    names = [content_hash(f"p{n}") for n in range(prompts)]
    texts = [
        {"prompt_id": name, "prompt": f"Prompt {n}?", "source": "x", "split": "train"}
        for n, name in enumerate(names)
    ]
    configs = [
        {
            "config_id": content_hash(f"{name}{mode}{draw}"),
            "prompt_id": name,
            "mode": mode,
            "draw": draw,
            "allowed": [],
            "system_prompt": system.format(mode=mode, draw=draw, prompt=n),
        }
        for n, name in enumerate(names)
        for mode in ("exact", "superset", "safe", "not_superset")
        for draw in range(draws if mode in MODES else 1)
    ]
    lone = {"prompt_id": "lone", "prompt": "Alone?", "source": "x", "split": "train"}
    return {
        "prompts": made("prompts", folder, [*texts, lone]),
        "configs": made("configs", folder, configs),
    }


def asking(server, safe=None, permissive=None, **more):
    """Parameters: both models on one server, which give up quickly."""

    def model(name, changes):
        fixed = {
            "model": f"openai-api/loop/{name}",
            "base_url": server if isinstance(server, str) else server.base_url,
            "args": {"max_retries": 0},
            "retries": 0,
            "cache": False,
        }
        return {**fixed, **(changes or {})}

    return CandidatesParameters.model_validate(
        {"safe": model("safe", safe), "permissive": model("permissive", permissive), **more}
    )


def echo(request):
    """An answer that tells requests apart."""
    return Reply(
        "OK" if request.user == PREFLIGHT else f"{request.system or 'plain'} | {request.user}"
    )


def sent(server, model=None):
    """What was asked but for preflights."""
    return [
        r for r in server.requests if r.user != PREFLIGHT and (model is None or r.model == model)
    ]


def test_the_safe_model_is_asked_plainly_and_the_permissive_one_under_configs(tmp_path):
    with OpenAIServer(echo) as server:
        found = candidates(asking(server), **inputs(tmp_path), seed=1, out=tmp_path / "c")
        plain, configured = sent(server, "safe"), sent(server, "permissive")
    rows = found.table().to_pylist()
    assert [row["role"] for row in rows] == (["safe"] + ["permissive"] * 4) * 3
    assert sorted(r.user for r in plain) == ["Prompt 0?", "Prompt 1?", "Prompt 2?"]
    assert {r.system for r in plain} == {""}
    assert {r.system for r in configured} == {
        f"{mode} {draw} for {n}" for mode in MODES for draw in range(2) for n in range(3)
    }
    assert {(r.body["temperature"], r.body["max_tokens"]) for r in server.requests[1:]} >= {
        (1, 512)
    }
    seeds = [r.body["seed"] for r in configured]
    assert len(set(seeds)) == len(seeds) == 12
    for row in rows:
        assert row["model"] == f"openai-api/loop/{row['role']}"
        assert (row["config_id"] is None) == (row["role"] == "safe")
        system, _, user = row["response"].partition(" | ")
        assert row["response_id"] == content_hash(f"{user}\x1f{row['response']}")
        assert content_hash(f"p{user[7]}") == row["prompt_id"]
        assert row["config_id"] is None or system.endswith(f"for {user[7]}")
        assert (row["stop_reason"], row["input_tokens"] > 0) == ("stop", True)
    assert len({row["candidate_id"] for row in rows}) == len(rows)
    counts = found.manifest.counts
    assert (counts["prompts"], counts["prompts without a config"]) == (3, 1)
    assert (counts["rows"], counts["requests"], counts["responses"]) == (15, 15, 15)


def test_requests_that_are_word_for_word_the_same_are_sent_once(tmp_path):
    with OpenAIServer(echo) as server:
        parameters = asking(
            server,
            safe={"samples": 3, "generation": {"temperature": 0}},
            permissive={"samples": 2},
        )
        stages = inputs(tmp_path, draws=2, system="{mode} for {prompt}")
        found = candidates(parameters, **stages, seed=1, out=tmp_path / "c")
        safe, permissive = sent(server, "safe"), sent(server, "permissive")
    assert len(safe) == 3  # a greedy model says the same every time
    assert all("seed" not in r.body for r in safe)
    # both draws of a mode have the same words; two samples of them are two requests
    assert Counter((r.system, r.user) for r in permissive) == {
        (f"{mode} for {n}", f"Prompt {n}?"): 2 for mode in MODES for n in range(3)
    }
    assert len({r.body["seed"] for r in permissive}) == 12
    counts = found.manifest.counts
    assert (counts["rows"], counts["requests"]) == (3 * (3 + 8), 3 + 12)
    assert counts["candidates that share a request"] == 33 - 15
    assert len({row["candidate_id"] for row in found.table().to_pylist()}) == 33


def test_a_request_that_gets_no_response_is_recorded_and_kills_nothing(tmp_path):
    def reply(request):
        if request.model == "permissive":
            return echo(request)
        return {
            "Prompt 0?": Reply.content_filter("Half of"),
            "Prompt 1?": Reply.error(400, "this prompt cannot be served"),
            "Prompt 2?": Reply("  \n"),
            "Prompt 3?": Reply.truncated("It goes on"),
            "Prompt 4?": Reply.refusal("I will not."),
        }.get(request.user, Reply("OK"))

    with OpenAIServer(reply) as server:
        stages = inputs(tmp_path, prompts=5, draws=1)
        found = candidates(asking(server), **stages, seed=1, out=tmp_path / "c")
    rows = [r for r in found.table().to_pylist() if r["role"] == "safe"]
    assert [(r["response"], r["stop_reason"]) for r in rows] == [
        (None, "content_filter"),
        (None, rows[1]["stop_reason"]),
        (None, "stop"),
        ("It goes on", "max_tokens"),
        ("I will not.", rows[4]["stop_reason"]),
    ]
    assert rows[1]["stop_reason"].startswith("error: ")
    assert "this prompt cannot be served" in rows[1]["stop_reason"]
    assert [r["response_id"] is None for r in rows] == [True, True, True, False, False]
    counts = found.manifest.counts
    assert (counts["without a response"], counts["failed"]) == (3, 1)
    assert counts["blocked by a content filter"] == 1


@pytest.mark.parametrize("refused", ["safe", "permissive"])
def test_a_wrong_key_is_found_before_the_first_request(tmp_path, refused):
    def reply(request):
        wrong = request.model == refused
        return Reply.error(401, "Incorrect API key provided") if wrong else echo(request)

    with OpenAIServer(reply) as server:
        with pytest.raises(StageError, match=f"the {refused} model: .*Incorrect API key provided"):
            candidates(asking(server), **inputs(tmp_path), seed=1, out=tmp_path / "c")
        assert sent(server) == []
    assert not (tmp_path / "c").exists()


def test_a_server_that_is_not_there_is_one_line(tmp_path):
    parameters = asking("http://127.0.0.1:9/v1")
    with pytest.raises(StageError, match=r"the safe model: .* cannot be used") as error:
        candidates(parameters, **inputs(tmp_path), seed=1, out=tmp_path / "c")
    assert "\n" not in str(error.value)


def test_where_nothing_is_answered_nothing_is_recorded(tmp_path):
    def reply(request):
        return Reply("OK") if request.user == PREFLIGHT else Reply.error(400, "no such parameter")

    few, many = inputs(tmp_path, prompts=2, draws=1), inputs(tmp_path / "many", prompts=9)
    with OpenAIServer(reply) as server:
        with pytest.raises(StageError, match=r"no response to any of 6 requests.*no such param"):
            candidates(asking(server), **few, seed=1, out=tmp_path / "c")
        server.clear()
        with pytest.raises(StageError, match="refused all 9 requests of a shard"):
            candidates(asking(server), **many, seed=1, out=tmp_path / "c")
        assert len(sent(server)) == 9  # the permissive model was not even asked
    with OpenAIServer(echo) as server:
        found = candidates(asking(server), **few, seed=1, out=tmp_path / "c")
    assert found.manifest.counts["responses"] == 6


@pytest.mark.parametrize("cache", [False, True])
def test_a_server_that_stops_answering_stops_the_stage_and_costs_no_answer(tmp_path, cache):
    asked = Counter()

    def dying(request):
        asked[request.model] += request.user != PREFLIGHT
        dead = asked["permissive"] > 5
        return Reply.error(500, "out of order", sdk_retry=False) if dead else echo(request)

    stages = inputs(tmp_path)
    with OpenAIServer(dying) as server:
        parameters = asking(
            server, safe={"cache": cache}, permissive={"cache": cache}, shard_size=3
        )
        with pytest.raises(StageError, match=r"the permissive model: .*out of order.*run again"):
            candidates(parameters, **stages, seed=1, out=tmp_path / "c")
        port = int(server.base_url.split(":")[2].partition("/")[0])
    assert not (tmp_path / "c").exists()
    with OpenAIServer(echo, port=port) as server:
        found = candidates(parameters, **stages, seed=1, out=tmp_path / "c")
        assert sent(server, "safe") == []
        # one whole shard of 3 stands, and the two answers of the second
        assert len(sent(server, "permissive")) == 12 - 5
    assert found.manifest.counts["responses"] == 15
    systems = [r["response"].partition(" | ")[0] for r in found.table().to_pylist()]
    assert len(set(systems)) == 13


def test_two_models_on_one_gpu_take_turns(tmp_path):
    """Each is checked in its turn; the first one's answers stand while the second is not up."""
    parameters = asking("http://127.0.0.1:9/v1", one_at_a_time=True)
    stages = inputs(tmp_path)
    with OpenAIServer(echo) as server:
        first = asking(server, permissive={"base_url": "http://127.0.0.1:9/v1"}, one_at_a_time=True)
        with pytest.raises(StageError, match=r"the permissive model: .*run again when it answers"):
            candidates(first, **stages, seed=1, out=tmp_path / "c")
        assert len(sent(server, "safe")) == 3
    with OpenAIServer(echo) as server:
        second = asking(server, safe={"base_url": "http://127.0.0.1:9/v1"}, one_at_a_time=True)
        found = candidates(second, **stages, seed=1, out=tmp_path / "c")
        assert len(sent(server)) == 12
    assert found.remade
    # how the answers travelled is not what the stage is made from
    assert not candidates(parameters, **stages, seed=1, out=tmp_path / "c").remade


SCRIPT = """
import sys
from pathlib import Path
from tests.cosalign.candidates.test_candidates import asking, inputs
from cosalign.candidates import candidates
folder = Path(sys.argv[2])
parameters = asking(sys.argv[1], shard_size=4, permissive={"connections": 2})
candidates(parameters, **inputs(folder, prompts=8), seed=1, out=folder / "c")
"""


def test_after_a_sigkill_no_finished_shard_is_asked_again(tmp_path):
    def slow(request):
        return echo(request).after(0.05)

    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with OpenAIServer(slow) as server:
        command = [sys.executable, "-c", SCRIPT, server.base_url, str(tmp_path)]
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 120
        while len(sent(server, "permissive")) < 10 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept = [p for p in tmp_path.rglob("*.parquet") if ".shards" in p.parts]
        assert kept
        before = len(sent(server, "permissive"))
        assert before < 32
        subprocess.run(command, env=environment, check=True)
        asked = Counter((r.model, r.system, r.user) for r in sent(server))
    assert len(asked) == 8 + 32
    assert sum(asked.values()) <= 40 + 2  # what was under way, on two connections
    assert {n for (model, *_), n in asked.items() if model == "safe"} == {1}


def test_no_prompt_with_a_config_is_an_error(tmp_path):
    stages = inputs(tmp_path, prompts=0)
    with pytest.raises(StageError, match="none of 1 prompts has a superset or not_superset config"):
        candidates(asking("http://127.0.0.1:9/v1"), **stages, seed=1, out=tmp_path / "c")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"args": {"api_key": "x"}}, "does not belong in a recipe"),
        ({"generation": {"temprature": 1}}, "temprature"),
        ({"generation": {"max_tokens": "many"}}, "max_tokens"),
        ({"generation": {"max_connections": 3}}, "max_connections"),
        ({"samples": -1}, "samples"),
    ],
)
def test_wrong_parameters_are_refused(changes, said):
    with pytest.raises(ValidationError, match=said):
        asking("http://127.0.0.1:9/v1", safe=changes)


def test_a_role_can_be_left_out_but_not_both(tmp_path):
    with OpenAIServer(echo) as server:
        found = candidates(
            asking(server, safe={"samples": 0}), **inputs(tmp_path), seed=1, out=tmp_path / "c"
        )
        assert {r.model for r in server.requests} == {"permissive"}
    assert set(found.table()["role"].to_pylist()) == {"permissive"}
    with pytest.raises(ValidationError, match="no candidate model is used"):
        asking("http://127.0.0.1:9/v1", safe={"samples": 0}, permissive={"samples": 0})


def test_an_unknown_provider_is_one_line(tmp_path):
    parameters = asking("http://127.0.0.1:9/v1", safe={"model": "nobody/here"})
    with pytest.raises(StageError, match="the safe model: nobody/here cannot be opened"):
        candidates(parameters, **inputs(tmp_path), seed=1, out=tmp_path / "c")
