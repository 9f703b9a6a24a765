"""Loopback model servers for tests and benchmarks that use the vendors' real clients.

    with OpenAIServer(scripted({"subject": Reply("No."), "judge": Reply("yes")})) as server:
        model = get_model("openai-api/loop/subject", base_url=server.base_url, api_key="key")

Set `max_retries`, and `attempt_timeout` for a hanging server, in Inspect's `GenerateConfig`: it
retries for hours otherwise. The vendors' clients retry each attempt twice more on their own;
`max_retries=0` as a model argument of `get_model` stops that (not for `vllm/`), and so does
`Reply.error(..., sdk_retry=False)`.

For `vllm/`, Inspect keeps the first server of a model name for the rest of the process or until
the model is closed: give each server another model name (a server answers to any).
"""

from tests.fakes.anthropic_server import AnthropicServer
from tests.fakes.base import LoopbackServer
from tests.fakes.openai_server import OpenAIServer
from tests.fakes.replies import ChatRequest, Reply, ReplyFn, scripted, sequence

__all__ = [
    "AnthropicServer",
    "ChatRequest",
    "LoopbackServer",
    "OpenAIServer",
    "Reply",
    "ReplyFn",
    "scripted",
    "sequence",
]
