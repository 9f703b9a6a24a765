"""A loopback server with OpenAI's (and vLLM's) HTTP interface."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from tests.fakes.base import Handler, Json, LoopbackServer, json_response, rough_tokens
from tests.fakes.replies import ChatRequest, Reply, ReplyFn

_ERRORS: Final = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
    503: ("service_unavailable_error", None),
}
"""Type and code that OpenAI sends with a status; `server_error` with any other."""

_FINISH: Final = {"tool": "tool_calls", "content_filter": "content_filter", "truncated": "length"}
_INCOMPLETE: Final = {"content_filter": "content_filter", "truncated": "max_output_tokens"}
_PROBE: Final = "Please say 'hello, world'"


class OpenAIServer(LoopbackServer):
    """Chat completions, the Responses API and vLLM's `/tokenize`; no streaming, no background."""

    def __init__(
        self,
        reply: ReplyFn,
        *,
        models: Sequence[str] = ("subject", "judge"),
        max_model_len: int = 8192,
        record: bool = True,
        port: int = 0,
    ) -> None:
        """Prepares a server.

        Args:
            reply: Answers each request; the server itself answers for any model id.
            models: What `/v1/models` lists.
            max_model_len: The context window that `/v1/models` gives for each of them.
            record: Keep the requests.
            port: 0 for any free one.
        """
        super().__init__(reply, record=record, port=port)
        self._max_model_len = max_model_len
        card = {"object": "model", "created": 0, "owned_by": "loopback", "parent": None}
        self._models = {
            "object": "list",
            "data": [
                {**card, "id": name, "root": name, "max_model_len": max_model_len}
                for name in models
            ],
        }

    @property
    def base_url(self) -> str:
        """The URL with `/v1`."""
        return f"{self.root_url}/v1"

    def routes(self) -> dict[tuple[str, str], Handler]:
        """The handler of each method and path."""
        return {
            ("GET", "/v1/models"): self._list_models,
            ("POST", "/v1/chat/completions"): self.chat,
            ("POST", "/v1/responses"): self.chat,
            ("POST", "/tokenize"): self._tokenize,
        }

    def own_reply(self, request: ChatRequest) -> Reply | None:
        """Answers the call by which Inspect finds out whether it may ask for reasoning summaries.

        It is sent once per model object that is to use the Responses API and can reason.
        """
        return Reply("hello, world") if request.body.get("input") == _PROBE else None

    async def _list_models(self, http: web.BaseRequest) -> web.Response:
        return json_response(self._models)

    async def _tokenize(self, http: web.BaseRequest) -> web.Response:
        body = json.loads(await http.content.read())
        tokens = list(range(rough_tokens(json.dumps(body.get("messages", body.get("prompt", ""))))))
        answer = {"count": len(tokens), "max_model_len": self._max_model_len, "tokens": tokens}
        return json_response(answer)

    def error_response(self, reply: Reply) -> web.Response:
        """An error in OpenAI's format."""
        kind, code = _ERRORS.get(reply.status, ("server_error", None))
        error = {"message": reply.text, "type": kind, "param": None, "code": reply.code or code}
        return json_response({"error": error}, reply.status, reply.headers)

    def render(self, request: ChatRequest, reply: Reply, usage: tuple[int, int]) -> web.Response:
        """A completion in the format of the endpoint that was asked."""
        if request.body.get("stream"):
            # What the real API sends when it will not stream; Inspect then asks again without,
            # unless the user insisted.
            message = "Unsupported value: 'stream' does not support true with this model."
            error = {
                "message": message,
                "type": "invalid_request_error",
                "param": "stream",
                "code": "unsupported_value",
            }
            return json_response({"error": error}, 400)
        if request.path == "/v1/responses":
            return json_response(_response(self.count, request, reply, usage))
        return json_response(_chat_completion(self.count, request, reply, usage))


def _chat_completion(n: int, request: ChatRequest, reply: Reply, usage: tuple[int, int]) -> Json:
    message: Json = {"role": "assistant", "content": reply.text, "refusal": None}
    if reply.kind == "tool":
        call = {"name": reply.tool_name, "arguments": json.dumps(dict(reply.arguments))}
        message["content"] = reply.text or None
        message["tool_calls"] = [{"id": f"call_{n}", "type": "function", "function": call}]
    elif reply.kind == "refusal":
        message["content"], message["refusal"] = None, reply.text
    elif reply.kind == "content_filter":
        message["content"] = reply.text or None
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
        message["content"] = reply.text or None
    finish = _FINISH.get(reply.kind, "stop")
    return {
        "id": f"chatcmpl-{n}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": request.model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": usage[0],
            "completion_tokens": usage[1],
            "total_tokens": sum(usage),
        },
    }


def _response(n: int, request: ChatRequest, reply: Reply, usage: tuple[int, int]) -> Json:
    reason = _INCOMPLETE.get(reply.kind)
    status = "incomplete" if reason else "completed"
    content: list[Json] = [{"type": "output_text", "text": reply.text, "annotations": []}]
    if reply.kind == "refusal":
        content = [{"type": "refusal", "refusal": reply.text}]
    elif reply.kind == "content_filter" and not reply.text:
        content = []
    item: Json = {"type": "message", "id": f"msg_{n}", "role": "assistant", "content": content}
    if reply.kind == "tool":
        item = {
            "type": "function_call",
            "id": f"fc_{n}",
            "call_id": f"call_{n}",
            "name": reply.tool_name,
            "arguments": json.dumps(dict(reply.arguments)),
        }
    return {
        "id": f"resp_{n}",
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "error": None,
        "incomplete_details": {"reason": reason} if reason else None,
        "model": request.model,
        "output": [{**item, "status": status}],
        "parallel_tool_calls": True,
        "tool_choice": request.tool_choice or "auto",
        "tools": request.body.get("tools", []),
        "usage": {
            "input_tokens": usage[0],
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": usage[1],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": sum(usage),
        },
    }
