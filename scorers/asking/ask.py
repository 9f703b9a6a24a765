"""Many requests to one model: answers as they come, in bounded memory, kept over an interruption."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelOutput
from inspect_ai.tool import ToolChoice, ToolInfo
from pydantic import BaseModel, ConfigDict, Field

from cosapien import UserError
from scorers.asking.engine import Engine
from scorers.asking.failures import one_line
from scorers.asking.served_model import ServedModel
from scorers.asking.shards import Shards


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model.

    Attributes:
        id: Unique among the requests that share a work folder.
        messages: A prompt, or a conversation.
        config: Settings of this request, over the model's own.
        tools: Tools that the model may call.
        tool_choice: Which of them; None: as it likes.
    """

    id: str
    messages: str | list[ChatMessage]
    config: GenerateConfig = field(default_factory=GenerateConfig)
    tools: tuple[ToolInfo, ...] = ()
    tool_choice: ToolChoice | None = None


class Answer(BaseModel):
    """What became of a request.

    Attributes:
        id: The request's.
        output: What the model said, or None if it did not answer.
        failure: Why there is no answer, in one line, or None.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    output: Annotated[ModelOutput | None, Field(default=None)]
    failure: Annotated[str | None, Field(default=None)]


async def ask(
    engine: Engine,
    model: Model,
    requests: Iterable[Request] | AsyncIterable[Request],
    work: Path | None = None,
) -> AsyncIterator[Answer]:
    """Ask all requests, and give each answer when it is there.

    Requests are read as they are needed, and answers wait for their reader, so that memory does not
    grow with their number. A request without an answer gives an `Answer` with its `failure`.

    Args:
        engine: An open engine.
        model: The model, as `get_model` opened it.
        requests: In any number.
        work: Folder in which answers are kept: after an interruption, the same call gives them again
            and asks only the rest. Failures are not kept.

    Yields:
        Answers, in the order in which they come.

    Raises:
        UserError: The model is gone or refuses everything; an id is used twice.
    """
    served = model if isinstance(model, ServedModel) else ServedModel.of(model, engine)
    size = engine.settings.connections
    waiting: asyncio.Queue[Request | None] = asyncio.Queue(size)
    done: asyncio.Queue[Answer | None] = asyncio.Queue(size)
    shards = None if work is None else Shards(work)
    kept: set[str] = set()
    if shards is not None:
        for line in shards.lines():
            earlier = Answer.model_validate_json(line)
            kept.add(earlier.id)
            yield earlier

    async def read() -> None:
        seen: set[str] = set()
        async for request in _each(requests):
            if shards is not None:  # only there two requests could be taken for each other
                if request.id in seen:
                    raise UserError(f"two requests have the id {request.id!r}: ids must be unique")
                seen.add(request.id)
            if request.id not in kept:
                await waiting.put(request)
        for _ in range(size):
            await waiting.put(None)

    async def work_on() -> None:
        while (request := await waiting.get()) is not None:
            await done.put(await _answer(served, request))

    async def all_done() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(read())
                for _ in range(size):
                    group.create_task(work_on())
        except BaseExceptionGroup as failures:
            await done.put(None)
            raise failures.exceptions[0] from None
        await done.put(None)

    running = asyncio.create_task(all_done())
    try:
        while (answer := await done.get()) is not None:
            if shards is not None and answer.failure is None:
                shards.add(answer.model_dump_json(exclude_none=True))
            yield answer
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        if shards is not None:
            shards.write()


async def _answer(model: Model, request: Request) -> Answer:
    try:
        output = await model.generate(
            request.messages, request.tools, request.tool_choice, config=request.config
        )
    except UserError:
        raise
    except Exception as error:  # each provider raises its own errors
        return Answer(id=request.id, output=None, failure=one_line(error))
    return Answer(id=request.id, output=output, failure=None)


async def _each(requests: Iterable[Request] | AsyncIterable[Request]) -> AsyncIterator[Request]:
    if isinstance(requests, AsyncIterable):
        async for request in requests:
            yield request
    else:
        for request in requests:
            yield request
