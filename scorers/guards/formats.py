"""The formats in which guard models are asked and answer: a registry that users can extend."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from inspect_ai.model import ChatMessage

from cosapien import UserError, content_hash
from scorers.guards import messages as messages
from scorers.guards import parsing as parsing
from scorers.questions.criterion import REMINDER


@dataclass(frozen=True, slots=True)
class GuardFormat:
    """One way to ask a guard whether a prompt may be answered, and to read what it says.

    Attributes:
        name: What `-T format=...` selects it by.
        messages: The conversation, from the config's text and the user's prompt.
        parse: Reads the answer: True if the prompt violates the config (must not be answered), False
            if it may be answered, None if there is no clear verdict. Never a guess.
        reads_policy: Whether the guard is shown the config. One that is not judges by its built-in
            taxonomy; its figures then show how well that agrees with the configs.
        source: URL of the format's documentation, or its author.
        verdict_last: Whether the verdict ends the answer, so that one cut by the token limit has none.
        reminder: Added to the last message when an earlier answer had no verdict; empty for a
            guard whose input has a fixed form.
    """

    name: str
    messages: Callable[[str, str], list[ChatMessage]]
    parse: Callable[[str], bool | None]
    reads_policy: bool
    source: str
    verdict_last: bool = True
    reminder: str = ""

    @property
    def prompt_hash(self) -> str:
        """First 12 hex digits of a hash over what the guard reads, config and prompt apart."""
        asked = [[message.role, message.text] for message in self.messages("config", "prompt")]
        return content_hash(json.dumps([asked, self.reminder]))


def register_guard_format(format: GuardFormat) -> None:
    r"""Make a format of your own selectable by name.

    In your own task file, which `inspect eval my_guard.py` then runs:

        from inspect_ai import Task, task
        from inspect_ai.model import ChatMessageUser
        from scorers import GuardFormat, register_guard_format
        from tasks.guard import guard

        register_guard_format(
            GuardFormat(
                name="traffic_light",
                messages=lambda config, prompt: [
                    ChatMessageUser(content=f"POLICY\n{config}\nREQUEST\n{prompt}\nRED or GREEN?")
                ],
                parse=lambda text: {"RED": True, "GREEN": False}.get(text.strip()),
                reads_policy=True,
                source="our traffic-light model",
            )
        )

        @task
        def my_guard(dataset: str = "contrast") -> Task:
            return guard(dataset, format="traffic_light")

    Args:
        format: The format; one registered earlier under its name is replaced.

    Raises:
        UserError: The name is empty or a built-in format's.
    """
    if not format.name or format.name in _BUILT_IN:
        raise UserError(f"a guard format cannot be named {format.name!r}: choose another name")
    _FORMATS[format.name] = format


def guard_format(name: str) -> GuardFormat:
    """The format of a name.

    Raises:
        UserError: There is none.
    """
    if name not in _FORMATS:
        raise UserError(f"format must be one of {', '.join(_FORMATS)}, not {name!r}")
    return _FORMATS[name]


_HUB = "https://huggingface.co"
_BUILT_IN: dict[str, GuardFormat] = {
    form.name: form
    for form in (
        GuardFormat(
            "verdict",
            messages.verdict,
            parsing.parse_verdict,
            True,
            "this project",
            reminder=REMINDER,
        ),
        GuardFormat(
            "gpt_oss_safeguard",
            messages.gpt_oss_safeguard,
            parsing.parse_gpt_oss_safeguard,
            True,
            "https://cookbook.openai.com/articles/gpt-oss-safeguard-guide",
        ),
        GuardFormat(
            "granite_guardian",
            messages.granite_guardian,
            parsing.parse_granite_guardian,
            True,
            f"{_HUB}/ibm-granite/granite-guardian-4.1-8b",
        ),
        GuardFormat(
            "dynaguard",
            messages.dynaguard,
            parsing.parse_dynaguard,
            True,
            f"{_HUB}/tomg-group-umd/DynaGuard-8B",
            verdict_last=False,
        ),
        GuardFormat(
            "shieldgemma",
            messages.shieldgemma,
            parsing.parse_shieldgemma,
            True,
            "https://ai.google.dev/gemma/docs/shieldgemma/model_card",
            verdict_last=False,
        ),
        GuardFormat(
            "nemoguard",
            messages.nemoguard,
            parsing.parse_nemoguard,
            True,
            "https://docs.nvidia.com/nim/llama-3-1-nemoguard-8b-contentsafety/latest",
        ),
        GuardFormat(
            "llama_guard",
            messages.prompt_alone,
            parsing.parse_llama_guard,
            False,
            "https://www.llama.com/docs/model-cards-and-prompt-formats/llama-guard-3/",
            verdict_last=False,
        ),
        GuardFormat(
            "qwen3guard",
            messages.prompt_alone,
            parsing.parse_qwen3guard,
            False,
            f"{_HUB}/Qwen/Qwen3Guard-Gen-8B",
            verdict_last=False,
        ),
        GuardFormat(
            "wildguard",
            messages.wildguard,
            parsing.parse_wildguard,
            False,
            f"{_HUB}/allenai/wildguard",
            verdict_last=False,
        ),
    )
}
_FORMATS = dict(_BUILT_IN)
GUARD_FORMATS: Mapping[str, GuardFormat] = MappingProxyType(_FORMATS)
"""The formats by name, those registered by users included; read-only."""
