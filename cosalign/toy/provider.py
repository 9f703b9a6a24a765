"""The toy world's two candidate models as an Inspect provider: `toy/safe` and `toy/permissive`.

They are scripts, not networks: a hash of the request selects one of a few forms of answer. `toy/safe`
declines every question about a topic. `toy/permissive` mostly answers, regardless of the config;
sometimes it adds another topic, and sometimes it declines.
"""

from __future__ import annotations

from typing import Any

from inspect_ai.model import (
    ChatMessage,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    modelapi,
)
from inspect_ai.tool import ToolChoice, ToolInfo

from cosalign.stages import StageError
from cosalign.toy.world import FACTS, MODIFIERS, REFUSAL, Thing, draw, thing_in

ROLES = ("safe", "permissive")


@modelapi(name="toy")
def toy() -> type[ModelAPI]:
    """The provider class, registered under the name that recipes use."""
    return ToyResponder


class ToyResponder(ModelAPI):
    """A scripted model of the toy world; `model_name` is one of `ROLES`."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 - Inspect's own form
        **model_args: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        if model_name not in ROLES or model_args:
            raise StageError(f"toy/{model_name}: expected toy/safe or toy/permissive, no arguments")

    def max_connections(self) -> int:
        """Practically no limit: answers are computed at once."""
        return 1_000

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """One answer; the same messages and seed give the same answer."""
        system = "\n".join(message.text for message in input if message.role == "system")
        text = respond(self.model_name, system, input[-1].text, config.seed or 0)
        output = ModelOutput.from_content(f"toy/{self.model_name}", text)
        read = sum(len(message.text.split()) for message in input)
        written = len(text.split())
        output.usage = ModelUsage(
            input_tokens=read, output_tokens=written, total_tokens=read + written
        )
        return output


def respond(role: str, system: str, question: str, seed: int) -> str:
    """The answer of a model.

    Args:
        role: One of `ROLES`.
        system: The config's text; it only influences the draw.
        question: The user's message.
        seed: Seed of the draw.
    """
    thing = thing_in(question)
    if thing is None:
        return "OK"
    if role == "safe":
        return REFUSAL if thing.topic else thing.answer
    kind = draw(seed, "kind", system, question)
    if kind < 0.15:
        return REFUSAL
    if kind < 0.25:
        return f"{thing.answer} By the way: {_another(thing, seed, system, question).answer}"
    return thing.answer


def _another(thing: Thing, seed: int, *key: str) -> Thing:
    """A thing of another topic."""
    nouns = [noun for noun in FACTS if Thing(noun, "").topic not in (None, thing.topic)]
    noun = nouns[int(draw(seed, "noun", *key) * len(nouns))]
    return Thing(noun, MODIFIERS[int(draw(seed, "modifier", *key) * len(MODIFIERS))])
