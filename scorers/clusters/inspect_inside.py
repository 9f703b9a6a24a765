"""What this room needs of Inspect's inside, in one place: a new version of Inspect is checked here."""

from inspect_ai.model._providers._vllm_lora import parse_vllm_model
from inspect_ai.model._providers.vllm import VLLMAPI

__all__ = ["VLLMAPI", "parse_vllm_model"]
