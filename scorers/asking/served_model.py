"""A model whose requests go by the engine: same requests and answers as Inspect's, without its log."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Self

from inspect_ai.model import (
    CachePolicy,
    ChatMessage,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
    ModelOutput,
    StreamHandler,
)
from inspect_ai.tool import Tool, ToolChoice, ToolDef, ToolInfo, ToolSource

from cosapien import UserError
from scorers.asking.engine import Engine
from scorers.asking.inspect_inside import (
    NOT_GIVEN,
    CacheEntry,
    NotGiven,
    record_and_check_model_usage,
    record_sample_model_fallback,
    record_turn,
    usage_input_tokens,
)


class ServedModel(Model):
    """An Inspect model that answers `generate` by an engine.

    Inspect's own `generate` records each request as an event, with copies of all messages. This one
    keeps what the log of a run needs of a request: its output, tokens and turn.
    """

    engine: Engine
    merged: dict[str, GenerateConfig]
    full_name: str

    def __str__(self) -> str:
        return self.full_name

    @classmethod
    def of(cls, model: Model, engine: Engine) -> Self:
        """The same model, asked by the engine.

        Args:
            model: As `get_model` opened it.
            engine: Which carries its requests.
        """
        served = cls.__new__(cls)
        served.__dict__.update(model.__dict__)
        served.engine, served.merged, served.full_name = engine, {}, str(model)
        return served

    def settled(self, config: GenerateConfig) -> GenerateConfig:
        """The settings of a request over those of the model and the run, with a limit of tokens.

        Merged once for all requests with the same settings, since Inspect copies all fields deeply;
        a copy each, since a provider may change its own. Seeds are apart: each request may have one
        of its own.

        Args:
            config: The request's own.
        """
        key = config.model_dump_json(exclude_none=True, exclude={"seed"})
        if key not in self.merged:
            self.merged[key] = self._resolve_config(config.model_copy(update={"seed": None}))
        found = self.merged[key].model_copy()
        if config.seed is not None:
            found.seed = config.seed
        if found.max_tokens is None:
            limit = self.api.max_tokens_for_config(found)
            found.max_tokens = self.api.max_tokens() if limit is None else limit
        return found

    async def call(
        self,
        messages: str | list[ChatMessage],
        tools: Sequence[Tool | ToolDef | ToolInfo | ToolSource] | ToolSource,
        tool_choice: ToolChoice | None,
        config: GenerateConfig,
    ) -> Callable[[], Awaitable[ModelOutput]]:
        """What asks the provider once; it may be called again after a failure.

        Args:
            messages: A prompt or a conversation.
            tools: Tools the model may call.
            tool_choice: Which of them.
            config: Of `settled`.
        """
        if isinstance(messages, str):
            messages = [ChatMessageUser(content=messages)]
        if config.system_message:
            messages = [ChatMessageSystem(content=config.system_message), *messages]
        ready = await self._prepare_input(messages, tools, tool_choice, config)

        async def once() -> ModelOutput:
            began = time.monotonic()
            found = await self.api.generate(
                input=ready.input, tools=ready.tools, tool_choice=ready.tool_choice, config=config
            )
            output, call = found if isinstance(found, tuple) else (found, None)
            if isinstance(output, Exception):
                raise output
            own_time = None if call is None else call.time
            output.time = time.monotonic() - began if own_time is None else own_time
            return output

        return once

    async def generate(
        self,
        input: str | list[ChatMessage],
        tools: Sequence[Tool | ToolDef | ToolInfo | ToolSource] | ToolSource = (),
        tool_choice: ToolChoice | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 - Inspect's signature
        cache: bool | CachePolicy | NotGiven = NOT_GIVEN,
        on_stream: StreamHandler | None = None,
    ) -> ModelOutput:
        """Ask the model, as `Model.generate` does.

        Args:
            input: A prompt or messages.
            tools: Tools the model may call.
            tool_choice: Which of them.
            config: Settings of this request.
            cache: Whether the answer may come from the engine's cache; by default as `config` says.
            on_stream: Not supported.

        Raises:
            AskingStopped: The model is gone, or refuses everything.
            UserError: It is asked for what the engine does not do.
            Exception: Of the model's provider: this request has no answer.
        """
        if on_stream is not None or config.fail_on_refusal:
            raise UserError(
                f"{self}: streaming and fail_on_refusal are not supported by `cosa run`: use "
                "`inspect eval`"
            )
        config = self.settled(config)
        policy = config.cache if isinstance(cache, NotGiven) else cache
        key = self._key(policy, input, tools, tool_choice, config)
        if key and self.engine.cache and (earlier := self.engine.cache.get(key)):
            record_sample_model_fallback(earlier)
            record_turn()
            return earlier
        if self.engine.wave is None:
            output = await self._send(input, tools, tool_choice, config)
        else:
            output = await self.engine.wave(self, input, self._plain(tools), tool_choice, config)
        if output.input_context_tokens is None:
            output.input_context_tokens = usage_input_tokens(output.usage)
        if output.usage:
            record_and_check_model_usage(self, output.usage, role=self.role, output=output)
        if key and self.engine.cache:
            self.engine.cache.put(key, output)
        record_sample_model_fallback(output)
        record_turn()
        return output

    def _key(
        self,
        policy: bool | CachePolicy | None,
        messages: str | list[ChatMessage],
        tools: Sequence[Tool | ToolDef | ToolInfo | ToolSource] | ToolSource,
        tool_choice: ToolChoice | None,
        config: GenerateConfig,
    ) -> str:
        """What an answer is kept under, as in Inspect's own cache: for every provider, with scopes."""
        if not policy or self.engine.cache is None:
            return ""
        return CacheEntry(
            base_url=self.api.base_url,
            config=config,
            input=[ChatMessageUser(content=messages)] if isinstance(messages, str) else messages,
            model=str(self),
            policy=policy if isinstance(policy, CachePolicy) else CachePolicy(),
            tool_choice=tool_choice,
            tools=self._plain(tools),
        ).key

    async def _send(
        self,
        messages: str | list[ChatMessage],
        tools: Sequence[Tool | ToolDef | ToolInfo | ToolSource] | ToolSource,
        tool_choice: ToolChoice | None,
        config: GenerateConfig,
    ) -> ModelOutput:
        once = await self.call(messages, tools, tool_choice, config)

        async def carried() -> ModelOutput:
            self.engine.carry(self)
            return await once()

        return await self.engine.send(self, config, carried)

    def _plain(
        self, tools: Sequence[Tool | ToolDef | ToolInfo | ToolSource] | ToolSource
    ) -> list[ToolInfo]:
        """Tools as data, which can wait on disk."""
        found = list(tools) if isinstance(tools, Sequence) else [tools]
        plain = [tool for tool in found if isinstance(tool, ToolInfo)]
        if len(plain) < len(found):
            raise UserError(f"{self}: tools that run need `--engine async`, or `inspect eval`")
        return plain
