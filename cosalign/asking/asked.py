"""A model that a stage asks: by which engine its requests go, and what a failed one means."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from inspect_ai.model import GenerateConfig, Model, cache_path

from cosalign.asking.engines import answers, places_of
from cosalign.asking.parameters import ModelParameters
from cosalign.stages import StageError
from cosapien import UserError
from cosapien.records import brief
from scorers.asking import AskingStopped, Engine, ServedModel, Settings, tokens_text
from scorers.judging import model_fault
from scorers.waves import Streams

Result = TypeVar("Result")

IN_PROCESS = "hf/"
"""Models of this provider run in this process, which answers long queues in its own time."""
A_WEEK = 7 * 24 * 3600.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A request without an answer after all retries.

    Attributes:
        reason: Error message of the server or its client, in one line.
    """

    reason: str


class Asked:
    """An open model, asked by an engine.

    Attributes:
        what: Name of the model's role in error messages.
        model: Any part of Inspect or of `scorers` may ask it.
        places: So many items of a stage are under way at a time.
    """

    def __init__(self, what: str, model: Model, engine: Engine, places: int) -> None:
        """Takes what `opened` has opened.

        Args:
            what: Name of the model's role in error messages (`the judge`).
            model: As Inspect opened it.
            engine: An open engine.
            places: So many items may be under way.
        """
        self.what = what
        self.model: Model = ServedModel.of(model, engine)
        self.places = places
        self._inspects, self._engine = model, engine
        self._checking = asyncio.Lock()
        self._checks = 0

    @property
    def calls(self) -> int:
        """Requests so far that were answered."""
        return sum(tally.answered for tally in self._engine.tallies.values())

    def said(self) -> str:
        """Calls and tokens so far, for a progress line."""
        return tokens_text(self._engine.tallies)

    async def answer(self, call: Callable[[], Awaitable[Result]]) -> Result | Failure:
        """What a call of the model gives, or why it gives nothing.

        Args:
            call: Asks the model, once or several times.

        Raises:
            StageError: The model has stopped answering.
        """
        try:
            return await call()
        except AskingStopped as stop:
            if self._elsewhere:
                raise StageError(f"{self.what}: {stop}") from stop
            # the engine guesses so from requests alone; some are too much for a model that is there
            before = self._checks
            async with self._checking:
                if self._checks == before:  # else it answered another request's check just now
                    await self.check()
            error: BaseException = stop.__context__ or stop
        except UserError:
            raise
        except Exception as failure:  # each provider raises its own errors
            error = failure
        return Failure(brief(error.__cause__ or error))

    @property
    def _elsewhere(self) -> bool:
        """Whether other machines ask: what this one finds says nothing of them."""
        return self._engine.wave is not None

    async def check(self) -> None:
        """Send one tiny request, so that a wrong key or address is found before anything is spent.

        Not for an engine on other machines, which may even run the model: it finds out by itself.

        Raises:
            StageError: The model does not answer.
        """
        if self._elsewhere:
            return
        # by Inspect itself, so that it counts nowhere; in its own task, as Inspect adds each request
        # to the transcript of its context
        config = GenerateConfig(max_tokens=16, cache=False)
        if fault := await asyncio.create_task(model_fault(self._inspects, config)):
            raise StageError(
                f"{self.what}: {self.model} cannot be used ({fault}); check its name, key and "
                "address. Partial results are kept: run again when it answers"
            )
        self._checks += 1


@asynccontextmanager
async def opened(parameters: ModelParameters, what: str) -> AsyncIterator[Asked]:
    """Open a model and the engine that asks it; nothing is sent yet.

    Args:
        parameters: The model, and how it is asked.
        what: Name of the model's role in error messages.

    Raises:
        StageError: The model, its engine or the cache of answers cannot be opened.
    """
    usual = Settings()
    settings = Settings(
        connections=parameters.connections or usual.connections,
        timeout=A_WEEK if parameters.model.startswith(IN_PROCESS) else usual.timeout,
        per_minute=parameters.requests_per_minute,
        cache=answers_cache() if parameters.cache else None,
    )
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(parameters.open(what))
        try:
            engine = await stack.enter_async_context(Engine(settings))
        except (OSError, sqlite3.Error) as error:
            raise StageError(
                f"{what}: {settings.cache} cannot hold answers ({error}); remove it, or set "
                "`cache: false`"
            ) from error
        if parameters.engine != "async":
            await stack.enter_async_context(Streams(partial(answers, parameters, engine), engine))
        yield Asked(what, model, engine, places_of(parameters, engine))


def answers_cache() -> Path:
    """The file of answers that are kept on this machine: `inspect cache clear` removes it too."""
    return cache_path("cosalign") / "answers.sqlite"
