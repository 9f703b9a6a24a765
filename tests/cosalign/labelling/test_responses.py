"""The judge stage: each distinct response once, both labels, and what needs no judge."""

import json
from collections import Counter

import pytest
from pydantic import ValidationError

from cosalign.labelling.responses import JudgeParameters, judge
from cosalign.stages import StageError
from scorers import REFUSAL
from scorers.questions.addressed import ADDRESSED_FLAG
from tests.cosalign.made_stages import made, made_taxonomy
from tests.fakes.servers import OpenAIServer, Reply
from tests.running import PREFLIGHT

CATEGORIES = [
    {"name": "Tea", "definition": "Brewing of tea.", "markers": ["tea", "kettle"]},
    {"name": "Trains, and Trams", "definition": "Anything on rails.", "markers": ["train"]},
    {"name": "Cats", "definition": "Cats.", "training": False, "markers": ["cat"]},
]
NAMES = ("Tea", "Trains, and Trams", "Cats", "Other Harms")
TEXTS = {
    "tea": "Put the kettle on and wait.",
    "train": "The train leaves at noon, with tea.",
    "hat": "A hat is worn on the head.",
}


def inputs(folder, texts=None, copies=2):
    """One prompt and its candidates, each of them given several times, and one without a response."""
    texts = TEXTS if texts is None else texts
    candidates = [
        {
            "candidate_id": f"{name} {copy}",
            "prompt_id": "p1",
            "response": text,
            "response_id": f"r {name}",
            "stop_reason": "stop",
        }
        for copy in range(copies)
        for name, text in texts.items()
    ]
    candidates.append({"candidate_id": "none", "prompt_id": "p1", "stop_reason": "content_filter"})
    prompts = [{"prompt_id": "p1", "prompt": "What now?", "source": "x", "split": "train"}]
    return {
        "candidates": made("candidates", folder, candidates),
        "prompts": made("prompts", folder, prompts),
        "taxonomy": made_taxonomy(folder, CATEGORIES),
    }


def asking(server, generation=None, **more):
    return JudgeParameters.model_validate(
        {
            "model": {
                "model": "openai-api/loop/judge",
                "base_url": server.base_url,
                "args": {"max_retries": 0},
                "retries": 0,
                "cache": False,
                "generation": generation or {},
            },
            **more,
        }
    )


def reads(request):
    """Which labels the request asks for: risks, addressed, or both."""
    both = f'"{ADDRESSED_FLAG}"' in request.system
    return "both" if both else "risks" if "Brewing of tea." in request.system else "addressed"


def labels(request):
    """A judge's honest verdict: markers are words, and only talk of hats misses the prompt."""
    risks = [
        name
        for name, word in zip(NAMES, ("kettle", "train", "cat"), strict=False)
        if word in request.user
    ]
    if "with tea" in request.user:
        risks.append("Tea")
    return risks, "A hat is" not in request.user


def judging(request, text="{}"):
    if request.user == PREFLIGHT:
        return Reply("OK")
    risks, addressed = labels(request)
    flags = {name: name in risks for name in NAMES}
    verdict = {
        "both": json.dumps({**flags, ADDRESSED_FLAG: addressed}),
        "risks": json.dumps(flags),
        "addressed": "[[YES]]" if addressed else "[[NO]]",
    }[reads(request)]
    return Reply(text.replace("{}", f"I read it with care.\n{verdict}"))


def asked(server):
    return [r for r in server.requests if r.user != PREFLIGHT]


EXPECTED = {
    "r tea": (["Tea"], True),
    "r train": (["Tea", "Trains, and Trams"], True),
    "r hat": ([], False),
}


def found_labels(stage):
    return {r["response_id"]: (r["risks"], r["addressed"]) for r in stage.table().to_pylist()}


@pytest.mark.parametrize(("calls", "per_response"), [("one", 1), ("two", 2)])
def test_each_distinct_response_is_labelled_once(tmp_path, calls, per_response):
    with OpenAIServer(judging) as server:
        stage = judge(asking(server, calls=calls), **inputs(tmp_path), out=tmp_path / "j")
        requests = asked(server)
    assert found_labels(stage) == EXPECTED
    assert len(requests) == 3 * per_response
    assert Counter(map(reads, requests)) == (
        {"both": 3} if calls == "one" else {"risks": 3, "addressed": 3}
    )
    for request in requests:
        assert "What now?" in request.user
        assert request.body["temperature"] == 0
        if reads(request) != "addressed":
            assert all(f"- {c['name']}: {c['definition']}" in request.system for c in CATEGORIES)
            assert "all four categories" in request.system
    # static text first: what differs between two requests comes after all they share
    assert len({request.system for request in requests}) == per_response
    rows = stage.table().to_pylist()
    assert {(r["status"], r["calls"]) for r in rows} == {("ok", per_response)}
    assert all(r["input_tokens"] > 0 and r["output_tokens"] > 0 for r in rows)
    assert len({r["judge_id"] for r in rows}) == 1
    assert all("I read it with care." in r["raw"] for r in rows)
    if calls == "two":
        assert set(json.loads(rows[0]["raw"])) == {"risks", "addressed"}
    counts = stage.manifest.counts
    assert (counts["rows"], counts["candidates with a response"]) == (3, 6)
    assert counts["calls"] == 3 * per_response


def test_another_question_or_judge_is_another_identity(tmp_path):
    names = set()
    for number, more in enumerate(({}, {"calls": "two"}, {"generation": {"temperature": 1}})):
        folder = tmp_path / str(number)
        with OpenAIServer(judging) as server:
            stage = judge(asking(server, **more), **inputs(folder), out=folder / "j")
        names |= {r["judge_id"] for r in stage.table().to_pylist()}
    assert len(names) == 3


def test_refusals_cost_no_call_only_where_that_is_asked_for(tmp_path):
    texts = {**TEXTS, "no": REFUSAL, "blank": " \n"}
    with OpenAIServer(judging) as server:
        parameters = asking(server, skip_refusals=True)
        stage = judge(parameters, **inputs(tmp_path / "1", texts), out=tmp_path / "1" / "j")
        assert len(asked(server)) == 3
        assert found_labels(stage) == EXPECTED | {"r no": ([], False), "r blank": ([], False)}
        status = {r["response_id"]: r["status"] for r in stage.table().to_pylist()}
        assert (status["r no"], status["r blank"]) == ("refusal", "empty")
        assert stage.manifest.counts["labelled without a call"] == 2
        assert stage.manifest.counts["refusals by rules"] == 1
        server.clear()
        stage = judge(asking(server), **inputs(tmp_path / "2", texts), out=tmp_path / "2" / "j")
        assert len(asked(server)) == 4
        assert found_labels(stage)["r no"] == ([], True)  # this judge only knows hats


@pytest.mark.parametrize("calls", ["one", "two"])
def test_a_response_without_a_verdict_is_null_and_counted(tmp_path, calls):
    def reply(request):
        lost = "kettle" in request.user and reads(request) != "addressed"
        return Reply("I cannot decide.") if lost else judging(request)

    with OpenAIServer(reply) as server:
        stage = judge(
            asking(server, calls=calls, attempts=2), **inputs(tmp_path), out=tmp_path / "j"
        )
        assert len(asked(server)) == (2 + 1 + 1 if calls == "one" else 6 + 1)
    (row,) = [r for r in stage.table().to_pylist() if r["response_id"] == "r tea"]
    assert (row["risks"], row["status"]) == (None, "no_verdict")
    assert row["addressed"] is (None if calls == "one" else True)
    assert row["calls"] == (2 if calls == "one" else 3)
    assert "I cannot decide." in row["raw"]
    assert stage.manifest.counts["without a verdict"] == 1


def test_a_request_the_judge_refuses_is_null_and_says_why(tmp_path):
    def reply(request):
        return Reply.error(400, "too long for me") if "kettle" in request.user else judging(request)

    with OpenAIServer(reply) as server:
        stage = judge(asking(server), **inputs(tmp_path), out=tmp_path / "j")
    (row,) = [r for r in stage.table().to_pylist() if r["response_id"] == "r tea"]
    assert (row["risks"], row["addressed"]) == (None, None)
    assert "too long for me" in row["status"]


def test_not_one_verdict_is_an_error_and_the_next_try_asks_again(tmp_path):
    stages = inputs(tmp_path)
    said = r"not one verdict on 3 responses; no_verdict \(3\)"
    with OpenAIServer(lambda _: Reply("Fine.")) as server, pytest.raises(StageError, match=said):
        judge(asking(server, attempts=1), **stages, out=tmp_path / "j")
    assert not (tmp_path / "j").exists()
    with OpenAIServer(judging) as server:
        stage = judge(asking(server, attempts=1), **stages, out=tmp_path / "j")
    assert found_labels(stage) == EXPECTED


def test_a_judge_that_stops_answering_costs_a_shard(tmp_path):
    count = Counter()

    def dying(request):
        count["asked"] += request.user != PREFLIGHT
        return Reply.error(401, "key withdrawn") if count["asked"] > 1 else judging(request)

    stages = inputs(tmp_path)
    with OpenAIServer(dying) as server:
        parameters = asking(server, shard_size=1)
        with pytest.raises(StageError, match=r"^judge: .*key withdrawn.*run again"):
            judge(parameters, **stages, out=tmp_path / "j")
    with OpenAIServer(judging) as server:
        stage = judge(asking(server, shard_size=1), **stages, out=tmp_path / "j")
        assert len(asked(server)) == 2
    assert found_labels(stage) == EXPECTED


def test_rules_label_by_markers_and_refusals(tmp_path):
    texts = {**TEXTS, "no": REFUSAL, "cat": "A cat, with a tram-train."}
    stages = inputs(tmp_path, texts)
    stage = judge(JudgeParameters(judge="rules"), **stages, out=tmp_path / "j")
    assert found_labels(stage) == {
        "r tea": (["Tea"], True),
        "r train": (["Tea", "Trains, and Trams"], True),
        "r hat": ([], True),
        "r no": ([], False),
        "r cat": (["Trains, and Trams", "Cats"], True),
    }
    assert stage.manifest.counts["calls"] == 0
    assert {r["judge_id"] for r in stage.table().to_pylist()} == {"rules"}


def test_nothing_to_judge_and_foreign_tables_are_errors(tmp_path):
    with pytest.raises(StageError, match="no candidate has a response"):
        judge(JudgeParameters(judge="rules"), **inputs(tmp_path / "1", {}), out=tmp_path / "j")
    stages = inputs(tmp_path / "2")
    stages["prompts"] = made("prompts", tmp_path / "3", [{"prompt_id": "p7", "prompt": "Who?"}])
    with pytest.raises(StageError, match="1 prompts of the candidates are not among the 1 of"):
        judge(JudgeParameters(judge="rules"), **stages, out=tmp_path / "j")


def test_a_judge_is_a_model_or_rules():
    for wrong in ({"judge": "llm"}, {"judge": "rules", "model": {"model": "openai/x"}}):
        with pytest.raises(ValidationError, match="judge: llm needs a model"):
            JudgeParameters.model_validate(wrong)
