"""Without a server between: requests as they would be sent, answers as they would be read."""

import asyncio
from typing import Any

import pytest
from inspect_ai.model import (
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    ResponseSchema,
    get_model,
)
from inspect_ai.util import JSONSchema

from scorers.asking import Answer, Engine, Request, ask
from scorers.clusters.engines.exchange import Exchange
from scorers.clusters.engines.serving_args import ServingArgs
from scorers.clusters.models import ModelSpec
from tests.fakes.servers import OpenAIServer, Reply

SCHEMA = ResponseSchema(name="verdict", json_schema=JSONSchema(type="object"))
REQUESTS = [
    Request("plain", "One?"),
    Request(
        "talk",
        [
            ChatMessageSystem(content="Be brief. Grüße 👩‍🚀"),
            ChatMessageUser(content="One?"),
            ChatMessageAssistant(content="1"),
            ChatMessageUser(content="Two?\u2028"),
        ],
        GenerateConfig(temperature=0.0, max_tokens=9, stop_seqs=["END"], seed=7),
    ),
    Request("begun", [ChatMessageUser(content="One?"), ChatMessageAssistant(content="It is")]),
    Request(
        "own",
        "x",
        GenerateConfig(
            extra_body={"top_k": 5, "chat_template_kwargs": {"enable_thinking": False}},
            response_schema=SCHEMA,
            system_message="First of all.",
        ),
    ),
]
TOO_LONG = "This model's maximum context length is 10 tokens."


def spec(name: str = "vllm/org/m", **args: Any) -> ModelSpec:
    config = GenerateConfig(temperature=0.5)
    return ModelSpec.of(get_model(name, config=config, memoize=False, **args))


def by_server(server: OpenAIServer) -> dict[str, Answer]:
    model = get_model(
        "vllm/org/m",
        config=GenerateConfig(temperature=0.5, max_retries=0),
        base_url=server.base_url,
        memoize=False,
    )

    async def collect() -> dict[str, Answer]:
        async with Engine() as engine, model:
            return {answer.id: answer async for answer in ask(engine, model, REQUESTS)}

    return asyncio.run(collect())


def plain(answer: Answer) -> dict[str, Any]:
    """An answer without what is new at each request: ids and times."""
    data = answer.model_dump(exclude={"output": {"time", "response_id"}})
    for choice in (data["output"] or {"choices": []})["choices"]:
        del choice["message"]["id"]
    return data


def completion(finish: str) -> dict[str, Any]:
    """What the loopback server sends for a reply of two words, cut or not."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": "org/m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "<think>Hm.</think>two words"},
                "finish_reason": finish,
            }
        ],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
    }


def test_a_request_is_what_would_be_sent() -> None:
    with OpenAIServer(lambda _: Reply("Yes.")) as server:
        by_server(server)
        sent = [request.body for request in server.requests]
    exchange = Exchange(spec())
    bodies = [exchange.body(request) for request in REQUESTS]
    assert sorted(bodies, key=str) == sorted(sent, key=str)


@pytest.mark.parametrize(
    ("reply", "status", "given"),
    [
        (Reply("<think>Hm.</think>two words", usage=(5, 2)), 200, completion("stop")),
        (
            Reply("<think>Hm.</think>two words", "truncated", usage=(5, 2)),
            200,
            completion("length"),
        ),
        (Reply.error(400, TOO_LONG), 400, {"error": {"message": TOO_LONG, "code": 400}}),
    ],
    ids=["answered", "cut", "too long"],
)
def test_an_answer_is_what_would_be_read(reply: Reply, status: int, given: dict[str, Any]) -> None:
    with OpenAIServer(lambda _: reply) as server:
        own = by_server(server)
    exchange = Exchange(spec())
    found = {request.id: exchange.answer(request, status, given) for request in REQUESTS}
    assert {name: plain(answer) for name, answer in found.items()} == {
        name: plain(answer) for name, answer in own.items()
    }


def test_a_refused_request_is_a_failure() -> None:
    exchange = Exchange(spec())
    answer = exchange.answer(REQUESTS[0], 400, {"error": {"message": "no such thing", "code": 400}})
    assert answer.output is None
    assert "no such thing" in (answer.failure or "")


def test_arguments_of_a_server_become_an_engines() -> None:
    found = ServingArgs.of(
        spec(
            host="127.0.0.1",
            timeout=600,
            max_model_len=512,
            tensor_parallel_size=2,
            chat_template="{{ messages }}",
            **{"structured_outputs_config.backend": "xgrammar", "swap-space": 1},
        )
    )
    assert found.source == "org/m"
    assert found.engine == {
        "max_model_len": 512,
        "tensor_parallel_size": 2,
        "structured_outputs_config": {"backend": "xgrammar"},
        "swap_space": 1,
    }
    assert found.template == "{{ messages }}"
    assert found.workers == 2


@pytest.mark.parametrize(
    ("name", "args", "said"),
    [
        ("vllm/org/m:org/adapter", {}, "adapters are not run"),
        ("vllm/org/m", {"reasoning_parser": "x"}, "-M reasoning_parser is not for engine ray"),
        ("vllm/org/m", {"devices": "0,1"}, "set `gpus`"),
    ],
)
def test_what_an_engine_cannot_follow_is_refused(
    name: str, args: dict[str, Any], said: str
) -> None:
    from cosapien import UserError

    with pytest.raises(UserError, match=said):
        ServingArgs.of(spec(name, **args))
