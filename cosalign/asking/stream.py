"""The requests of many items as one stream, for engines that take streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from contextvars import Context
from types import TracebackType
from typing import Self

from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelOutput
from inspect_ai.tool import ToolChoice, ToolInfo

from scorers.asking import Answer, AskingStopped, Engine, NoAnswerError, Request


class Stream:
    """Sends an engine's requests as one stream, for the length of an `async with` block.

    Items go on as their answers come, so a request may follow from an answer: a judge's re-ask.
    """

    def __init__(
        self, answers: Callable[[AsyncIterable[Request]], AsyncIterator[Answer]], engine: Engine
    ) -> None:
        """Prepares a stream; it begins with the first request.

        Args:
            answers: Answers a stream of requests, in any order. Memory is bounded by how many items
                are under way, not by it.
            engine: Whose requests go this way.
        """
        self._answers, self._engine = answers, engine
        self._sent: asyncio.Queue[Request | None] = asyncio.Queue()
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._count = 0
        self._running: asyncio.Task[None] | None = None
        self._fault: Exception | None = None

    async def __aenter__(self) -> Self:
        self._engine.wave = self._output
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._engine.wave = None
        if self._running is None:
            return
        if error is None:
            self._sent.put_nowait(None)
        else:
            self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def _output(
        self,
        model: Model,
        messages: str | list[ChatMessage],
        tools: Sequence[ToolInfo],
        tool_choice: ToolChoice | None,
        config: GenerateConfig,
    ) -> ModelOutput:
        if self._running is None:
            # a context of its own: no item's
            self._running = asyncio.create_task(self._run(), context=Context())
        if self._fault is not None:
            raise self._fault
        self._count += 1
        name = f"{self._count}"
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[name] = waiting
        self._sent.put_nowait(Request(name, messages, config, tuple(tools), tool_choice))
        answer = await waiting
        if answer.output is None:
            raise NoAnswerError(answer.failure or "no reason was given")
        return answer.output

    async def _run(self) -> None:
        fault: Exception = AskingStopped("the stream of answers has ended")
        try:
            async for answer in self._answers(self._requests()):
                waiting = self._waiting.pop(answer.id, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        except Exception as error:  # each engine raises its own errors
            fault = error
        finally:
            self._fault = fault
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(fault)
                    waiting.exception()  # its item may be cancelled already

    async def _requests(self) -> AsyncIterator[Request]:
        while (request := await self._sent.get()) is not None:
            yield request
