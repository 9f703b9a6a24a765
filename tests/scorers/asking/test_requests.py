"""The engine sends what Inspect sends, and reads answers as Inspect reads them."""

import asyncio
from typing import Any

import pytest
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
    ModelOutput,
    ResponseSchema,
    get_model,
)
from inspect_ai.tool import ToolFunction, ToolInfo, ToolParams
from inspect_ai.util import JSONSchema

from scorers.asking import Engine, ServedModel
from scorers.asking.chat_client import ChatClient
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply

CONVERSATION: list[ChatMessage] = [
    ChatMessageSystem(content="Be brief. Grüße 👩‍🚀"),
    ChatMessageUser(content="One?"),
    ChatMessageAssistant(content="1"),
    ChatMessageUser(content="Two?\u2028"),
]
CONFIGS = {
    "nothing set": GenerateConfig(),
    "the paper's judge": GenerateConfig(temperature=0.0, max_tokens=1024),
    "sampling": GenerateConfig(
        temperature=0.7,
        top_p=0.9,
        seed=7,
        stop_seqs=["END"],
        frequency_penalty=0.5,
        presence_penalty=0.25,
        logprobs=True,
        top_logprobs=2,
        num_choices=2,
        logit_bias={42: 10},
    ),
    "effort": GenerateConfig(reasoning_effort="low", max_tokens=50),
    "own fields": GenerateConfig(
        extra_body={"top_k": 5, "chat_template_kwargs": {"enable_thinking": False}},
        extra_headers={"X-Team": "blue"},
    ),
    "schema": GenerateConfig(
        response_schema=ResponseSchema(
            name="verdict",
            json_schema=JSONSchema(
                type="object",
                properties={"rating": JSONSchema(type="integer")},
                required=["rating"],
                additionalProperties=False,
            ),
            strict=True,
        )
    ),
    "system message": GenerateConfig(system_message="First of all."),
}
TOOL = ToolInfo(
    name="verdict",
    description="Submit a verdict.",
    parameters=ToolParams(properties={"rating": JSONSchema(type="integer")}, required=["rating"]),
)
FIRST = "first"
MODELS = [
    "openai-api/loop/subject",
    "openai/gpt-4o",
    "openai/gpt-5",
    "openai/o3-mini",
    "vllm/org/m",
]


def model_at(name: str, server: OpenAIServer) -> Model:
    if name.startswith("vllm/"):  # Inspect keeps the first server of such a name
        name += server.base_url.rpartition(":")[2].partition("/")[0]
    return get_model(name, base_url=server.base_url, api_key="loopback", memoize=False)


def by_both(
    name: str, reply: Reply, config: GenerateConfig, tools: bool = False
) -> tuple[list[ModelOutput], list[ChatRequest]]:
    """What Inspect's own client and the engine get, and what they sent."""
    given: dict[str, Any] = {}
    if tools:
        given = {"tools": [TOOL], "tool_choice": ToolFunction(name="verdict")}

    async def both(server: OpenAIServer) -> list[ModelOutput]:
        own, other = model_at(name, server), model_at(name, server)
        if name.startswith("vllm/"):  # its provider makes its client at its first request
            for model in (own, other):
                await model.generate(FIRST)
        async with Engine() as engine:
            served = ServedModel.of(other, engine)
            found = [
                await model.generate(CONVERSATION, config=config, **given)
                for model in (own, served)
            ]
            assert isinstance(other.api.client, ChatClient)  # type: ignore[attr-defined]
            return found

    with OpenAIServer(lambda r: Reply("") if r.user == FIRST else reply) as server:
        outputs = asyncio.run(both(server))
        return outputs, [request for request in server.requests if request.user != FIRST]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_requests_are_inspects(name: str, config: GenerateConfig) -> None:
    _, (own, served) = by_both(name, Reply("Yes."), config)
    assert served.path == own.path
    assert served.body == own.body
    for header in ("authorization", "content-type", "x-team"):
        assert served.headers.get(header) == own.headers.get(header)


def test_a_forced_tool_is_inspects() -> None:
    reply = Reply.tool("verdict", {"rating": 4})
    (own, served), requests = by_both("openai/gpt-4o", reply, GenerateConfig(), tools=True)
    assert requests[1].body == requests[0].body
    assert requests[1].body["tools"]
    calls = [call.arguments for output in (own, served) for call in output.message.tool_calls or []]
    assert calls == [{"rating": 4}, {"rating": 4}]


ANSWERS = {
    "text": Reply("Yes."),
    "letters": Reply("Grüße, 你好 👩‍🚀\u2028\x00"),
    "reasoning": Reply("Yes.", reasoning="Let me see."),
    "reasoning alone": Reply("", reasoning="Let me see."),
    "cut": Reply.truncated("Ye"),
    "filtered": Reply.content_filter("I ca"),
    "filtered at once": Reply.content_filter(),
    "refused": Reply.refusal("I cannot help with that."),
    "empty": Reply(""),
    "tags": Reply("<think>Let me see.</think>Yes."),
    "too long": Reply.error(
        400, "maximum context length is 10 tokens", code="context_length_exceeded"
    ),
}


@pytest.mark.parametrize("name", ["openai-api/loop/subject", "openai/gpt-4o", "vllm/org/m"])
@pytest.mark.parametrize("reply", ANSWERS.values(), ids=ANSWERS.keys())
def test_answers_are_read_as_inspect_reads_them(name: str, reply: Reply) -> None:
    (own, served), _ = by_both(name, reply, GenerateConfig(max_retries=0))
    assert plain(served) == plain(own)
    assert served.completion == own.completion


def plain(output: ModelOutput) -> dict[str, Any]:
    """An output without what is new at each request: ids and times."""
    data = output.model_dump(exclude={"time", "response_id"})
    for choice in data["choices"]:
        del choice["message"]["id"]
    return data
