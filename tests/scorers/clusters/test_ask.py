"""Asking an endpoint by a cluster gives what the engine of this machine gives."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import (
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    get_model,
)

from cosapien import UserError
from scorers.asking import Answer, AskingStopped, Engine, Request, ask
from scorers.clusters import Cluster, ClusterSettings, ask_by_ray
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply
from tests.scorers.clusters.asking import QUICK, ask_cluster, model_at

ODD = 'Grüße, 你好 👩‍🚀\u2028\x00 "quoted" \\n'
REQUESTS = [
    Request("plain", "One?"),
    Request("odd", ODD, GenerateConfig(temperature=0.0, max_tokens=7, seed=3)),
    Request(
        "talk",
        [
            ChatMessageSystem(content="Be brief."),
            ChatMessageUser(content="One?"),
            ChatMessageAssistant(content="1"),
            ChatMessageUser(content="Two?"),
        ],
        GenerateConfig(stop_seqs=["END"], extra_body={"top_k": None}),
    ),
    Request("bad", "bad"),
    *(Request(f"{n}", f"question {n}") for n in range(70)),
]


def reply(request: ChatRequest) -> Reply:
    if request.user == "bad":
        return Reply.error(400, "no such parameter")
    if request.user == "question 7":
        return Reply.truncated("re")
    return Reply(f"re: {request.user}", reasoning="Hm." if request.system else "")


def by_engine(
    base_url: str, requests: list[Request], work: Path | None = None
) -> dict[str, Answer]:
    async def collect() -> dict[str, Answer]:
        async with Engine() as engine:
            return {a.id: a async for a in ask(engine, model_at(base_url), requests, work)}

    return asyncio.run(collect())


def sent_to(server: OpenAIServer) -> list[tuple[dict[str, Any], str]]:
    """Requests with their key, in an order of their own."""
    found = [(request.body, request.headers["authorization"]) for request in server.requests]
    return sorted(found, key=str)


def plain(answer: Answer) -> dict[str, Any]:
    """An answer without what is new at each request: ids and times."""
    data = answer.model_dump(exclude={"output": {"time", "response_id"}})
    for choice in (data["output"] or {"choices": []})["choices"]:
        del choice["message"]["id"]
    return data


@pytest.mark.usefixtures("ray_here")
def test_requests_and_answers_are_the_engines_row_by_row(tmp_path: Path) -> None:
    """Half of the work is done by the engine of this machine, the rest by the cluster."""
    made, taken = 0, 0
    ahead: list[int] = []

    def many() -> Iterator[Request]:
        nonlocal made
        for request in REQUESTS:
            made += 1
            ahead.append(made - taken)
            yield request

    async def rest(base_url: str) -> dict[str, Answer]:
        nonlocal taken
        found = {}
        async with Cluster(QUICK) as cluster:
            async for answer in ask_by_ray(cluster, model_at(base_url), many(), tmp_path):
                taken += 1
                found[answer.id] = answer
        return found

    with OpenAIServer(reply) as server:
        own = by_engine(server.base_url, REQUESTS)
        sent = sent_to(server)
        server.clear()
        by_engine(server.base_url, REQUESTS[:40], tmp_path)
        answers = asyncio.run(rest(server.base_url))
        asked = Counter(request.user for request in server.requests)
        server.clear()
        by_engine(server.base_url, REQUESTS, tmp_path)
        assert [request.user for request in server.requests] == ["bad"]  # failures are not kept
        assert asked == Counter([*(body["messages"][-1]["content"] for body, _ in sent), "bad"])
    assert {name: plain(a) for name, a in answers.items()} == {
        name: plain(a) for name, a in own.items()
    }
    assert [name for name, answer in answers.items() if answer.failure] == ["bad"]
    # memory is bounded: three blocks of 8, one more, one in the reader's hand, one being given; and
    # those answered before, which are given again at once
    assert max(ahead) <= 8 * (3 + 1 + 2)


@pytest.mark.usefixtures("ray_here")
def test_requests_may_wait_for_answers_and_answers_for_a_busy_server() -> None:
    """A block that is not full goes on: a feed that follows the answers does not stand still."""
    busy = iter(range(3))

    def hesitant(request: ChatRequest) -> Reply:
        if next(busy, None) is None:
            return reply(request)
        return Reply.error(429, "too many", retry_after=0.2)

    async def follow(base_url: str) -> tuple[str, int]:
        came: asyncio.Queue[str] = asyncio.Queue()
        last = ""

        async def feed() -> AsyncIterator[Request]:
            text = "start"
            for n in range(3):
                yield Request(f"{n}", text)
                text = await came.get()

        async with Cluster(QUICK) as cluster:
            async for answer in ask_by_ray(cluster, model_at(base_url), feed()):
                assert answer.output is not None
                last = answer.output.completion
                await came.put(last)
            (tally,) = cluster.tallies.values()
        return last, tally.retries

    with OpenAIServer(hesitant) as server:
        assert asyncio.run(follow(server.base_url)) == ("re: re: re: start", 3)


@pytest.mark.usefixtures("ray_here")
def test_a_model_that_is_gone_stops_all_in_one_line() -> None:
    with OpenAIServer(lambda _: Reply.error(401, "Incorrect API key provided")) as server:
        with pytest.raises(AskingStopped, match=r"cannot be used .*Incorrect API key") as caught:
            ask_cluster(model_at(server.base_url), (Request(f"{n}", "x") for n in range(9999)))
        assert server.count <= QUICK.window * QUICK.rows
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("ray_here")
def test_faults_of_the_call_are_one_line(tmp_path: Path) -> None:
    with OpenAIServer(reply) as server:
        model = model_at(server.base_url)
        with pytest.raises(UserError, match="two requests have the id 'x'"):
            ask_cluster(model, [Request("x", "a"), Request("x", "b")], tmp_path)
        many = ClusterSettings(replicas=999)
        with pytest.raises(UserError, match="999 replicas need 999 CPUs, the Ray cluster has"):
            ask_cluster(model, REQUESTS, settings=many)
        assert server.count == 0 or {r.user for r in server.requests} <= {"a"}
    other = get_model("mockllm/model")
    with pytest.raises(
        UserError, match=r"mockllm/model: engine ray asks vllm/MODEL .* or an endpoint"
    ):
        ask_cluster(other, REQUESTS)


@pytest.mark.usefixtures("ray_here")
def test_models_at_the_same_time_need_room_beside_each_other() -> None:
    """Ray would let the second wait for the first without end; later there is room again."""

    async def run(base_url: str) -> list[Answer]:
        import ray

        model, cpus = model_at(base_url), ray.cluster_resources()["CPU"]
        async with Cluster(QUICK) as one, Cluster(QUICK) as other:
            with (
                one.room("vllm/candidate", cpus - 0.05, 0.0),
                pytest.raises(
                    UserError,
                    match=rf"subject: 1 replica needs 0.1 CPUs, the Ray cluster has {cpus:g}, of which "
                    rf"other models hold {cpus - 0.05:g}: start more workers",
                ),
            ):
                _ = [a async for a in ask_by_ray(other, model, [Request("x", "One?")])]
            return [a async for a in ask_by_ray(other, model, [Request("x", "One?")])]

    with OpenAIServer(reply) as server:
        (answer,) = asyncio.run(run(server.base_url))
        assert server.count == 1
    assert answer.output is not None


def test_without_ray_one_line_says_what_to_install() -> None:
    code = (
        "import asyncio, sys; sys.modules['ray'] = None\n"
        "from scorers.clusters import Cluster\n"
        "try: asyncio.run(Cluster().__aenter__())\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    (line,) = done.stdout.splitlines()
    assert line.startswith("UserError Ray is missing")
    assert 'pip install -e ".[ray]"' in line


def test_no_cluster_at_an_address_is_one_line() -> None:
    code = (
        "import asyncio\n"
        "from scorers.clusters import Cluster, ClusterSettings\n"
        "try: asyncio.run(Cluster(ClusterSettings(address='127.0.0.1:1')).__aenter__())\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    (line,) = done.stdout.splitlines()
    assert line.startswith("UserError Ray 127.0.0.1:1: no cluster")
    assert "ray start --head" in line


@pytest.mark.parametrize("wrong", [{"replicas": 0}, {"connections": 0}, {"adress": "auto"}])
def test_settings_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ClusterSettings.model_validate(wrong)
