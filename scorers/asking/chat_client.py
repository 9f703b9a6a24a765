"""An HTTP client for OpenAI-compatible chat endpoints, in the place of the official one.

Inspect's providers write requests and read answers; only the way to the server is another: for the
same requests the official client takes ten times the processor time of aiohttp (docs/asking.md). What
is not a plain chat completion (streams, the Responses API) still goes by the official client.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx2
from inspect_ai.model import Model
from openai import APIConnectionError, APITimeoutError, AsyncOpenAI
from openai.types.chat import ChatCompletion
from pydantic import ValidationError

from scorers.asking.failures import NoAnswerError
from scorers.asking.inspect_inside import OpenAIAPI, OpenAICompatibleAPI

EXCERPT = 160
"""Characters that are shown of an answer that is none."""
_OWN_HEADERS = ("x-irid",)  # Inspect's, for hooks inside the official client


class ChatClient:
    """Stands in for an `AsyncOpenAI`: `chat.completions.create` by aiohttp, all else by the original.

    Example:
        >>> client = ChatClient(official, session)  # doctest: +SKIP
        >>> await client.chat.completions.create(model="m", messages=[...])  # doctest: +SKIP
    """

    def __init__(self, official: AsyncOpenAI, session: Callable[[], aiohttp.ClientSession]) -> None:
        """Prepares a client; nothing is sent.

        Args:
            official: The client whose address, key and headers are used.
            session: Gives the session of the running event loop.
        """
        self.official = official
        self._session = session
        self._url = f"{str(official.base_url).rstrip('/')}/chat/completions"
        self._proxy = _proxy_of(self._url)
        self._query = dict(official.default_query)
        self._headers: tuple[str, dict[str, str]] | None = None
        self.chat = SimpleNamespace(completions=SimpleNamespace(create=self._create))

    def __getattr__(self, name: str) -> object:
        return getattr(self.official, name)

    async def _create(self, **request: object) -> object:
        if request.get("stream"):
            create: Any = self.official.chat.completions.create
            return await create(**request)
        body, headers, params = self._parts(request)
        # as the official client writes it
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        return _completion(await self._post(data, headers, params))

    def _parts(
        self, request: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
        """A request's body, headers and query, from the official client's arguments."""
        extra = request.pop("extra_body", None) or {}
        headers = request.pop("extra_headers", None) or {}
        query = request.pop("extra_query", None) or {}
        request.pop("timeout", None)
        query = {**self._query, **query}
        body = {name: value for name, value in request.items() if _is_given(value)}
        sent = {name: value for name, value in headers.items() if name not in _OWN_HEADERS}
        return body | dict(extra), self._own_headers() | sent, query

    def _own_headers(self) -> dict[str, str]:
        """The official client's headers; its key may be renewed during a run."""
        key = self.official.api_key
        if self._headers is None or self._headers[0] != key:
            found = {**self.official.default_headers, **self.official.auth_headers}.items()
            self._headers = key, {name: value for name, value in found if isinstance(value, str)}
        return self._headers[1]

    async def _post(
        self, data: bytes, headers: dict[str, str], params: dict[str, str]
    ) -> dict[str, Any]:
        try:
            async with self._session().post(
                self._url, data=data, headers=headers, params=params or None, proxy=self._proxy
            ) as response:
                raw = await response.read()
        except TimeoutError as error:
            raise APITimeoutError(httpx2.Request("POST", self._url)) from error
        except aiohttp.ClientError as error:
            raise APIConnectionError(
                message=f"{self._url}: {error}", request=httpx2.Request("POST", self._url)
            ) from error
        if response.status >= 400:
            found = httpx2.Response(
                response.status,
                headers={k: v for k, v in response.headers.items() if k != "Content-Encoding"},
                content=raw,
                request=httpx2.Request("POST", self._url),
            )
            raise self.official._make_status_error_from_response(found)
        try:
            answer = json.loads(raw)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or not isinstance(answer.get("choices"), list):
            said = raw[:EXCERPT].decode("utf-8", "replace")
            raise NoAnswerError(
                f"{self._url} answered with {response.content_type} that is no chat completion: "
                f"{said!r}"
            )
        return answer


def _completion(answer: dict[str, Any]) -> ChatCompletion:
    """An answer as the official client gives it: also one that lacks what OpenAI always sends."""
    try:
        return ChatCompletion.model_validate(answer)
    except ValidationError:
        return ChatCompletion.construct(**answer)


def _proxy_of(url: str) -> str | None:
    """The proxy that the environment names for an address (`HTTPS_PROXY`, `NO_PROXY`, ...).

    Found once: aiohttp would look for it at every request, in another thread.
    """
    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    found = getproxies()
    return found.get(parts.scheme) or found.get("all")


def _is_given(value: object) -> bool:
    return type(value).__name__ not in ("NotGiven", "Omit")


def install(model: Model, session: Callable[[], aiohttp.ClientSession]) -> bool:
    """Let a model's provider send its chat completions by aiohttp, if it speaks OpenAI's protocol.

    Called before each request: a provider may make its client at its first request (`vllm/`), which
    then goes by the official client, and anew when its key changes.

    Args:
        model: A model as Inspect opened it; its provider is changed, see `remove`.
        session: Gives the session of the running event loop.

    Returns:
        Whether it was changed. Other providers go on with their own clients.
    """
    api = model.api
    if not isinstance(api, OpenAIAPI | OpenAICompatibleAPI):
        return False
    official = getattr(api, "client", None)
    if type(official) is not AsyncOpenAI:  # done already; Azure and Bedrock sign their requests
        return False
    api.client = ChatClient(official, session)  # type: ignore[assignment]
    return True


def remove(model: Model) -> None:
    """Give a model's provider its own client back.

    Args:
        model: Any model.
    """
    client = getattr(model.api, "client", None)
    if isinstance(client, ChatClient):
        model.api.client = client.official  # type: ignore[attr-defined]
