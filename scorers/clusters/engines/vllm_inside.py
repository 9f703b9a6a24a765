"""What this room needs of vLLM's inside, in one place: a new version of vLLM is checked here."""

from vllm.entrypoints.openai.chat_completion.protocol import (  # type: ignore[import-not-found,unused-ignore]
    ChatCompletionRequest,
)
from vllm.entrypoints.serve.utils.api_utils import (  # type: ignore[import-not-found,unused-ignore]
    get_max_tokens,
)

__all__ = ["ChatCompletionRequest", "get_max_tokens"]
