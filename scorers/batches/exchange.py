"""A request as its provider writes it, and an answer as its provider reads it, with nothing sent."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass
from typing import Any

from inspect_ai.model import Model, ModelOutput

from cosapien import UserError
from scorers.asking import Engine, Request, ServedModel
from scorers.batches.inspect_inside import AnthropicAPI, OpenAIAPI, usage_input_tokens

_OWN_HEADERS = ("x-irid",)  # Inspect's, for hooks inside the official clients
_result: ContextVar[object] = ContextVar("result_of_a_batch", default=None)


@dataclass(frozen=True, slots=True)
class Body:
    """A request in a provider's words.

    Attributes:
        endpoint: The path that it would be sent to alone.
        headers: Of its own; a batch has one set for all its requests.
        json: The body.
    """

    endpoint: str
    headers: tuple[tuple[str, str], ...]
    json: dict[str, Any]


class _Written(Exception):  # noqa: N818 - no error: how a body leaves the provider's code
    def __init__(self, body: Body) -> None:
        super().__init__("a request was written")
        self.body = body


class _Batcher:
    """In the place of a provider's own: takes the request out, or gives the answer back."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    async def generate_for_request(self, request: Mapping[str, Any]) -> object:
        result = _result.get()
        if result is None:
            raise _Written(_body(self._endpoint, request))
        if isinstance(result, Exception):
            raise result
        return result


class Exchange:
    """A model whose provider writes requests and reads answers.

    Example:
        >>> exchange = Exchange(get_model("openai/gpt-4o"))  # doctest: +SKIP
        >>> body = await exchange.body(request)
        >>> output = await exchange.output(request, completion)
    """

    def __init__(self, model: Model) -> None:
        """Prepares a copy of the model; the model stays as it is.

        Args:
            model: As Inspect opened it.

        Raises:
            UserError: Its provider takes no batches.
        """
        self.served = ServedModel.of(model, Engine())
        api = self.served.api = copy(model.api)
        if isinstance(api, OpenAIAPI) and not (api.is_azure() or api.is_bedrock()):
            api._completions_batcher = _Batcher("/v1/chat/completions")  # type: ignore[assignment]
            api._responses_batcher = _Batcher("/v1/responses")  # type: ignore[assignment]
        elif isinstance(api, AnthropicAPI) and not (api.is_bedrock() or api.is_vertex()):
            api._batcher = _Batcher("/v1/messages")  # type: ignore[assignment]
        else:
            raise UserError(
                f"{model}: batches are made for openai/ and anthropic/ models at the providers' own "
                "endpoints; use --engine async for it"
            )

    async def body(self, request: Request) -> Body:
        """A request as its provider writes it.

        Args:
            request: Any.

        Raises:
            Exception: Of the provider: it cannot write this request.
        """
        try:
            await self._call(request, None)
        except _Written as written:
            return written.body
        raise UserError(f"{self.served}: its provider has its own way to ask; use --engine async")

    async def output(self, request: Request, result: object) -> ModelOutput:
        """An answer as its provider reads it.

        Args:
            request: What was asked.
            result: The provider's answer, or the error that its client would raise.

        Raises:
            Exception: The error, if the provider does not take it for an answer.
        """
        output = await self._call(request, result)
        output.time = None  # not known: the time of the batch is no measure
        if output.input_context_tokens is None:
            output.input_context_tokens = usage_input_tokens(output.usage)
        return output

    async def _call(self, request: Request, result: object) -> ModelOutput:
        config = self.served.settled(request.config).model_copy(update={"batch": True})
        once = await self.served.call(request.messages, request.tools, request.tool_choice, config)
        token = _result.set(result)
        try:
            return await once()
        finally:
            _result.reset(token)


def _body(endpoint: str, request: Mapping[str, Any]) -> Body:
    """What the official client would send for its arguments."""
    given = {name: value for name, value in request.items() if _is_given(value)}
    headers = given.pop("extra_headers", None) or {}
    extra = given.pop("extra_body", None) or {}
    given.pop("timeout", None)
    own = sorted((k, str(v)) for k, v in headers.items() if k.lower() not in _OWN_HEADERS)
    return Body(endpoint, tuple(own), given | dict(extra))


def _is_given(value: object) -> bool:
    return type(value).__name__ not in ("NotGiven", "Omit")
