"""What this room needs of Inspect's inside, in one place: a new version of Inspect is checked here.

A model that is asked outside Inspect's sample loop still counts its tokens and turns where Inspect
looks for them, and sees each request as Inspect's providers write it.
"""

from inspect_ai._util.notgiven import NOT_GIVEN, NotGiven
from inspect_ai.model._cache import CacheEntry
from inspect_ai.model._model import (
    RetryDecision,
    record_and_check_model_usage,
    record_sample_model_fallback,
)
from inspect_ai.model._model_output import usage_input_tokens
from inspect_ai.model._providers.openai import OpenAIAPI
from inspect_ai.model._providers.openai_compatible import OpenAICompatibleAPI
from inspect_ai.util._limit import record_turn

__all__ = [
    "NOT_GIVEN",
    "CacheEntry",
    "NotGiven",
    "OpenAIAPI",
    "OpenAICompatibleAPI",
    "RetryDecision",
    "record_and_check_model_usage",
    "record_sample_model_fallback",
    "record_turn",
    "usage_input_tokens",
]
