"""Asking many requests: answers, failures, retries, and going on after an interruption."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from inspect_ai.model import GenerateConfig, Model, get_model

from cosapien import UserError
from scorers.asking import Answer, Engine, Request, Settings, ask
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply, sequence

ODD = 'Grüße, 你好 👩‍🚀\u2028\x00 "quoted" \\n'


def model_at(base_url: str, key: str = "loopback") -> Model:
    return get_model("openai-api/loop/subject", base_url=base_url, api_key=key, memoize=False)


def ask_all(
    base_url: str,
    prompts: list[str],
    *,
    work: Path | None = None,
    settings: Settings | None = None,
    config: GenerateConfig | None = None,
) -> dict[str, Answer]:
    """All answers by the prompt, which is the request's id."""

    async def collect() -> dict[str, Answer]:
        requests = (Request(prompt, prompt, config or GenerateConfig()) for prompt in prompts)
        async with Engine(settings) as engine:
            return {a.id: a async for a in ask(engine, model_at(base_url), requests, work)}

    return asyncio.run(collect())


def echo(request: ChatRequest) -> Reply:
    return Reply(f"re: {request.user}")


def test_every_request_gets_its_answer() -> None:
    prompts = [f"question {n}" for n in range(200)]
    with OpenAIServer(echo) as server:
        answers = ask_all(server.base_url, prompts, settings=Settings(connections=7))
        assert server.peak_in_flight <= 7
        assert server.count == 200
    assert {p: a.output and a.output.completion for p, a in answers.items()} == {
        p: f"re: {p}" for p in prompts
    }


def test_text_arrives_and_returns_as_it_is() -> None:
    with OpenAIServer(echo) as server:
        answers = ask_all(server.base_url, [ODD])
        assert server.requests[0].user == ODD
    output = answers[ODD].output
    assert output is not None
    assert output.completion == f"re: {ODD}"


def test_a_refused_request_fails_alone() -> None:
    def reply(request: ChatRequest) -> Reply:
        return Reply.error(400, "no such parameter") if request.user == "bad" else echo(request)

    with OpenAIServer(reply) as server:
        answers = ask_all(server.base_url, ["good", "bad"])
        assert server.count == 2  # a refusal is not asked again
    assert answers["good"].failure is None
    assert answers["bad"].output is None
    assert "no such parameter" in (answers["bad"].failure or "")


@pytest.mark.parametrize(
    "trouble",
    [
        Reply.error(429, "too many", retry_after=0.01),
        Reply.error(503, "starting"),
        Reply.error(500, "sorry"),
        Reply.malformed(),
    ],
    ids=["429", "503", "500", "half an answer"],
)
def test_trouble_passes(trouble: Reply) -> None:
    with OpenAIServer(sequence(trouble, Reply("there"))) as server:
        answers = ask_all(server.base_url, ["x"])
        assert server.count == 2
    output = answers["x"].output
    assert output is not None
    assert output.completion == "there"


def test_the_server_says_how_long_to_wait() -> None:
    busy = Reply.error(429, "too many", retry_after=1.5)
    with OpenAIServer(sequence(busy, Reply("there"))) as server:
        ask_all(server.base_url, ["x"])
        first, second = (request.time for request in server.requests)
    assert second - first >= 1.5  # without the header the first wait is one second at most


def test_what_is_no_answer_is_said() -> None:
    with OpenAIServer(sequence(Reply("fine"), Reply.malformed())) as server:
        answers = ask_all(
            server.base_url,
            ["first", "second"],
            settings=Settings(connections=1),
            config=GenerateConfig(max_retries=0),
        )
    failure = answers["second"].failure or ""
    assert "no chat completion" in failure
    assert server.base_url in failure


def test_a_server_that_is_away_is_one_line() -> None:
    with OpenAIServer(echo) as server:
        gone = server.base_url
    with pytest.raises(UserError) as caught:
        ask_all(gone, ["x", "y"])
    assert "does not answer" in str(caught.value)
    assert gone in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_key_is_one_line() -> None:
    with OpenAIServer(lambda _: Reply.error(401, "Incorrect API key provided")) as server:
        with pytest.raises(UserError, match=r"cannot be used .*Incorrect API key provided"):
            ask_all(server.base_url, [f"{n}" for n in range(50)], settings=Settings(connections=1))
        assert server.count == 1


def test_a_silent_server_is_given_up() -> None:
    with (
        OpenAIServer(lambda _: Reply.hang(20)) as server,
        pytest.raises(UserError, match="no answer within 1 s"),
    ):
        ask_all(server.base_url, ["x"], config=GenerateConfig(attempt_timeout=1, max_retries=0))


def test_what_is_kept_is_not_asked_again(tmp_path: Path) -> None:
    """A server that goes away half way: the same call later asks only the rest."""
    prompts = [f"question {n}" for n in range(30)]
    seen = 0

    def half(request: ChatRequest) -> Reply:
        nonlocal seen
        seen += 1
        return echo(request) if seen <= 15 else Reply.error(500, "gone")

    quick = Settings(connections=1, retries=0)
    with (
        OpenAIServer(half) as server,
        pytest.raises(UserError, match="has stopped answering"),
    ):
        ask_all(server.base_url, prompts, work=tmp_path, settings=quick)
    with OpenAIServer(echo) as server:
        answers = ask_all(server.base_url, prompts, work=tmp_path, settings=quick)
        assert [request.user for request in server.requests] == prompts[15:]
    assert {a.output.completion for a in answers.values() if a.output} == {
        f"re: {prompt}" for prompt in prompts
    }
    assert answers.keys() == set(prompts)


def test_two_requests_cannot_share_a_place(tmp_path: Path) -> None:
    with OpenAIServer(echo) as server, pytest.raises(UserError, match="two requests have the id"):
        ask_all(server.base_url, ["x", "x"], work=tmp_path)


def test_requests_are_made_when_they_are_needed() -> None:
    """Memory does not grow with the number of requests: only some are ahead of their answers."""
    made = taken = 0
    ahead: list[int] = []

    def many() -> Iterator[Request]:
        nonlocal made
        for made in range(1, 501):
            ahead.append(made - taken)
            yield Request(f"{made}", "x")

    async def read(base_url: str) -> None:
        nonlocal taken
        async with Engine(Settings(connections=4)) as engine:
            async for _ in ask(engine, model_at(base_url), many()):
                taken += 1

    with OpenAIServer(echo) as server:
        asyncio.run(read(server.base_url))
    assert taken == 500
    assert max(ahead) <= 4 * 3 + 2  # waiting, under way, done; one in each hand


def test_a_cache_answers_again(tmp_path: Path) -> None:
    settings = Settings(cache=tmp_path / "answers.sqlite")
    kept = GenerateConfig(cache=True, temperature=0.0)
    with OpenAIServer(echo) as server:
        first = ask_all(server.base_url, ["x"], settings=settings, config=kept)
        again = ask_all(server.base_url, ["x"], settings=settings, config=kept)
        assert server.count == 1
        outputs = [answers["x"].output for answers in (first, again)]
        assert [output and output.completion for output in outputs] == ["re: x", "re: x"]
        ask_all(server.base_url, ["x"], settings=settings, config=GenerateConfig(temperature=0.0))
        assert server.count == 2  # who does not allow the cache is asked
        ask_all(
            server.base_url,
            ["x"],
            settings=settings,
            config=GenerateConfig(cache=True, temperature=1.0),
        )
        assert server.count == 3  # another request


@pytest.mark.parametrize(
    "wrong", [{"connections": 0}, {"retries": -1}, {"timeout": 0.0}, {"per_minute": -3.0}]
)
def test_settings_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(UserError, match=next(iter(wrong))):
        Settings(**wrong)  # type: ignore[arg-type]
