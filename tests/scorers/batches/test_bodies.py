"""A batched request is the one that is sent alone, and its answer is read as if it came alone."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import (
    GenerateConfig,
    ModelOutput,
    ResponseSchema,
)
from inspect_ai.tool import ToolFunction, ToolInfo, ToolParams
from inspect_ai.util import JSONSchema

from scorers.asking import Request
from tests.fakes.batches import BatchShelf
from tests.fakes.servers import Reply
from tests.scorers.asking.test_requests import CONVERSATION
from tests.scorers.batches.asking import SERVERS, ask_all, echo, model_at

MODELS = [
    "openai/gpt-4o",
    "openai/gpt-5",
    "openai/o3-mini",
    "anthropic/claude-3-5-haiku-latest",
    "anthropic/claude-sonnet-4-0",
]
CONFIGS = {
    "nothing set": GenerateConfig(),
    "the paper's judge": GenerateConfig(temperature=0.0, max_tokens=1024),
    "sampling": GenerateConfig(temperature=0.7, top_p=0.9, seed=7, stop_seqs=["END"]),
    "effort": GenerateConfig(reasoning_effort="low", max_tokens=5000),
    "own fields": GenerateConfig(extra_body={"top_k": 5}, extra_headers={"X-Team": "blue"}),
    "system message": GenerateConfig(system_message="First of all."),
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
}
TOOL = ToolInfo(
    name="verdict",
    description="Submit a verdict.",
    parameters=ToolParams(properties={"rating": JSONSchema(type="integer")}, required=["rating"]),
)


def by_both(
    name: str, work: Path, reply: Reply, request: Request
) -> tuple[tuple[ModelOutput, ModelOutput], tuple[dict[str, Any], dict[str, Any]], BatchShelf]:
    """Outputs and bodies: of Inspect's own client, and of a batch."""
    with SERVERS[name.partition("/")[0]](lambda _: reply) as server:
        model = model_at(name, server)
        alone = asyncio.run(
            model.generate(
                request.messages, list(request.tools), request.tool_choice, config=request.config
            )
        )
        answer = ask_all(model_at(name, server), [request], work)[request.id]
        assert answer.output is not None, answer.failure
        first, second = (sent.body for sent in server.requests)
        return (alone, answer.output), (first, second), server.shelf


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_requests_are_the_same(tmp_path: Path, name: str, config: GenerateConfig) -> None:
    request = Request("x", CONVERSATION, config)
    _, (alone, batched), shelf = by_both(name, tmp_path, Reply("Yes."), request)
    streamed = {"stream"} & alone.keys()  # Inspect streams long answers of Anthropic's models
    assert batched == {key: value for key, value in alone.items() if key not in streamed}
    if config.extra_headers:
        (batch,) = shelf.batches.values()
        assert batch.headers["x-team"] == "blue"


@pytest.mark.parametrize("name", MODELS[:1] + MODELS[3:4])
def test_a_forced_tool_is_the_same(tmp_path: Path, name: str) -> None:
    request = Request("x", CONVERSATION, GenerateConfig(), (TOOL,), ToolFunction(name="verdict"))
    reply = Reply.tool("verdict", {"rating": 4})
    outputs, (alone, batched), _ = by_both(name, tmp_path, reply, request)
    alone.pop("stream", None)
    assert batched == alone
    calls = [call.arguments for output in outputs for call in output.message.tool_calls or []]
    assert calls == [{"rating": 4}, {"rating": 4}]


ANSWERS = {
    "text": Reply("Yes."),
    "letters": Reply("Grüße, 你好 👩‍🚀\u2028\x00"),
    "reasoning": Reply("Yes.", reasoning="Let me see."),
    "cut": Reply.truncated("Ye"),
    "filtered": Reply.content_filter("I ca"),
    "refused": Reply.refusal("I cannot help with that."),
    "empty": Reply(""),
    "tags": Reply("<think>Let me see.</think>Yes."),
}


@pytest.mark.parametrize("name", ["openai/gpt-4o", "openai/gpt-5", MODELS[3]])
@pytest.mark.parametrize("reply", ANSWERS.values(), ids=ANSWERS.keys())
def test_answers_are_read_as_if_they_came_alone(tmp_path: Path, name: str, reply: Reply) -> None:
    counted = replace(reply, usage=(40, 4))
    (alone, batched), _, _ = by_both(name, tmp_path, counted, Request("x", CONVERSATION))
    assert plain(batched) == plain(alone)
    assert batched.completion == alone.completion
    assert batched.time is None  # unknown


def plain(output: ModelOutput) -> dict[str, Any]:
    """An output without what is new at each request: ids and times, and an error's raw text."""
    data = output.model_dump(exclude={"time", "response_id", "error"})
    return json.loads(json.dumps(data), object_hook=_without_ids)  # type: ignore[no-any-return]


def _without_ids(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in ("id", "message_id")}


def test_requests_with_other_headers_are_in_other_batches(tmp_path: Path) -> None:
    requests = [
        Request(f"{n}", "x", GenerateConfig(extra_headers={"X-Team": f"{n % 2}"})) for n in range(6)
    ]
    with SERVERS["openai"](echo) as server:
        ask_all(model_at("openai/gpt-4o", server), requests, tmp_path)
        batches = server.shelf.batches.values()
        assert [(b.headers["x-team"], len(b.requests)) for b in batches] == [("0", 3), ("1", 3)]
