"""What this room needs of Inspect's inside, in one place: a new version of Inspect is checked here.

A batched request is written, and its answer read, by the provider that would send it alone. The
providers hand both to a "batcher" of theirs, in whose place this room puts its own.
"""

from inspect_ai.model._model_output import usage_input_tokens
from inspect_ai.model._providers.anthropic import AnthropicAPI
from inspect_ai.model._providers.openai import OpenAIAPI

__all__ = ["AnthropicAPI", "OpenAIAPI", "usage_input_tokens"]
