"""What the tests of batches have in common: models on loopback servers, and calls of `ask_by_batch`."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from inspect_ai.model import Model, get_model

from scorers.asking import Answer, Request
from scorers.batches import BatchOptions, ask_by_batch
from tests.fakes.anthropic_batch_server import AnthropicBatchServer
from tests.fakes.openai_batch_server import OpenAIBatchServer
from tests.fakes.servers import ChatRequest, Reply

Server = OpenAIBatchServer | AnthropicBatchServer
SERVERS: dict[str, type[Server]] = {"openai": OpenAIBatchServer, "anthropic": AnthropicBatchServer}
NAMES = {"openai": "openai/gpt-4o", "anthropic": "anthropic/claude-3-5-haiku-latest"}
QUICK = BatchOptions(poll=0.02, alone=0)


def echo(request: ChatRequest) -> Reply:
    return Reply(f"re: {request.user}")


def model_at(name: str, server: Server) -> Model:
    return get_model(name, base_url=server.base_url, api_key="loopback", memoize=False)


def requests_of(prompts: Iterable[str]) -> list[Request]:
    """Requests whose ids are their prompts."""
    return [Request(prompt, prompt) for prompt in prompts]


def ask_all(
    model: Model, requests: Iterable[Request], work: Path, options: BatchOptions = QUICK
) -> dict[str, Answer]:
    """All answers by the request's id; each id once."""

    async def collect() -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        async for answer in ask_by_batch(model, requests, work, options):
            assert answer.id not in found
            found[answer.id] = answer
        return found

    return asyncio.run(collect())


def said(answers: dict[str, Answer]) -> dict[str, str | None]:
    """What was answered, by the request's id."""
    return {name: a.output.completion if a.output else None for name, a in answers.items()}
