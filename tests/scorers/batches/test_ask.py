"""Requests by batches of both providers: answers, failures, splits, and what is paid once."""

import json
from pathlib import Path

import pytest
from inspect_ai.model import get_model

from cosapien import UserError
from scorers.asking import AskingStopped, Settings
from scorers.batches import BatchOptions, batches_in
from tests.fakes.batches import FakeBatch, Fate
from tests.fakes.openai_batch_server import OpenAIBatchServer
from tests.fakes.servers import ChatRequest, Reply
from tests.scorers.batches.asking import (
    NAMES,
    SERVERS,
    ask_all,
    echo,
    model_at,
    requests_of,
    said,
)

BOTH = pytest.mark.parametrize("provider", SERVERS)
PROMPTS = [f"question {n} Grüße 👩‍🚀\u2028" for n in range(23)]


@BOTH
def test_every_request_gets_its_answer(tmp_path: Path, provider: str) -> None:
    """Results come in another order than the requests, after several looks."""
    with SERVERS[provider](echo, looks=4) as server:
        answers = ask_all(model_at(NAMES[provider], server), requests_of(PROMPTS), tmp_path)
        assert server.batched == server.count == 23
        assert [len(b.requests) for b in server.shelf.batches.values()] == [23]
    assert said(answers) == {prompt: f"re: {prompt}" for prompt in PROMPTS}


@BOTH
def test_large_waves_are_split(tmp_path: Path, provider: str) -> None:
    options = BatchOptions(size=10, poll=0.02, alone=0)
    with SERVERS[provider](echo) as server:
        answers = ask_all(
            model_at(NAMES[provider], server), requests_of(PROMPTS), tmp_path, options
        )
        assert [len(b.requests) for b in server.shelf.batches.values()] == [10, 10, 3]
    assert said(answers) == {prompt: f"re: {prompt}" for prompt in PROMPTS}


def test_batches_are_split_by_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scorers.batches.providers.openai_batches import OpenAIBatches

    monkeypatch.setattr(OpenAIBatches, "most_bytes", 3_000)  # in place of 190 MB of prompts
    prompts = [f"{n} " + "x" * 900 for n in range(6)]
    with OpenAIBatchServer(echo) as server:
        answers = ask_all(model_at(NAMES["openai"], server), requests_of(prompts), tmp_path)
        assert [len(b.requests) for b in server.shelf.batches.values()] == [2, 2, 2]
        assert all(len(file) <= 3_000 for name, file in server.files.items() if "file" in name)
    assert said(answers) == {prompt: f"re: {prompt}" for prompt in prompts}


@BOTH
def test_the_same_call_again_pays_nothing(tmp_path: Path, provider: str) -> None:
    with SERVERS[provider](echo) as server:
        model = model_at(NAMES[provider], server)
        first = ask_all(model, requests_of(PROMPTS[:12]), tmp_path)
        again = ask_all(model, requests_of(PROMPTS), tmp_path)
        assert server.batched == 23  # the eleven new ones
    assert said(again) == {prompt: f"re: {prompt}" for prompt in PROMPTS}
    assert said(first).items() <= said(again).items()


@BOTH
def test_what_expires_or_fails_is_asked_again(tmp_path: Path, provider: str) -> None:
    """In the first batch every third request expires and every fifth fails by the server's fault."""

    def fate(request: ChatRequest, number: int) -> Fate:
        place = int(request.user.split()[1])
        if number > 1:
            return "answered"
        return "expired" if place % 3 == 0 else "errored" if place % 5 == 0 else "answered"

    with SERVERS[provider](echo, fate=fate) as server:
        answers = ask_all(model_at(NAMES[provider], server), requests_of(PROMPTS), tmp_path)
        first, second = server.shelf.batches.values()
        assert len(first.requests) == 23
        lost = [n for n in range(23) if n % 3 == 0 or n % 5 == 0]
        assert len(second.requests) == len(lost)
    assert said(answers) == {prompt: f"re: {prompt}" for prompt in PROMPTS}


@BOTH
def test_what_always_expires_is_given_up(tmp_path: Path, provider: str) -> None:
    def fate(request: ChatRequest, number: int) -> Fate:
        return "expired" if request.user == "slow" else "answered"

    with SERVERS[provider](echo, fate=fate) as server:
        answers = ask_all(
            model_at(NAMES[provider], server), requests_of(["slow", "quick"]), tmp_path
        )
        assert [len(b.requests) for b in server.shelf.batches.values()] == [2, 1, 1]
    assert said(answers) == {"slow": None, "quick": "re: quick"}
    assert "expired" in (answers["slow"].failure or "")


@BOTH
def test_a_refused_request_fails_alone(tmp_path: Path, provider: str) -> None:
    def reply(request: ChatRequest) -> Reply:
        return Reply.error(400, "no such parameter") if request.user == "bad" else echo(request)

    with SERVERS[provider](reply) as server:
        answers = ask_all(model_at(NAMES[provider], server), requests_of(["good", "bad"]), tmp_path)
        assert len(server.shelf.batches) == 1  # a refusal is not asked again
    assert said(answers) == {"good": "re: good", "bad": None}
    assert "no such parameter" in (answers["bad"].failure or "")


@BOTH
def test_a_filtered_request_is_an_answer(tmp_path: Path, provider: str) -> None:
    """Both providers say by a refused request what Inspect reads as a filtered answer."""
    blocked = {
        "openai": Reply.error(400, "flagged by our policy", code="content_filter"),
        "anthropic": Reply.content_filter(),
    }[provider]
    with SERVERS[provider](lambda _: blocked) as server:
        answers = ask_all(model_at(NAMES[provider], server), requests_of(["x"]), tmp_path)
    output = answers["x"].output
    assert output is not None
    assert output.stop_reason == "content_filter"


@BOTH
def test_few_requests_make_no_batch(tmp_path: Path, provider: str) -> None:
    options = BatchOptions(poll=0.02, alone=5)
    with SERVERS[provider](echo) as server:
        model = model_at(NAMES[provider], server)
        few = ask_all(model, requests_of(PROMPTS[:4]), tmp_path, options)
        assert (server.batched, server.count) == (0, 4)
        ask_all(model, requests_of(PROMPTS[:9]), tmp_path, options)
        assert (server.batched, server.count) == (5, 9)  # what was asked alone is kept, too
    assert said(few) == {prompt: f"re: {prompt}" for prompt in PROMPTS[:4]}


@BOTH
def test_somebody_ends_a_batch(tmp_path: Path, provider: str) -> None:
    def cancel(batch: FakeBatch) -> None:
        batch.cancelled = batch.number == 1

    with SERVERS[provider](echo, on_create=cancel) as server:
        model = model_at(NAMES[provider], server)
        with pytest.raises(AskingStopped, match="was cancelled, 12 of its requests have no answer"):
            ask_all(model, requests_of(PROMPTS), tmp_path)
        assert server.batched == 11  # half of them
        answers = ask_all(model, requests_of(PROMPTS), tmp_path)
        assert server.batched == 23
    assert said(answers) == {prompt: f"re: {prompt}" for prompt in PROMPTS}


def test_a_whole_batch_is_refused(tmp_path: Path) -> None:
    fault = {"code": "model_not_found", "message": "There is no gpt-4o", "line": None}
    with (
        OpenAIBatchServer(echo, refuse=lambda _: [fault]) as server,
        pytest.raises(AskingStopped, match=r"batch_1 was refused \(There is no gpt-4o\)"),
    ):
        ask_all(model_at(NAMES["openai"], server), requests_of(PROMPTS), tmp_path)


def test_lines_because_of_which_a_batch_is_refused(tmp_path: Path) -> None:
    def refuse(batch: FakeBatch) -> list[dict[str, object]]:
        fault = {"code": "invalid_value", "message": "no such role", "param": None, "line": 3}
        return [fault] if batch.number == 1 else []

    with OpenAIBatchServer(echo, refuse=refuse) as server:
        answers = ask_all(model_at(NAMES["openai"], server), requests_of("abcde"), tmp_path)
        assert server.batched == 4
    assert said(answers) == {"a": "re: a", "b": "re: b", "c": None, "d": "re: d", "e": "re: e"}
    assert "no such role" in (answers["c"].failure or "")


def test_a_full_queue_is_waited_for(tmp_path: Path) -> None:
    """While one batch is under way the second is refused; it is made again when the first has ended."""

    def refuse(batch: FakeBatch) -> list[dict[str, object]]:
        full = {"code": "token_limit_exceeded", "message": "Enqueued token limit", "line": None}
        return [full] if batch.number == 2 else []

    options = BatchOptions(size=12, poll=0.02, alone=0)
    with OpenAIBatchServer(echo, refuse=refuse, looks=6) as server:
        answers = ask_all(
            model_at(NAMES["openai"], server), requests_of(PROMPTS), tmp_path, options
        )
        assert [len(b.requests) for b in server.shelf.batches.values()] == [12, 11, 11]
    assert said(answers) == {prompt: f"re: {prompt}" for prompt in PROMPTS}


@BOTH
def test_an_interrupted_creation_is_not_paid_twice(tmp_path: Path, provider: str) -> None:
    """The batch was made, but the provider's answer was lost: it is found, and no second one made."""

    def lose(batch: FakeBatch) -> object:
        from aiohttp import web

        return web.Response(status=504, text="gateway timeout") if batch.number == 1 else None

    with SERVERS[provider](echo, on_create=lose) as server:  # type: ignore[arg-type]
        answers = ask_all(model_at(NAMES[provider], server), requests_of(PROMPTS), tmp_path)
        assert len(server.shelf.batches) == 1
        assert server.batched == 23
    assert said(answers) == {prompt: f"re: {prompt}" for prompt in PROMPTS}


@BOTH
def test_a_lost_id_is_found_by_the_next_start(tmp_path: Path, provider: str) -> None:
    """Killed between the request and its answer: of two batches of one size, ours is taken."""
    with SERVERS[provider](echo) as server:
        model = model_at(NAMES[provider], server)
        ask_all(model, requests_of(PROMPTS), tmp_path / "a")
        ask_all(model, requests_of(PROMPTS), tmp_path / "another run")
        (file,) = (tmp_path / "a").glob("*/batch.json")
        record = json.loads(file.read_text("utf-8"))
        file.write_text(json.dumps(record | {"batch_id": None, "ended": None}), "utf-8")
        (file.parent / "results.jsonl").unlink()
        answers = ask_all(model, requests_of(PROMPTS), tmp_path / "a")
        assert server.batched == 46
        assert len(server.shelf.batches) == 2
    assert said(answers) == {prompt: f"re: {prompt}" for prompt in PROMPTS}
    assert [r.batch_id == record["batch_id"] for r in batches_in(tmp_path / "a")] == [True]


@BOTH
def test_a_wrong_key_is_one_line(tmp_path: Path, provider: str) -> None:
    from aiohttp import web

    kind = {"type": "authentication_error", "message": "invalid key"}

    def locked(batch: FakeBatch) -> web.Response:
        return web.json_response({"type": "error", "error": kind}, status=401)

    with SERVERS[provider](echo, on_create=locked) as server:
        with pytest.raises(AskingStopped, match=r"takes no batch .*invalid key") as caught:
            ask_all(model_at(NAMES[provider], server), requests_of(PROMPTS), tmp_path)
        assert len(server.shelf.batches) == 1
    assert "\n" not in str(caught.value)


def test_a_provider_that_is_away_is_one_line(tmp_path: Path) -> None:
    with OpenAIBatchServer(echo) as server:
        model = model_at(NAMES["openai"], server)
    options = BatchOptions(alone=0, settings=Settings(retries=0))
    with pytest.raises(AskingStopped, match="takes no batch"):
        ask_all(model, requests_of(PROMPTS), tmp_path, options)


def test_another_provider_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="batches are made for openai/ and anthropic/ models"):
        ask_all(get_model("mockllm/model"), requests_of("a"), tmp_path)


def test_an_id_stands_for_one_request(tmp_path: Path) -> None:
    with OpenAIBatchServer(echo) as server, pytest.raises(UserError, match="two requests have the"):
        ask_all(model_at(NAMES["openai"], server), requests_of("aa"), tmp_path)


@pytest.mark.parametrize("wrong", [{"size": 0}, {"alone": -1}, {"tries": 0}, {"poll": 0.0}])
def test_options_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(UserError, match=next(iter(wrong))):
        BatchOptions(**wrong)  # type: ignore[arg-type]
