"""The part of a loopback model server that no vendor changes: thread, HTTP, request log."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeAlias

from aiohttp import web

from tests.fakes.replies import ChatRequest, Reply, ReplyFn

Handler: TypeAlias = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Json: TypeAlias = dict[str, Any]


def json_response(
    data: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """`data` as a JSON response."""
    return web.Response(
        body=json.dumps(data).encode(),
        status=status,
        headers=headers,
        content_type="application/json",
    )


def rough_tokens(text: str | bytes) -> int:
    """A token count good enough for tests: a quarter of the characters, at least one."""
    return max(1, len(text) // 4)


class LoopbackServer(ABC):
    """A model server on 127.0.0.1, in a thread of this process, for the length of a `with`.

    A reply function that raises answers 400 (which clients do not retry) and, unless the block
    raised an error of its own, its exception is raised again at the end of the block.
    """

    def __init__(self, reply: ReplyFn, *, record: bool = True, port: int = 0) -> None:
        """Prepares a server; it listens from `start()` or the beginning of a `with` block.

        Args:
            reply: Answers each request. It runs in the server's thread, one call at a time.
            record: Keep the requests in `requests`; `count` counts them in any case.
            port: 0 for any free one.
        """
        self.count = 0
        """Model calls received."""
        self.in_flight = 0
        self.peak_in_flight = 0
        """The most model calls that were unanswered at the same time."""
        self.errors: list[Exception] = []
        """What the reply function raised."""
        self._reply = reply
        self._record = record
        self._port = port
        self._requests: list[ChatRequest] = []
        self._handlers: dict[tuple[str, str], Handler] = self.routes()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event

    @abstractmethod
    def routes(self) -> dict[tuple[str, str], Handler]:
        """The handler of each method and path."""

    @abstractmethod
    def render(self, request: ChatRequest, reply: Reply, usage: tuple[int, int]) -> web.Response:
        """A reply that is a completion (also a truncated one), in the vendor's format."""

    @abstractmethod
    def error_response(self, reply: Reply) -> web.Response:
        """An error in the vendor's format."""

    def own_reply(self, request: ChatRequest) -> Reply | None:
        """A reply to a call that is no business of the test; such a call is not counted."""
        return None

    @property
    @abstractmethod
    def base_url(self) -> str:
        """What a client takes as its base URL."""

    @property
    def root_url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def requests(self) -> list[ChatRequest]:
        """A copy of the model calls received so far, in order of arrival."""
        return self._requests.copy()

    def clear(self) -> None:
        """Forgets the requests received so far."""
        self._requests.clear()
        self.count = self.peak_in_flight = 0

    def start(self) -> Self:
        """Listens; returns when connections are accepted."""
        port: Future[int] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(port)), name=type(self).__name__, daemon=True
        )
        self._thread.start()
        self._port = port.result(timeout=30)
        return self

    def stop(self) -> None:
        """Ends hanging replies, closes all connections and the thread."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(timeout=30)
            self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if error is None and self.errors:
            raise self.errors[0]

    async def _serve(self, port: Future[int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        server = web.Server(self._dispatch, access_log=None, handler_cancellation=True)
        runner = web.ServerRunner(server, shutdown_timeout=0.5)
        try:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self._port).start()
            port.set_result(runner.addresses[0][1])
        except OSError as error:
            port.set_exception(error)
        else:
            await self._stopping.wait()
        finally:
            await runner.cleanup()

    async def _dispatch(self, http: web.BaseRequest) -> web.StreamResponse:
        handler = self._handlers.get((http.method, http.path))
        if handler is None:
            message = f"Invalid URL ({http.method} {http.path})"
            return self.error_response(Reply.error(404, message))
        return await handler(http)

    async def chat(self, http: web.BaseRequest) -> web.StreamResponse:
        """Handles a call of a model."""
        raw = await http.content.read()
        request = ChatRequest(http.path, json.loads(raw), http.headers, time.monotonic())
        own = self.own_reply(request)
        if own is not None:
            return self.render(request, own, (1, 1))
        self.count += 1
        if self._record:
            self._requests.append(request)
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        try:
            return await self._answer(http, request, rough_tokens(raw))
        finally:
            self.in_flight -= 1

    async def _answer(
        self, http: web.BaseRequest, request: ChatRequest, tokens: int
    ) -> web.Response:
        try:
            reply = self._reply(request)
        except Exception as error:
            self.errors.append(error)
            reply = Reply.error(400, f"The reply function failed: {error!r}")
        if wait := reply.delay + reply.seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)
        if reply.kind == "hang":
            if http.transport is not None:
                http.transport.abort()
            return web.Response()
        if reply.kind == "error":
            return self.error_response(reply)
        response = self.render(request, reply, reply.usage or (tokens, rough_tokens(reply.text)))
        if reply.kind == "malformed" and isinstance(response.body, bytes):
            response.body = response.body[: len(response.body) // 2]
        return response
