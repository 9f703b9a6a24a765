"""A loopback server with the HTTP interface of Anthropic's Messages API."""

from __future__ import annotations

import json
from typing import Final

from aiohttp import web

from tests.fakes.base import Handler, Json, LoopbackServer, json_response
from tests.fakes.replies import ChatRequest, Reply

_ERRORS: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""The error type that Anthropic sends with a status; `api_error` with any other."""

_STOP: Final = {"tool": "tool_use", "refusal": "refusal", "truncated": "max_tokens"}


class AnthropicServer(LoopbackServer):
    """`POST /v1/messages`, whole or as the events of a stream when the request asks for one.

    Inspect asks for a stream whenever `max_tokens` is 8192 or more, and 32,000 is its default.
    """

    @property
    def base_url(self) -> str:
        """The URL without `/v1`, which the client adds."""
        return self.root_url

    def routes(self) -> dict[tuple[str, str], Handler]:
        """The handler of each method and path."""
        return {("POST", "/v1/messages"): self.chat}

    def error_response(self, reply: Reply) -> web.Response:
        """An error in Anthropic's format."""
        error = {"type": _ERRORS.get(reply.status, "api_error"), "message": reply.text}
        body = {"type": "error", "error": error, "request_id": f"req_{self.count}"}
        return json_response(body, reply.status, reply.headers)

    def render(self, request: ChatRequest, reply: Reply, usage: tuple[int, int]) -> web.Response:
        """A message, or the stream of its events."""
        if reply.kind == "content_filter":
            blocked = "Output blocked by content filtering policy"
            return self.error_response(Reply.error(400, blocked))
        message = _message(self.count, request, reply, usage)
        if request.body.get("stream"):
            return web.Response(body=_events(message), content_type="text/event-stream")
        return json_response(message)


def _message(n: int, request: ChatRequest, reply: Reply, usage: tuple[int, int]) -> Json:
    content: list[Json] = [{"type": "text", "text": reply.text}] if reply.text else []
    if reply.kind == "tool":
        call = {"id": f"toolu_{n}", "name": reply.tool_name, "input": dict(reply.arguments)}
        content = [{"type": "tool_use", **call}]
    details = None
    if reply.kind == "refusal" and reply.code:
        details = {"type": "refusal", "category": reply.code, "explanation": reply.text}
    return {
        "id": f"msg_{n}",
        "type": "message",
        "role": "assistant",
        "model": request.model,
        "content": content,
        "stop_reason": _STOP.get(reply.kind, "end_turn"),
        "stop_sequence": None,
        "stop_details": details,
        "usage": {"input_tokens": usage[0], "output_tokens": usage[1]},
    }


def _events(message: Json) -> bytes:
    """The server-sent events whose accumulation is `message`."""
    ends = ("stop_reason", "stop_sequence", "stop_details")
    start = {**message, "content": [], **dict.fromkeys(ends)}
    events: list[Json] = [{"type": "message_start", "message": start}]
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            empty = {**block, "text": ""}
            delta = {"type": "text_delta", "text": block["text"]}
        else:
            empty = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        events += [
            {"type": "content_block_start", "index": index, "content_block": empty},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]
    end = {name: message[name] for name in ends}
    tokens = {"output_tokens": message["usage"]["output_tokens"]}
    events += [
        {"type": "message_delta", "delta": end, "usage": tokens},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events).encode()
