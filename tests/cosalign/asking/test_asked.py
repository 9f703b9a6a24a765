"""A model that stages ask: settings, the cache, failures, providers."""

import asyncio
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from inspect_ai.model import CachePolicy, GenerateConfig, ModelOutput
from pydantic import ValidationError

import cosalign.toy.provider  # noqa: F401 - toy/safe, which says OK to what is no question
from cosalign.asking.asked import Failure, answers_cache, opened
from cosalign.asking.open_shard import Made
from cosalign.asking.parameters import ModelParameters
from cosalign.asking.shards import make_shards
from cosalign.candidates.responders import RoleParameters
from cosalign.stages import StageError
from scorers.asking import ServedModel
from tests.fakes.servers import AnthropicServer, ChatRequest, LoopbackServer, OpenAIServer, Reply
from tests.running import PREFLIGHT


def parameters(server: LoopbackServer, provider: str = "openai-api/loop", **more: Any) -> Any:
    fixed = {"model": f"{provider}/m", "base_url": server.base_url, "retries": 0}
    return ModelParameters.model_validate({**fixed, **more})


def texts(
    asked_by: ModelParameters,
    prompts: Sequence[str],
    configs: Sequence[GenerateConfig] = (),
) -> list[str | Failure]:
    """The completion or the failure of each prompt, all asked at once."""

    async def inside() -> list[str | Failure]:
        async with opened(asked_by, "the model") as asked:

            async def one(prompt: str, config: GenerateConfig) -> str | Failure:
                answer = await asked.answer(lambda: asked.model.generate(prompt, config=config))
                return answer.completion if isinstance(answer, ModelOutput) else answer

            each = configs or [GenerateConfig()] * len(prompts)
            return await asyncio.gather(
                *(one(prompt, config) for prompt, config in zip(prompts, each, strict=True))
            )

    return asyncio.run(inside())


def echo(request: ChatRequest) -> Reply:
    return Reply(f"re: {request.user}")


def test_at_most_so_many_connections_as_the_recipe_says() -> None:
    prompts = [f"{n}" for n in range(40)]
    with OpenAIServer(lambda request: echo(request).after(0.01)) as server:
        assert texts(parameters(server, connections=3), prompts) == [f"re: {n}" for n in prompts]
        assert server.peak_in_flight <= 3


def test_so_many_requests_a_minute_as_the_recipe_says() -> None:
    with OpenAIServer(echo) as server:
        texts(parameters(server, requests_per_minute=600), [f"{n}" for n in range(6)])
        times = [request.time for request in server.requests]
    assert times[-1] - times[0] >= 0.4  # five gaps of a tenth; less only by the way to the server


@pytest.mark.parametrize(
    "wrong",
    [{"requests_per_minute": 0}, {"connections": 0}, {"engine": "carrier pigeon"}, {"retries": -1}],
)
def test_settings_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        ModelParameters.model_validate({"model": "mockllm/model", **wrong})


def test_how_requests_travel_is_no_part_of_the_identity() -> None:
    """The dump is what a stage's manifest records, and what its working folder is named by."""
    travel = {
        "base_url": "http://127.0.0.1:9/v1",
        "engine": "ray",
        "connections": 7,
        "requests_per_minute": 60,
        "retries": 1,
        "cache": False,
    }
    own = RoleParameters.model_validate({"model": "mockllm/model", **travel})
    assert own.model_dump(mode="json") == {
        "model": "mockllm/model",
        "args": {},
        "generation": {"temperature": 1.0, "max_tokens": 512},
        "samples": 1,
        "send_seed": True,
    }


@pytest.mark.parametrize("provider", ["openai-api/loop", "anthropic"])
def test_answers_are_kept_for_every_provider(provider: str) -> None:
    kind = AnthropicServer if provider == "anthropic" else OpenAIServer
    with kind(echo) as server:
        kept = parameters(server, provider, generation={"max_tokens": 20})
        for _ in range(2):
            assert texts(kept, ["x", "y"]) == ["re: x", "re: y"]
        assert server.count == 2
        fresh = parameters(server, provider, generation={"max_tokens": 20}, cache=False)
        assert texts(fresh, ["x"]) == ["re: x"]
        assert server.count == 3
        again = GenerateConfig(cache=False)  # as a judge is asked again
        texts(kept, ["x"], [again])
        assert server.count == 4
    assert answers_cache().exists()


def test_samples_without_a_seed_are_kept_apart() -> None:
    """Only their scopes differ: sample 0 and 1 of the same request, and of another seed."""
    seen = Counter[str]()

    def counting(request: ChatRequest) -> Reply:
        seen[request.user] += 1
        return Reply(f"{request.user} {seen[request.user]}")

    def scoped(name: str) -> GenerateConfig:
        return GenerateConfig(cache=CachePolicy(per_epoch=False, scopes={"sample": name}))

    with OpenAIServer(counting) as server:
        kept = parameters(server)
        for _ in range(2):
            for number, name in enumerate(("0/0", "0/1", "1/0")):
                assert texts(kept, ["x"], [scoped(name)]) == [f"x {number + 1}"]
        assert server.count == 3


def test_what_a_filter_stopped_is_asked_again() -> None:
    replies = iter([Reply.content_filter("half"), Reply("whole")])
    with OpenAIServer(lambda _: next(replies)) as server:
        assert [texts(parameters(server), ["x"])[0] for _ in range(3)] == ["half", "whole", "whole"]


def test_a_cache_that_cannot_be_opened_is_one_line() -> None:
    answers_cache().mkdir(parents=True)
    with OpenAIServer(echo) as server, pytest.raises(StageError) as caught:
        texts(parameters(server), ["x"])
    assert str(answers_cache()) in str(caught.value)
    assert "cache: false" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_requests_that_are_lost_in_a_row_do_not_stop_a_model_that_is_there() -> None:
    """The engine gives up then; a stage first asks whether the model still answers."""

    def reply(request: ChatRequest) -> Reply:
        return Reply.error(500, "too much") if request.user.startswith("bad") else echo(request)

    with OpenAIServer(reply) as server:
        found = texts(
            parameters(server, connections=1), ["good", "bad 1", "bad 2", "bad 3", "fine"]
        )
        checks = sum(request.user == PREFLIGHT for request in server.requests)
    assert [found[0], found[4]] == ["re: good", "re: fine"]
    assert all(isinstance(one, Failure) and "too much" in one.reason for one in found[1:4])
    assert checks in (1, 2)  # the third may be lost while the second one's check is under way


def test_a_model_that_is_gone_is_one_line() -> None:
    with OpenAIServer(echo) as server:
        gone = parameters(server)
    with pytest.raises(StageError) as caught:
        texts(gone, ["x", "y"])
    said = str(caught.value)
    assert said.startswith("the model: openai-api/loop/m cannot be used (")
    assert said.endswith("Partial results are kept: run again when it answers")
    assert "\n" not in said


def test_trouble_passes() -> None:
    replies = iter([Reply.error(429, "busy", retry_after=0.01), Reply.error(503, "up soon")])
    with OpenAIServer(lambda request: next(replies, echo(request))) as server:
        assert texts(parameters(server, retries=2), ["x"]) == ["re: x"]
        assert server.count == 3


def test_a_model_without_a_server() -> None:
    own = ModelParameters(model="toy/safe", cache=False)
    assert texts(own, ["x"]) == ["OK"]


def test_calls_and_tokens_are_said() -> None:
    async def inside() -> tuple[int, str]:
        async with opened(parameters(server, cache=False), "the model") as asked:
            await asked.check()  # counts nowhere
            for _ in range(3):
                await asked.answer(lambda: asked.model.generate("x"))
            return asked.calls, asked.said()

    with OpenAIServer(lambda _: Reply("y", usage=(1000, 7))) as server:
        assert asyncio.run(inside()) == (3, "3 calls, 3,000 tokens in, 21 out")


def test_a_cache_is_where_inspects_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path))
    assert answers_cache() == tmp_path / "generate" / "cosalign" / "answers.sqlite"


def test_seeds_of_requests_are_sent_and_not_collected() -> None:
    """Each sampled candidate has a seed of its own: what the model keeps must not grow with them."""

    async def inside() -> int:
        async with opened(parameters(server, generation={"temperature": 0.5}), "x") as asked:
            for seed in range(5):
                await asked.model.generate("x", config=GenerateConfig(seed=seed))
            assert isinstance(asked.model, ServedModel)
            return len(asked.model.merged)

    with OpenAIServer(echo) as server:
        assert asyncio.run(inside()) == 1
        sent = [(r.body["seed"], r.body["temperature"]) for r in server.requests]
    assert sent == [(seed, 0.5) for seed in range(5)]


def test_a_bar_says_calls_tokens_and_pace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    async def inside() -> None:
        async with opened(parameters(server, cache=False, connections=1), "x") as asked:

            async def make(n: int) -> Made:
                await asked.model.generate("x")
                return Made({"n": n})

            schema = pa.schema([("n", pa.int64())])
            await make_shards(
                range(6), tmp_path, size=3, schema=schema, make=make, what="label", asked=asked
            )

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with OpenAIServer(lambda _: Reply("y", usage=(100, 1)).after(0.15)) as server:
        asyncio.run(inside())
    assert re.search(
        r"label:  50%\|.*\| 3/6 .*3 calls, 300 tokens in, 3 out, [\d,.]+ requests/s",
        screen.getvalue(),
    )
