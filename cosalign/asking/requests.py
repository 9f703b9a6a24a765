"""Asking models through Inspect's model API: any provider, or a vLLM server by its URL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from inspect_ai.model import CachePolicy, GenerateConfig, Model, get_model
from pydantic import Field, JsonValue, ValidationError, field_validator

from cosalign.stages import Parameters, StageError
from cosapien.records import brief
from scorers.judging import model_fault

Item = TypeVar("Item")
Result = TypeVar("Result")

_OWN = frozenset({"cache", "max_connections", "max_retries", "num_choices", "seed"})
MIN_FAILURES = 8
"""If at least this many requests fail and none in the shard succeeds, the model is to blame."""


class ModelParameters(Parameters):
    """A model and how it is asked.

    Connection settings (`base_url`, `connections`, `retries`, `cache`) are not part of a stage's
    identity: changing them does not force a rebuild.

    Attributes:
        model: Inspect's name of the model: `openai/...`, `vllm/...`, `hf/...`, `openai-api/NAME/...`.
        base_url: Address of the model's server, if not the provider's default. One address can serve
            several vLLM replicas (`vllm serve --data-parallel-size N`, or a load balancer).
        args: Inspect's model arguments (`-M`). API keys are not allowed here: set them in the
            environment.
        generation: Generation parameters by Inspect's names (`temperature`, `max_tokens`, ...).
        connections: Most requests at a time; None: Inspect adapts the number.
        retries: How often Inspect repeats a request after a temporary error.
        cache: Whether Inspect caches answers on this machine for a week, so that adding prompts
            costs only the new requests.
    """

    model: Annotated[str, Field(min_length=1)]
    base_url: Annotated[str | None, Field(exclude=True)] = None
    args: Annotated[dict[str, JsonValue], Field(default_factory=dict)]
    generation: Annotated[dict[str, JsonValue], Field(default_factory=dict)]
    connections: Annotated[int | None, Field(ge=1, exclude=True)] = None
    retries: Annotated[int, Field(ge=0, exclude=True)] = 6
    cache: Annotated[bool, Field(exclude=True)] = True

    @field_validator("args")
    @classmethod
    def _no_keys(cls, args: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if "api_key" in args:
            raise ValueError("an API key does not belong in a recipe: set it in the environment")
        return args

    @field_validator("generation")
    @classmethod
    def _known(cls, generation: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if unknown := sorted(generation.keys() - (set(GenerateConfig.model_fields) - _OWN)):
            raise ValueError(
                f"unknown or reserved generation parameter: {', '.join(unknown)}; expected "
                "Inspect's names, such as temperature, top_p, max_tokens"
            )
        try:
            GenerateConfig.model_validate(generation)
        except ValidationError as error:
            raise ValueError(brief(error)) from None
        return generation

    @property
    def greedy(self) -> bool:
        """Whether the model gives the same answer to the same request (temperature 0)."""
        return self.generation.get("temperature") == 0

    def open(self, what: str) -> Model:
        """Open the model without asking it anything; close it by `async with`.

        Args:
            what: Name of the model's role in error messages (`the judge`).

        Raises:
            StageError: The provider is unknown, or its package or key is missing.
        """
        transport = GenerateConfig(
            max_connections=self.connections,
            max_retries=self.retries,
            cache=CachePolicy(per_epoch=False) if self.cache else None,
        )
        config = GenerateConfig.model_validate(self.generation).merge(transport)
        args: dict[str, Any] = dict(self.args)
        try:
            return get_model(
                self.model, config=config, base_url=self.base_url, memoize=False, **args
            )
        except Exception as error:  # each provider raises its own errors
            raise StageError(f"{what}: {self.model} cannot be opened ({brief(error)})") from error


@dataclass(frozen=True, slots=True)
class Failure:
    """A request without an answer after all retries.

    Attributes:
        reason: Error message of the server or its client, in one line.
    """

    reason: str


async def check_model(model: Model, what: str) -> None:
    """Send one tiny request, so that a wrong key or address is found before anything is spent.

    Args:
        model: The model.
        what: Name of the model's role in error messages.

    Raises:
        StageError: The model does not answer.
    """
    # in its own task, see `ask_all`
    asking = asyncio.create_task(model_fault(model, GenerateConfig(max_tokens=16, cache=False)))
    if fault := await asking:
        raise StageError(
            f"{what}: {model} cannot be used ({fault}); check its name, key and address. "
            "Partial results are kept: run again when it answers"
        )


async def ask_all(
    items: Sequence[Item],
    ask: Callable[[Item], Awaitable[Result]],
    *,
    model: Model,
    what: str,
) -> list[Result | Failure]:
    """Ask about all items at once; Inspect limits the number of parallel requests.

    A single failed request becomes a `Failure`. If the model has stopped answering altogether,
    nothing is recorded and an error is raised.

    Args:
        items: The items to ask about.
        ask: Asks about one item.
        model: The model that `ask` uses.
        what: Name of the model's role in error messages.

    Returns:
        The results, in the order of the items.

    Raises:
        StageError: The model has stopped answering, or refuses every request.
    """

    async def guarded(item: Item) -> Result | Failure:
        try:
            return await ask(item)
        except StageError:
            raise
        except Exception as error:  # each provider raises its own errors
            return Failure(brief(error.__cause__ or error))

    # Each request runs in its own task and context: Inspect adds every request to the transcript of
    # its context, and one shared transcript would hold them all until the end.
    results = await asyncio.gather(*(guarded(item) for item in items))
    failures = [result for result in results if isinstance(result, Failure)]
    if failures:
        await check_model(model, what)
        if len(failures) == len(items) >= MIN_FAILURES:
            raise StageError(
                f"{what}: {model} refused all {len(items)} requests of a shard, the first with: "
                f"{failures[0].reason}"
            )
    return results
