"""A model whose requests go by the engine: same requests and answers as Inspect's, without its log."""

from __future__ import annotations

import time
from collections.abc import Sequence
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
from scorers.asking.answer_cache import want_cache
from scorers.asking.engine import Engine
from scorers.asking.inspect_inside import (
    NOT_GIVEN,
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

    def _settled(self, config: GenerateConfig) -> GenerateConfig:
        """The settings of a request over those of the model and the run.

        Merged once for all requests with the same settings, since Inspect copies all fields deeply;
        a copy each, since a provider may change its own.
        """
        key = config.model_dump_json(exclude_none=True)
        if key not in self.merged:
            self.merged[key] = self._resolve_config(config)
        return self.merged[key].model_copy()

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
        config = self._settled(config)
        if config.max_tokens is None:
            limit = self.api.max_tokens_for_config(config)
            config.max_tokens = self.api.max_tokens() if limit is None else limit
        messages: list[ChatMessage]
        messages = [ChatMessageUser(content=input)] if isinstance(input, str) else input
        if config.system_message:
            messages = [ChatMessageSystem(content=config.system_message), *messages]
        ready = await self._prepare_input(messages, tools, tool_choice, config)
        want_cache(bool(config.cache if isinstance(cache, NotGiven) else cache))

        async def once() -> ModelOutput:
            self.engine.carry(self)
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

        output = await self.engine.send(self, config, once)
        if output.input_context_tokens is None:
            output.input_context_tokens = usage_input_tokens(output.usage)
        if output.usage:
            record_and_check_model_usage(self, output.usage, role=self.role, output=output)
        record_sample_model_fallback(output)
        record_turn()
        return output
