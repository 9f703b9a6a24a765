"""The engine: asks models many requests at a time, with retries, and outlives their failures."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelOutput
from inspect_ai.tool import ToolChoice, ToolInfo

from cosapien import UserError
from scorers.asking.answer_cache import AnswerCache
from scorers.asking.chat_client import install, remove
from scorers.asking.failures import NoAnswerError, Retry, one_line, retry_of, wait_before
from scorers.asking.places import Places
from scorers.asking.tallies import Tally

if TYPE_CHECKING:
    import aiohttp

Result = TypeVar("Result")
NEVER_ANSWERED = 2
"""Retries of a model that cannot be reached and has never answered: a wrong address shows soon."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How models are asked.

    Attributes:
        connections: Most requests at a time, for each model.
        retries: Tries beyond the first, unless the request's own `max_retries` says otherwise. With 9
            a request lasts through two to four minutes of errors.
        timeout: Seconds of one try, unless the request's own `attempt_timeout` says otherwise.
        per_minute: Most requests a minute, for each model; None: no limit.
        cache: File in which answers to requests that allow it (`GenerateConfig.cache`) are kept.
    """

    connections: int = 100
    retries: int = 9
    timeout: float = 600.0
    per_minute: float | None = None
    cache: Path | None = None

    def __post_init__(self) -> None:
        for name, least in (("connections", 1), ("retries", 0)):
            if (value := getattr(self, name)) < least:
                raise UserError(f"{name} must be {least} or more, not {value}")
        for name in ("timeout", "per_minute"):
            if (value := getattr(self, name)) is not None and value <= 0:
                raise UserError(f"{name} must be more than 0, not {value}")


class Wave(Protocol):
    """What answers a request that does not go out alone: `scorers.waves` has two of them."""

    async def __call__(
        self,
        model: Model,
        messages: str | list[ChatMessage],
        tools: Sequence[ToolInfo],
        tool_choice: ToolChoice | None,
        config: GenerateConfig,
    ) -> ModelOutput:
        """The answer to a request, with all its settings in `config`."""
        ...


class Engine:
    """Asks models; an async context manager, since it holds connections.

    Example:
        >>> async with Engine(Settings(connections=32)) as engine:  # doctest: +SKIP
        ...     async for answer in ask(engine, model, requests):
        ...         print(answer.id, answer.output or answer.failure)
    """

    def __init__(self, settings: Settings | None = None) -> None:
        """Prepares an engine; nothing is opened.

        Args:
            settings: How models are asked.
        """
        self.settings = settings or Settings()
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        """What was asked so far, by the model's name."""
        self.wave: Wave | None = None
        """What answers requests in place of this engine's own connections."""
        self._places: dict[str, Places] = {}
        self._chance = random.Random()
        self._session: aiohttp.ClientSession | None = None
        self.cache: AnswerCache | None = None
        """Open while the engine is, if it has one."""
        self._carried: list[Model] = []

    async def __aenter__(self) -> Self:
        import aiohttp

        if self.settings.cache is not None:
            self.cache = AnswerCache(self.settings.cache)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),  # `Places` limits
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=60),  # a try is timed as a whole
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for model in self._carried:
            remove(model)
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self.cache is not None:
            self.cache.close()
            self.cache = None

    def carry(self, model: Model) -> None:
        """Let the engine carry a model's chat completions from now on, until it is closed.

        Args:
            model: As Inspect opened it.
        """
        if install(model, self._open_session):
            self._carried.append(model)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the engine is not open: use it in `async with`")
        return self._session

    async def send(
        self, model: Model, config: GenerateConfig, call: Callable[[], Awaitable[ModelOutput]]
    ) -> ModelOutput:
        """Send one request until it is answered or its retries are used up.

        Args:
            model: The model that is asked.
            config: Its settings for this request: `max_retries`, `timeout`, `attempt_timeout`.
            call: Asks once.

        Raises:
            AskingStopped: The model is gone, or refuses everything.
            Exception: Of the model's provider: this request has no answer.
        """
        tally = self.tallies[str(model)]
        async with self._places_of(model).place():
            output = await _within(config.timeout, lambda: self._tries(model, config, call))
        usage = output.usage
        tally.count_answer(
            *((0, 0) if usage is None else (usage.input_tokens, usage.output_tokens))
        )
        return output

    async def _tries(
        self, model: Model, config: GenerateConfig, call: Callable[[], Awaitable[ModelOutput]]
    ) -> ModelOutput:
        places, tally = self._places_of(model), self.tallies[str(model)]
        attempt = 0
        while True:
            await places.turn()
            attempt += 1
            try:
                return await _within(config.attempt_timeout or self.settings.timeout, call)
            except Exception as error:
                retry = retry_of(model, error)
                if not retry.again or attempt > self._retries(config, tally, retry):
                    refused = getattr(error, "status_code", None) in (401, 404)
                    tally.count_failure(
                        str(model), one_line(error), passing=retry.again, refused=refused
                    )
                    raise
                wait = wait_before(attempt, retry, self._chance)
            tally.retries += 1
            await asyncio.sleep(wait)

    def _retries(self, config: GenerateConfig, tally: Tally, retry: Retry) -> int:
        if config.max_retries is not None:
            return config.max_retries
        if retry.away and not tally.answered:
            return min(self.settings.retries, NEVER_ANSWERED)
        return self.settings.retries

    def _places_of(self, model: Model) -> Places:
        """One set of places for all models that share an endpoint, a key and a name."""
        key = f"{type(model.api).__name__} {model.api.connection_key()}"
        if key not in self._places:
            self._places[key] = Places(self.settings.connections, self.settings.per_minute)
        return self._places[key]


async def _within(seconds: float | None, call: Callable[[], Awaitable[Result]]) -> Result:
    try:
        async with asyncio.timeout(seconds) as clock:
            return await call()
    except TimeoutError:
        if not clock.expired():
            raise
        raise NoAnswerError(f"no answer within {seconds:g} s") from None
