"""Waves: requests of many samples wait for each other, go out together, and are answered together."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelOutput
from inspect_ai.tool import ToolChoice, ToolInfo
from pydantic_core import to_json

from scorers.asking import Answer, Engine, NoAnswerError, Request
from scorers.waves.inspect_inside import sample_state

Answerer = Callable[[Model, Iterable[Request], Path], AsyncIterator[Answer]]
"""What answers a wave: a model, its requests, and the folder that keeps what is answered and what is
under way, so that after a kill the same requests cost nothing twice. The folder is the same for all
waves of a model; answers to requests of earlier waves may come again and are ignored."""
QUIET = 0.5
"""Seconds without a new request after which all samples are taken to wait."""
_TRANSPORT = {
    "max_connections",
    "adaptive_connections",
    "max_retries",
    "timeout",
    "attempt_timeout",
}
"""Settings of the connection, which change no answer."""


@dataclass(slots=True)
class _Waiting:
    request: Request
    model: Model
    answer: asyncio.Future[Answer] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Waves:
    """Answers an engine's requests by waves, for the length of an `async with` block.

    A wave goes out when no sample has asked for anything for half a second, so that samples that wait
    for each other (the check of a judge) are no obstacle. Each model's requests go to the answerer
    by themselves, side by side. The next wave begins when all of these are answered.

    Example:
        >>> async with engine, Waves(ask_by_batch, folder, engine):  # doctest: +SKIP
        ...     output = await ServedModel.of(model, engine).generate("Hello")
    """

    def __init__(self, answer: Answerer, work: Path, engine: Engine) -> None:
        """Prepares waves; nothing is asked.

        Args:
            answer: What answers a wave.
            work: Folder of what is kept; each model has a folder in it.
            engine: Whose requests go out by waves, and whose tallies count them.
        """
        self._answer = answer
        self._work = work
        self._engine = engine
        self._pending: list[_Waiting] = []
        self._arrived = 0
        self._asked: Counter[str] = Counter()
        self._running: asyncio.Task[None] | None = None

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
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def output(
        self,
        model: Model,
        messages: str | list[ChatMessage],
        tools: Sequence[ToolInfo],
        tool_choice: ToolChoice | None,
        config: GenerateConfig,
    ) -> ModelOutput:
        """The answer to a request, which goes out with the next wave.

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
        name = self._name(model, messages, tools, tool_choice, config)
        request = Request(name, messages, config, tuple(tools), tool_choice)
        waiting = _Waiting(request, model)
        self._pending.append(waiting)
        self._arrived += 1
        if self._running is None:
            # a context of its own: no sample's
            self._running = asyncio.create_task(self._waves(), context=Context())
        answer = await waiting.answer
        tally = self._engine.tallies[str(model)]
        if answer.output is None:
            reason = answer.failure or "no reason was given"
            tally.count_failure(str(model), reason, passing=False, refused=False)
            raise NoAnswerError(reason)
        usage = answer.output.usage
        tally.count_answer(
            *((0, 0) if usage is None else (usage.input_tokens, usage.output_tokens))
        )
        return answer.output

    def _name(
        self,
        model: Model,
        messages: str | list[ChatMessage],
        tools: Sequence[ToolInfo],
        tool_choice: ToolChoice | None,
        config: GenerateConfig,
    ) -> str:
        """The same name at each start of a run: the sample, what is asked, and the how manieth time."""
        said: object = messages
        if not isinstance(messages, str):
            said = [message.model_dump(exclude={"id"}, exclude_none=True) for message in messages]
        asked = to_json(
            [
                _place(model),
                said,
                [tool.model_dump(exclude_none=True) for tool in tools],
                tool_choice,
                config.model_dump(exclude=_TRANSPORT, exclude_none=True),
            ]
        )
        state = sample_state()
        sample = "" if state is None else str(state.sample_id)
        name = f"{sample} {sha256(asked).hexdigest()[:16]}"
        self._asked[name] += 1
        return f"{name} {self._asked[name]}"

    async def _waves(self) -> None:
        wave: list[_Waiting] = []
        try:
            while self._pending:
                await self._all_wait()
                wave, self._pending = self._pending, []
                async with asyncio.TaskGroup() as group:
                    for same in _by_model(wave):
                        group.create_task(self._one_model(same))
        except BaseException as error:
            fault = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error
            for waiting in [*wave, *self._pending]:
                if not waiting.answer.done():
                    waiting.answer.set_exception(fault)
                    waiting.answer.exception()  # its sample may be cancelled already
            self._pending = []
            if not isinstance(fault, Exception):
                raise
        finally:
            self._running = None

    async def _all_wait(self) -> None:
        seen = -1
        while seen != self._arrived:
            seen = self._arrived
            await asyncio.sleep(QUIET)

    async def _one_model(self, wave: list[_Waiting]) -> None:
        waiting = {one.request.id: one for one in wave}
        model = wave[0].model
        folder = self._work / sha256(_place(model).encode()).hexdigest()[:12]
        async for answer in self._answer(model, [one.request for one in wave], folder):
            one = waiting.pop(answer.id, None)
            if one is not None and not one.answer.done():
                one.answer.set_result(answer)
        for one in waiting.values():
            if not one.answer.done():
                lost = Answer(id=one.request.id, output=None, failure="the wave brought no answer")
                one.answer.set_result(lost)


def _place(model: Model) -> str:
    """A model and where it is served."""
    return f"{model} {model.api.base_url or ''}"


def _by_model(wave: list[_Waiting]) -> list[list[_Waiting]]:
    found: dict[str, list[_Waiting]] = {}
    for waiting in wave:
        found.setdefault(_place(waiting.model), []).append(waiting)
    return list(found.values())
