"""What a loopback model server is asked and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Literal, Self, TypeAlias

Kind: TypeAlias = Literal[
    "text", "tool", "refusal", "content_filter", "error", "malformed", "hang", "truncated"
]


def _text(content: object) -> str:
    """The text of a message's content: a string, or blocks of which some carry text."""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return ""
    return "\n".join(
        block["text"]
        for block in content
        if isinstance(block, Mapping) and isinstance(block.get("text"), str)
    )


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One call of a model, as it arrived."""

    path: str
    """`/v1/chat/completions`, `/v1/responses` or `/v1/messages`."""
    body: dict[str, Any]
    """The JSON body, untouched."""
    headers: Mapping[str, str]
    """Case-insensitive."""
    time: float
    """`time.monotonic()` at arrival."""

    @property
    def model(self) -> str:
        """The model id asked for."""
        return str(self.body.get("model", ""))

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation (of the Responses API: its input items)."""
        sent = self.body.get("messages", self.body.get("input", []))
        return [{"role": "user", "content": sent}] if isinstance(sent, str) else sent

    @property
    def system(self) -> str:
        """The system prompt: all system and developer text, or "" without any."""
        apart = self.body.get("system", self.body.get("instructions"))
        roles = ("system", "developer")
        texts = [_text(m.get("content")) for m in self.messages if m.get("role") in roles]
        return "\n".join(([_text(apart)] if apart else []) + texts)

    @property
    def user(self) -> str:
        """The text of the last user message, or "" without any."""
        users = [m for m in self.messages if m.get("role") == "user"]
        return _text(users[-1].get("content")) if users else ""

    @property
    def tools(self) -> list[str]:
        """The names of the tools offered."""
        return [str(t.get("function", t).get("name", "")) for t in self.body.get("tools", ())]

    @property
    def tool_choice(self) -> object:
        """The vendor's `tool_choice`, or None."""
        return self.body.get("tool_choice")

    @property
    def response_schema(self) -> dict[str, Any] | None:
        """The JSON schema the answer must have, wherever the vendor's API puts it."""
        body = self.body
        chat = (body.get("response_format") or {}).get("json_schema")
        responses = (body.get("text") or {}).get("format")
        config = (body.get("output_config") or {}).get("format")
        holder = chat or responses or body.get("output_format") or config or {}
        schema: dict[str, Any] | None = holder.get("schema")
        return schema


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in no vendor's format; `Reply("text")` is an ordinary completion."""

    text: str = ""
    kind: Kind = "text"
    delay: float = 0.0
    """Seconds to wait before answering."""
    usage: tuple[int, int] | None = None
    """Input and output tokens; by default a quarter of the characters."""
    tool_name: str = ""
    arguments: Mapping[str, object] = field(default_factory=dict)
    status: int = 200
    code: str | None = None
    """OpenAI: `error.code`. Anthropic: category in `stop_details` of a refusal."""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    reasoning: str = ""
    """What a server with a reasoning parser splits off: `message.reasoning_content`."""

    def after(self, seconds: float) -> Self:
        """The same reply, `seconds` later."""
        return replace(self, delay=seconds)

    @classmethod
    def tool(cls, name: str, arguments: Mapping[str, object], text: str = "") -> Self:
        """A call of the tool `name`, after `text` (OpenAI's chat completions only)."""
        return cls(text, "tool", tool_name=name, arguments=arguments)

    @classmethod
    def refusal(cls, text: str, category: str | None = None) -> Self:
        """A native refusal: OpenAI `message.refusal`; Anthropic `stop_reason: "refusal"`.

        Anthropic's `stop_details` are sent only with a `category`, as only newer models do.
        """
        return cls(text, "refusal", code=category)

    @classmethod
    def content_filter(cls, text: str = "") -> Self:
        """Stopped by the vendor's filter after `text`.

        OpenAI: `finish_reason: "content_filter"`. Anthropic has no such stop reason; its 400
        "Output blocked by content filtering policy" is sent, and `text` is lost.
        """
        return cls(text, "content_filter")

    @classmethod
    def error(
        cls,
        status: int,
        message: str,
        retry_after: float | None = None,
        *,
        code: str | None = None,
        sdk_retry: bool | None = None,
    ) -> Self:
        """An HTTP error with the vendor's JSON.

        Args:
            status: HTTP status.
            message: Message inside the JSON.
            retry_after: Seconds for a `retry-after` header.
            code: `error.code` of OpenAI's JSON, where the usual one of `status` is not wanted.
            sdk_retry: Sent as `x-should-retry`, which both vendors' clients obey: False leaves
                all retrying to Inspect.
        """
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        if sdk_retry is not None:
            headers["x-should-retry"] = str(sdk_retry).lower()
        return cls(message, "error", status=status, code=code, headers=headers)

    @classmethod
    def malformed(cls) -> Self:
        """Status 200 and the first half of a completion's JSON."""
        return cls("this text is cut", "malformed")

    @classmethod
    def hang(cls, seconds: float = 30.0) -> Self:
        """Silence for `seconds` or until the server stops; then the connection is cut."""
        return cls(kind="hang", seconds=seconds)

    @classmethod
    def truncated(cls, text: str) -> Self:
        """Stopped by the token limit after `text`."""
        return cls(text, "truncated")


ReplyFn: TypeAlias = Callable[[ChatRequest], Reply]


def scripted(by_model: Mapping[str, ReplyFn | Reply]) -> ReplyFn:
    """One reply function (or constant reply) per model id; another model id is an error."""

    def reply(request: ChatRequest) -> Reply:
        answer = by_model[request.model]
        return answer if isinstance(answer, Reply) else answer(request)

    return reply


def sequence(*replies: Reply) -> ReplyFn:
    """For each model id, the replies in order; the last one repeats."""
    asked: dict[str, int] = {}
    lock = Lock()

    def reply(request: ChatRequest) -> Reply:
        with lock:
            n = asked.get(request.model, 0)
            asked[request.model] = n + 1
        return replies[min(n, len(replies) - 1)]

    return reply
