"""The loopback servers behind the vendors' real clients, as Inspect (0.3.285) sees them.

The expectations are what scorers must cope with, so they are spelt out for each provider.
"""

import asyncio
import json
import time
import urllib.request
from dataclasses import dataclass
from typing import Any, Final

import anthropic
import openai
import pytest
from inspect_ai.model import (
    ChatMessage,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    ModelOutput,
    ResponseSchema,
    get_model,
)
from inspect_ai.tool import ToolFunction, ToolInfo, ToolParams
from inspect_ai.util import JSONSchema
from tenacity import RetryError

from tests.fakes.servers import (
    AnthropicServer,
    ChatRequest,
    LoopbackServer,
    OpenAIServer,
    Reply,
    ReplyFn,
    scripted,
    sequence,
)

COMPATIBLE: Final = "openai-api/loop/subject"
VLLM: Final = "vllm/subject"
CHAT: Final = "openai/gpt-4o"
RESPONSES: Final = "openai/gpt-5"  # the Responses API is Inspect's default for it
CLAUDE: Final = "anthropic/claude-3-5-sonnet-latest"  # default max_tokens 4,096: no stream
CLAUDE_STREAM: Final = "anthropic/claude-x"  # default max_tokens 32,000: a stream

OPENAI: Final = (COMPATIBLE, VLLM, CHAT, RESPONSES)
ANTHROPIC: Final = (CLAUDE, CLAUDE_STREAM)
ALL: Final = OPENAI + ANTHROPIC

ONCE: Final = GenerateConfig(max_retries=0, attempt_timeout=30)


def serve(name: str, reply: ReplyFn) -> LoopbackServer:
    return AnthropicServer(reply) if name in ANTHROPIC else OpenAIServer(reply)


def ask(
    name: str, server: LoopbackServer, config: GenerateConfig = ONCE, **call: Any
) -> ModelOutput:
    args = call.pop("args", {})

    async def generate() -> ModelOutput:
        async with get_model(
            name, base_url=server.base_url, api_key="key", memoize=False, **args
        ) as client:
            messages: list[ChatMessage] = [
                ChatMessageSystem(content="Be safe."),
                ChatMessageUser(content="Hi?"),
            ]
            return await client.generate(messages, config=config, **call)

    return asyncio.run(generate())


@pytest.mark.parametrize("name", ALL)
def test_text_and_usage(name: str) -> None:
    with serve(name, sequence(Reply("Hello.", usage=(7, 3)))) as server:
        output = ask(name, server)
    assert (output.stop_reason, output.completion) == ("stop", "Hello.")
    assert output.usage is not None
    assert (output.usage.input_tokens, output.usage.output_tokens) == (7, 3)
    (request,) = server.requests
    assert (request.system, request.user) == ("Be safe.", "Hi?")
    assert request.model in name
    assert "key" in (request.headers.get("authorization") or request.headers["X-API-Key"])


@dataclass(frozen=True)
class Seen:
    """What Inspect made of a reply."""

    stop: str
    text: str
    refusal: bool = False
    """Some content block has `refusal=True`."""
    details: str | None = None
    """`choices[0].stop_details.type`."""
    error: bool = False
    """`output.error` is set."""


def see(output: ModelOutput) -> Seen:
    content = output.message.content
    refusal = not isinstance(content, str) and any(getattr(c, "refusal", None) for c in content)
    details = output.choices[0].stop_details
    return Seen(
        output.stop_reason,
        output.completion,
        refusal,
        None if details is None else details.type,
        output.error is not None,
    )


SORRY = "Sorry, but I am unable to help with that request."  # Inspect's words, not the model's

OUTCOMES: list[tuple[tuple[str, ...], Reply, Seen]] = [
    # An empty answer is an ordinary one.
    (ALL, Reply(""), Seen("stop", "")),
    (ALL, Reply.truncated("Half"), Seen("max_tokens", "Half")),
    # OpenAI's filter: no refusal block, no details; `completion` is what was written until then.
    (OPENAI, Reply.content_filter(), Seen("content_filter", "")),
    (OPENAI, Reply.content_filter("Par"), Seen("content_filter", "Par")),
    # Anthropic's filter is a 400, for which Inspect invents a text; no usage.
    (ANTHROPIC, Reply.content_filter("Par"), Seen("content_filter", SORRY, error=True)),
    # OpenAI's native refusal is a "stop"; the refusal block tells it from an answer. The details
    # need a text.
    (OPENAI, Reply.refusal("I can't."), Seen("stop", "I can't.", True, "refusal")),
    (OPENAI, Reply.refusal(""), Seen("stop", "", True)),
    # Anthropic's is "content_filter" without a refusal block; details only from newer models.
    (ANTHROPIC, Reply.refusal("I can't."), Seen("content_filter", "I can't.")),
    (ANTHROPIC, Reply.refusal(""), Seen("content_filter", "")),
    (
        ANTHROPIC,
        Reply.refusal("I can't.", "cyber"),
        Seen("content_filter", "I can't.", details="refusal"),
    ),
    # Azure's filter of the prompt: the error's message becomes the completion. vllm/ raises.
    (
        (COMPATIBLE, CHAT, RESPONSES),
        Reply.error(400, "The prompt was filtered.", code="content_filter"),
        Seen("content_filter", "The prompt was filtered.", details="refusal"),
    ),
    # Too long a prompt: the error's message becomes the completion.
    (
        (COMPATIBLE, CHAT, RESPONSES),
        Reply.error(400, "Too long.", code="context_length_exceeded"),
        Seen("model_length", "Too long."),
    ),
    (
        (VLLM,),
        Reply.error(400, "This model's maximum context length is 8192 tokens."),
        Seen("model_length", "This model's maximum context length is 8192 tokens."),
    ),
    (
        ANTHROPIC,
        Reply.error(400, "prompt is too long: 9 tokens > 8 maximum"),
        Seen("model_length", "prompt is too long: 9 tokens > 8 maximum", error=True),
    ),
]


@pytest.mark.parametrize(
    ("name", "reply", "seen"),
    [
        pytest.param(name, reply, seen, id=f"{name}-{reply.kind}-{n}")
        for n, (names, reply, seen) in enumerate(OUTCOMES)
        for name in names
    ],
)
def test_what_inspect_makes_of_it(name: str, reply: Reply, seen: Seen) -> None:
    with serve(name, sequence(reply)) as server:
        assert see(ask(name, server)) == seen
    assert server.count == 1


@pytest.mark.parametrize("name", ALL)
def test_forced_tool_call(name: str) -> None:
    tool = ToolInfo(
        name="verdict",
        description="Gives the verdict.",
        parameters=ToolParams(
            properties={"safe": JSONSchema(type="boolean")},
            required=["safe"],
        ),
    )
    with serve(name, sequence(Reply.tool("verdict", {"safe": True}))) as server:
        output = ask(name, server, tools=[tool], tool_choice=ToolFunction("verdict"))
    # `completion` is empty; the arguments are parsed.
    assert (output.stop_reason, output.completion) == ("tool_calls", "")
    (call,) = output.message.tool_calls or []
    assert (call.function, call.arguments, call.parse_error) == ("verdict", {"safe": True}, None)
    (request,) = server.requests
    assert request.tools == ["verdict"]
    assert "verdict" in json.dumps(request.tool_choice)


@pytest.mark.parametrize("name", ALL)
def test_response_schema_is_visible(name: str) -> None:
    schema = JSONSchema(type="object", properties={"safe": JSONSchema(type="boolean")})
    wanted = ResponseSchema(name="verdict", json_schema=schema)
    config = GenerateConfig(max_retries=0, response_schema=wanted)
    with serve(name, sequence(Reply('{"safe": true}'))) as server:
        assert ask(name, server, config).completion == '{"safe": true}'
    sent = server.requests[0].response_schema
    assert sent is not None
    assert sent["properties"]["safe"]["type"] == "boolean"


@pytest.mark.parametrize("name", ALL)
def test_rate_limit_is_retried_by_the_vendors_client(name: str) -> None:
    limited = Reply.error(429, "Slow down.", retry_after=0.01)
    with serve(name, sequence(limited, limited, Reply("ok"))) as server:
        assert ask(name, server).completion == "ok"  # although Inspect's max_retries is 0
    assert server.count == 3


def test_rate_limit_is_retried_by_inspect_after_seconds() -> None:
    limited = Reply.error(429, "Slow down.", sdk_retry=False)
    start = time.monotonic()
    with serve(COMPATIBLE, sequence(limited, Reply("ok"))) as server:
        config = GenerateConfig(max_retries=1)
        assert ask(COMPATIBLE, server, config).completion == "ok"
    assert server.count == 2
    assert time.monotonic() - start >= 3  # whatever the server's retry-after says


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("sdk_retry", "requests"), [(None, 3), (False, 1)])
def test_server_error_is_retried_a_bounded_number_of_times(
    name: str, sdk_retry: bool | None, requests: int
) -> None:
    boom = Reply.error(500, "Boom.", retry_after=0.01, sdk_retry=sdk_retry)
    with serve(name, sequence(boom)) as server, pytest.raises(RetryError) as caught:
        ask(name, server)
    cause = caught.value.__cause__
    assert isinstance(cause, openai.InternalServerError | anthropic.InternalServerError)
    assert "Boom." in str(cause)
    assert server.count == requests


@pytest.mark.parametrize("name", [COMPATIBLE, CHAT, CLAUDE])
def test_clients_own_retries_can_be_switched_off(name: str) -> None:
    # `-M max_retries=0`; vllm/ takes it for an option of the server it might launch.
    with serve(name, sequence(Reply.error(500, "Boom."))) as server, pytest.raises(RetryError):
        ask(name, server, args={"max_retries": 0})
    assert server.count == 1


@pytest.mark.parametrize("name", ALL)
def test_other_client_errors_are_raised_at_once(name: str) -> None:
    # 400 comes wrapped (ModelGenerateError, not public), with the whole request in its message;
    # 401 and 404 come as the client raised them.
    with (
        serve(name, sequence(Reply.error(400, "Bad."))) as server,
        pytest.raises(Exception, match="Bad") as caught,
    ):
        ask(name, server)
    cause = caught.value.__cause__
    assert isinstance(cause, openai.BadRequestError | anthropic.BadRequestError)
    with (
        serve(name, sequence(Reply.error(401, "No such key."))) as server,
        pytest.raises((openai.AuthenticationError, anthropic.AuthenticationError)),
    ):
        ask(name, server)
    assert server.count == 1


@pytest.mark.parametrize("name", [*OPENAI, CLAUDE])
def test_malformed_json_is_raised_unwrapped_and_not_retried(name: str) -> None:
    config = GenerateConfig(max_retries=3)
    with serve(name, sequence(Reply.malformed())) as server, pytest.raises(json.JSONDecodeError):
        ask(name, server, config)
    assert server.count == 1


def test_cut_stream_of_anthropic_is_no_error() -> None:
    # Nothing but the stop reason tells that the answer is incomplete.
    with serve(CLAUDE_STREAM, sequence(Reply.malformed())) as server:
        assert see(ask(CLAUDE_STREAM, server)) == Seen("unknown", "")


@pytest.mark.parametrize("name", ALL)
def test_attempt_timeout_bounds_a_hanging_server(name: str) -> None:
    config = GenerateConfig(max_retries=0, attempt_timeout=1)
    start = time.monotonic()
    with serve(name, sequence(Reply.hang(60))) as server:
        with pytest.raises(RetryError, match="AttemptTimeoutError"):
            ask(name, server, config)
        assert 1 <= time.monotonic() - start < 20
        stopped = time.monotonic()
    assert time.monotonic() - stopped < 5


def test_timeout_alone_does_not_bound_a_hanging_server() -> None:
    # `timeout` is looked at between attempts only.
    config = GenerateConfig(max_retries=0, timeout=1)
    start = time.monotonic()
    hang = Reply.hang(2)
    with serve(COMPATIBLE, sequence(hang)) as server, pytest.raises(RetryError, match="Connection"):
        ask(COMPATIBLE, server, config, args={"max_retries": 0})
    assert time.monotonic() - start >= 2


def test_stopping_ends_a_hanging_reply() -> None:
    with OpenAIServer(sequence(Reply.hang(60))) as server:
        url = f"{server.base_url}/chat/completions"
        request = urllib.request.Request(url, b'{"model": "m", "messages": []}')
        with pytest.raises(TimeoutError):
            urllib.request.urlopen(request, timeout=0.2)
        start = time.monotonic()
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("name", "responses_api", "path"),
    [
        (CHAT, None, "/v1/chat/completions"),
        (CHAT, True, "/v1/responses"),
        ("openai/o3-mini", None, "/v1/responses"),
        (RESPONSES, None, "/v1/responses"),
        (RESPONSES, False, "/v1/chat/completions"),
        # A name Inspect does not know is taken for OpenAI's newest model.
        ("openai/subject", None, "/v1/responses"),
        ("openai/gpt-oss", None, "/v1/chat/completions"),
        (COMPATIBLE, None, "/v1/chat/completions"),
        (COMPATIBLE, True, "/v1/responses"),
    ],
)
def test_which_api_inspect_uses(name: str, responses_api: bool | None, path: str) -> None:
    args = {} if responses_api is None else {"responses_api": responses_api}
    with serve(name, sequence(Reply("ok"))) as server:
        assert ask(name, server, args=args).completion == "ok"
    # One request: the server answers Inspect's call about reasoning summaries by itself.
    assert [request.path for request in server.requests] == [path]
    assert server.requests[0].system == "Be safe."


def test_vllm_takes_one_server_per_model_name_until_closed() -> None:
    # Holds for a judge with the subject's model name, and for a second `eval()` in the process,
    # which does not close its models: use another model name for each server.
    async def ask_both(first: str, second: str) -> list[str]:
        subject = get_model("vllm/same-name", base_url=first, memoize=False)
        judge = get_model("vllm/same-name", base_url=second, memoize=False)
        async with subject, judge:
            return [(await m.generate("Hi?", config=ONCE)).completion for m in (subject, judge)]

    with OpenAIServer(lambda _: Reply("1")) as one, OpenAIServer(lambda _: Reply("2")) as two:
        answers = asyncio.run(ask_both(one.base_url, two.base_url))
    assert (answers, two.count) == (["1", "1"], 0)


def test_scripted_and_sequence_count_each_model_apart() -> None:
    def judge(request: ChatRequest) -> Reply:
        return Reply(f"{request.user} judged")

    reply = scripted({"subject": sequence(Reply("a"), Reply("b")), "gpt-4o": judge})
    with OpenAIServer(reply) as server:
        asked = [ask(name, server).completion for name in (COMPATIBLE, CHAT) for _ in range(3)]
    assert asked == ["a", "b", "b", *["Hi? judged"] * 3]


@pytest.mark.parametrize("name", [COMPATIBLE, CLAUDE])
def test_failure_of_the_reply_function_is_raised_by_the_with_block(name: str) -> None:
    server = serve(name, scripted({}))

    def block() -> None:
        with server, pytest.raises(Exception, match="reply function failed"):
            ask(name, server)

    with pytest.raises(KeyError, match=name.rpartition("/")[2]):
        block()
    assert server.count == 1


def test_concurrent_calls_delay_and_record_off() -> None:
    async def many(url: str) -> None:
        config = GenerateConfig(max_retries=0, max_connections=10)
        async with get_model(
            COMPATIBLE, base_url=url, api_key="key", memoize=False, config=config
        ) as model:
            await asyncio.gather(*[model.generate("Hi?") for _ in range(10)])

    with OpenAIServer(lambda _: Reply("ok").after(0.5), record=False) as server:
        start = time.monotonic()
        asyncio.run(many(server.base_url))
        assert time.monotonic() - start >= 0.5
        assert (server.count, server.requests, server.in_flight) == (10, [], 0)
        assert server.peak_in_flight > 1
        server.clear()
        assert server.count == 0


def test_models_tokenize_and_unknown_paths() -> None:
    with OpenAIServer(sequence(Reply("ok")), models=["m"]) as server:
        with urllib.request.urlopen(f"{server.base_url}/models") as response:
            (card,) = json.load(response)["data"]
        assert (card["id"], card["max_model_len"]) == ("m", 8192)
        body = json.dumps({"prompt": "x" * 40}).encode()
        with urllib.request.urlopen(f"{server.root_url}/tokenize", body) as response:
            assert len(json.load(response)["tokens"]) == 10
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{server.base_url}/nothing")
        assert server.count == 0
