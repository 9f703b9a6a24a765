"""Streams: a model's requests, of all samples and until the end, go to what answers it as one stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from contextvars import Context
from copy import copy
from types import TracebackType
from typing import Self

from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelOutput
from inspect_ai.tool import ToolChoice, ToolInfo

from scorers.asking import Answer, AskingStopped, Engine, NoAnswerError, Request

StreamAnswerer = Callable[[Model, AsyncIterable[Request]], AsyncIterator[Answer]]
"""What answers a stream: a model and its requests, of which some wait for answers to earlier ones. The
answers come in any order. It counts them itself. Memory is bounded by how many samples are under way,
not by it."""


class Streams:
    """Answers an engine's requests by one stream for each model, for the length of an `async with` block.

    A stream begins with its model's first request and ends with the block, so that a model is loaded
    once. Samples go on as their answers come, so a request may follow from an answer: a judge's re-ask.

    Example:
        >>> async with engine, Streams(partial(ask_by_ray, cluster), engine):  # doctest: +SKIP
        ...     output = await ServedModel.of(model, engine).generate("Hello")
    """

    def __init__(self, answer: StreamAnswerer, engine: Engine) -> None:
        """Prepares streams; nothing is asked.

        Args:
            answer: What answers a stream.
            engine: Whose requests go this way.
        """
        self._answer, self._engine = answer, engine
        self._streams: dict[tuple[str, ...], _Stream] = {}

    async def __aenter__(self) -> Self:
        self._engine.wave = self.output
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._engine.wave = None
        ends = (stream.end(at_once=error is not None) for stream in self._streams.values())
        await asyncio.gather(*ends)

    async def output(
        self,
        model: Model,
        messages: str | list[ChatMessage],
        tools: Sequence[ToolInfo],
        tool_choice: ToolChoice | None,
        config: GenerateConfig,
    ) -> ModelOutput:
        """The answer to a request, which goes out with its model's stream.

        Args:
            model: Who is asked.
            messages: A prompt or a conversation.
            tools: Tools the model may call.
            tool_choice: Which of them.
            config: All settings of the request, those of the model included.

        Raises:
            UserError: The model is gone, or cannot be asked this way.
            NoAnswerError: This request has no answer.
        """
        loaded = (str(model), model.api.base_url or "", repr(sorted(model.model_args.items())))
        if loaded not in self._streams:
            # each request says all its settings; the same model in another role may have others
            bare = copy(model)
            bare.config = GenerateConfig()
            self._streams[loaded] = _Stream(self._answer, bare)
        answer = await self._streams[loaded].answer(messages, config, tools, tool_choice)
        if answer.output is None:
            raise NoAnswerError(answer.failure or "no reason was given")
        return answer.output


class _Stream:
    """One model's."""

    def __init__(self, answer: StreamAnswerer, model: Model) -> None:
        self._sent: asyncio.Queue[Request | None] = asyncio.Queue()
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._count = 0
        self._fault: Exception | None = None
        # a context of its own: no sample's
        running = self._run(answer(model, self._requests()))
        self._running = asyncio.create_task(running, context=Context())

    async def answer(
        self,
        messages: str | list[ChatMessage],
        config: GenerateConfig,
        tools: Sequence[ToolInfo],
        tool_choice: ToolChoice | None,
    ) -> Answer:
        if self._fault is not None:
            raise self._fault
        self._count += 1
        name = f"{self._count}"
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[name] = waiting
        self._sent.put_nowait(Request(name, messages, config, tuple(tools), tool_choice))
        return await waiting

    async def end(self, *, at_once: bool) -> None:
        """End the stream: what waits is answered first, or all is dropped."""
        if at_once:
            self._running.cancel()
        else:
            self._sent.put_nowait(None)
        await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self, answers: AsyncIterator[Answer]) -> None:
        fault: Exception = AskingStopped("the stream of answers has ended")
        try:
            async for answer in answers:
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
                    waiting.exception()  # its sample may be cancelled already

    async def _requests(self) -> AsyncIterator[Request]:
        while (request := await self._sent.get()) is not None:
            yield request
