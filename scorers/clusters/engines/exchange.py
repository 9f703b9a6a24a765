"""Requests as Inspect's provider writes them, and answers as it reads them, without a server between.

The provider is asked as ever. Where its client would send a request, the request is taken, or the
answer that a cluster made is handed in.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from inspect_ai.model import GenerateConfig, Model, ModelOutput
from openai import AsyncOpenAI

from scorers.asking import Answer, Engine, Request, ServedModel, one_line
from scorers.asking.chat_client import ChatClient
from scorers.clusters.inspect_inside import VLLMAPI
from scorers.clusters.models import ModelSpec

NOWHERE = "http://cluster.invalid/v1"
Body = dict[str, Any]


class Exchange:
    """The two halves of `scorers.asking.ask` for one model.

    Example:
        >>> exchange = Exchange(spec)  # doctest: +SKIP
        >>> body = exchange.body(request)
        >>> exchange.answer(request, 200, {"choices": [...]})
    """

    def __init__(self, spec: ModelSpec) -> None:
        """Opens the model; nothing is sent, now or later.

        Args:
            spec: A model `vllm/...` without an address.
        """
        model = spec.model_copy(update={"base_url": NOWHERE}).open()
        api = model.api
        assert isinstance(api, VLLMAPI)
        api._context_window_registered = True  # or it would ask the server
        server = api._server  # Inspect keeps one address for all models of a name and process
        address, server.base_url = server.base_url, None
        asyncio.run(api._ensure_server_started())
        server.base_url = address
        self._client = _Client(api.client)
        api.client = self._client  # type: ignore[assignment]
        self._model = ServedModel.of(model, _Once())

    def body(self, request: Request) -> Body:
        """What would be sent.

        Args:
            request: Of `ask`.

        Raises:
            Exception: Of the provider: it cannot be written.
        """
        self._client.given = None
        try:
            self._generate(request)
        except _Taken as taken:
            return taken.body
        raise RuntimeError(f"{request.id}: Inspect answered without a request")

    def answer(self, request: Request, status: int, given: Body) -> Answer:
        """What `ask` would give.

        Args:
            request: Of `ask`.
            status: HTTP status of the answer.
            given: Its JSON.
        """
        self._client.given = (status, given)
        try:
            output = self._generate(request)
        except Exception as error:  # each provider raises its own errors
            return Answer(id=request.id, output=None, failure=one_line(error))
        return Answer(id=request.id, output=output, failure=None)

    def _generate(self, request: Request) -> ModelOutput:
        return asyncio.run(
            self._model.generate(
                request.messages, request.tools, request.tool_choice, config=request.config
            )
        )


class _Taken(BaseException):
    """A request on its way; no error, so that no provider catches it."""

    def __init__(self, body: Body) -> None:
        self.body = body


class _Client(ChatClient):
    """In the place of the way to a server."""

    def __init__(self, official: AsyncOpenAI) -> None:
        super().__init__(official, _no_session)
        self.given: tuple[int, Body] | None = None

    async def _post(self, data: bytes, headers: dict[str, str], params: dict[str, str]) -> Body:
        if self.given is None:
            raise _Taken(json.loads(data))
        status, body = self.given
        if status >= 400:
            found = httpx2.Response(status, json=body, request=httpx2.Request("POST", NOWHERE))
            raise self.official._make_status_error_from_response(found)
        return body


def _no_session() -> Any:  # noqa: ANN401
    raise RuntimeError("an answer of the cluster needs no connection")


class _Once(Engine):
    """No places, no retries, no counts: nothing is sent."""

    def carry(self, model: Model) -> None:
        pass

    async def send(
        self, model: Model, config: GenerateConfig, call: Callable[[], Awaitable[ModelOutput]]
    ) -> ModelOutput:
        return await call()
