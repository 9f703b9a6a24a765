"""Models that stages ask, through Inspect's model API: any provider, or a vLLM server by its URL."""

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
_MANY = 8  # if as many requests fail, and none of a shard succeeds, it is not the requests


class ModelParameters(Parameters):
    """A model and how it is asked.

    What only decides how its answers travel (`base_url`, `connections`, `retries`, `cache`) is not
    part of a stage's identity: changing it makes nothing anew.

    Attributes:
        model: Inspect's name of it: `openai/...`, `vllm/...`, `hf/...`, `openai-api/NAME/...`.
        base_url: Address of its server, where the provider's own is not meant. Several vLLM
            replicas stand behind one (`vllm serve --data-parallel-size N`, or a load balancer).
        args: Inspect's model arguments (`-M`). No keys: those belong in the environment.
        generation: Generation parameters by Inspect's names (`temperature`, `max_tokens`, ...).
        connections: The most requests at a time; None leaves it to Inspect, which adapts.
        retries: How often Inspect repeats a request that failed for a passing reason.
        cache: Whether Inspect keeps the answers of this machine's earlier requests for a week, so
            that a longer list of prompts costs only what is new in it.
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
            raise ValueError("a key does not belong in a recipe: set it in the environment")
        return args

    @field_validator("generation")
    @classmethod
    def _known(cls, generation: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if unknown := sorted(generation.keys() - (set(GenerateConfig.model_fields) - _OWN)):
            raise ValueError(
                f"not a generation parameter that can be set here: {', '.join(unknown)}; expected "
                "Inspect's names, such as temperature, top_p, max_tokens"
            )
        try:
            GenerateConfig.model_validate(generation)
        except ValidationError as error:
            raise ValueError(brief(error)) from None
        return generation

    @property
    def greedy(self) -> bool:
        """Whether it gives the same answer to the same request."""
        return self.generation.get("temperature") == 0

    def open(self, what: str) -> Model:
        """The model, not yet asked anything; close it by `async with`.

        Args:
            what: What it is in messages (`the judge`).

        Raises:
            StageError: There is no such provider or package, or its key is missing.
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
        except Exception as error:  # providers ask for packages, keys and addresses in many ways
            raise StageError(f"{what}: {self.model} cannot be opened ({brief(error)})") from error


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that stayed without an answer after all retries.

    Attributes:
        reason: What the server or its client said, in one line.
    """

    reason: str


async def check_model(model: Model, what: str) -> None:
    """Ask one tiny request, so that a wrong key or address is found before anything is spent.

    Args:
        model: The model.
        what: What it is in messages.

    Raises:
        StageError: It does not answer.
    """
    # in a task of its own, see `ask_all`
    asking = asyncio.create_task(model_fault(model, GenerateConfig(max_tokens=16, cache=False)))
    if fault := await asking:
        raise StageError(
            f"{what}: {model} cannot be used ({fault}); check its name, key and address. "
            "What was made so far is kept: run again when it answers"
        )


async def ask_all(
    items: Sequence[Item],
    ask: Callable[[Item], Awaitable[Result]],
    *,
    model: Model,
    what: str,
) -> list[Result | Failure]:
    """Ask about all items at once; Inspect limits how many requests are under way.

    A request that fails on its own account is a `Failure`. If the model has stopped answering at
    all, that is no property of the requests, and nothing is recorded.

    Args:
        items: What to ask about.
        ask: Asks about one of them.
        model: The model it asks.
        what: What that is in messages.

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
        except Exception as error:  # whatever a provider raises
            return Failure(brief(error.__cause__ or error))

    # Each in a task of its own, with its own context: Inspect adds every request to its context's
    # transcript, which would hold them all until the end.
    results = await asyncio.gather(*(guarded(item) for item in items))
    failures = [result for result in results if isinstance(result, Failure)]
    if failures:
        await check_model(model, what)
        if len(failures) == len(items) >= _MANY:
            raise StageError(
                f"{what}: {model} refused all {len(items)} requests of a shard, the first with: "
                f"{failures[0].reason}"
            )
    return results
