"""A loopback server with Anthropic's message batches, beside its messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.anthropic_server import AnthropicServer
from tests.fakes.base import Json, json_response, rough_tokens
from tests.fakes.batches import BatchShelf, FakeBatch, FateFn, answer_of, compact, lines, lower_case
from tests.fakes.replies import ChatRequest, Reply, ReplyFn

_PATH = "/v1/messages/batches"


class AnthropicBatchServer(AnthropicServer):
    """`/v1/messages/batches`; requests in batches are answered, and counted, as others are."""

    def __init__(
        self,
        reply: ReplyFn,
        *,
        looks: int = 2,
        fate: FateFn | None = None,
        on_create: Callable[[FakeBatch], web.Response | None] | None = None,
    ) -> None:
        """Prepares a server.

        Args:
            reply: Answers each request.
            looks: How often a batch is looked at before it has ended.
            fate: What becomes of each request.
            on_create: Called when a batch is there; what it returns is sent in place of the batch.
        """
        super().__init__(reply)
        self.shelf = BatchShelf(looks, fate)
        self.batched = 0
        """Requests that were answered in batches."""
        self._on_create = on_create

    async def _dispatch(self, http: web.BaseRequest) -> web.StreamResponse:
        if not http.path.startswith(_PATH):
            return await super()._dispatch(http)
        match (http.method, *http.path.removeprefix(_PATH).strip("/").split("/")):
            case ("POST", ""):
                return self._create(json.loads(await http.read()), lower_case(http.headers))
            case ("GET", ""):
                found = [self._show(b) for b in reversed(self.shelf.batches.values())]
                ends = {"first_id": None, "last_id": None, "has_more": False}
                return json_response({"data": found, **ends})
            case (method, name, *rest) if name in self.shelf.batches:
                batch = self.shelf.batches[name]
                if rest == ["results"]:
                    return web.Response(body=lines([_result(*one) for one in batch.results or []]))
                if rest == ["cancel"] and method == "POST":
                    batch.cancelled = True
                self.shelf.look(batch, self._answer_batched)
                return json_response(self._show(batch))
        return self.error_response(Reply.error(404, f"{http.path}: not found"))

    def _create(self, body: Json, headers: dict[str, str]) -> web.Response:
        asked: list[Any] = body["requests"]
        batch = self.shelf.add(
            {one["custom_id"]: one["params"] for one in asked},
            prefix="msgbatch_",
            headers=headers,
            endpoint="/v1/messages",
        )
        assert len(batch.requests) == len(asked)
        assert all(len(name) <= 64 for name in batch.requests)
        instead = self._on_create(batch) if self._on_create else None
        return instead or json_response(self._show(batch))

    def _answer_batched(self, request: ChatRequest) -> tuple[int, Json]:
        assert "stream" not in request.body
        self.count += 1
        self.batched += 1
        self._requests.append(request)
        reply = self._reply(request)
        if reply.kind == "error":
            return reply.status, answer_of(self.error_response(reply).body)
        tokens = rough_tokens(compact(request.body))
        usage = reply.usage or (tokens, rough_tokens(reply.text))
        rendered = self.render(request, reply, usage)
        return rendered.status, answer_of(rendered.body)

    def _show(self, batch: FakeBatch) -> Json:
        made = datetime.fromtimestamp(batch.made, UTC)
        lost = "canceled" if batch.cancelled else "expired"
        counts = {
            "processing": 0 if batch.ended else len(batch.requests),
            "succeeded": batch.counts("answered"),
            "errored": batch.counts("answered", good=False) + batch.counts("errored", good=False),
            "canceled": 0,
            "expired": 0,
        }
        counts[lost] = batch.counts("expired", good=False)
        status = "ended" if batch.ended else "canceling" if batch.cancelled else "in_progress"
        return {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": status,
            "request_counts": counts,
            "created_at": made.isoformat(),
            "expires_at": (made + timedelta(days=1)).isoformat(),
            "ended_at": made.isoformat() if batch.ended else None,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": f"{self.base_url}{_PATH}/{batch.id}/results" if batch.ended else None,
        }


def _result(custom_id: str, fate: str, status: int, body: Json) -> Json:
    result: Json = {"type": "expired"}
    if fate == "errored":
        error = {"type": "api_error", "message": "Internal server error"}
        result = {"type": "errored", "error": {"type": "error", "error": error}}
    elif fate == "answered" and status >= 400:
        result = {"type": "errored", "error": body}
    elif fate == "answered":
        result = {"type": "succeeded", "message": body}
    return {"custom_id": custom_id, "result": result}
