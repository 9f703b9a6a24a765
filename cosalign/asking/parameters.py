"""What a recipe says about a model: which one it is, and how it is asked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from inspect_ai.model import CachePolicy, GenerateConfig, Model, get_model
from pydantic import Field, JsonValue, ValidationError, field_validator

from cosalign.stages import Parameters, StageError
from cosapien.records import brief
from scorers.clusters import ClusterSettings

_OWN = frozenset({"cache", "max_connections", "max_retries", "num_choices", "seed"})


class ModelParameters(Parameters):
    """A model and how it is asked.

    How requests travel (`base_url`, `engine` and all that follows it) is not part of a stage's
    identity: changing it does not force a rebuild.

    Attributes:
        model: Inspect's name of the model: `openai/...`, `vllm/...`, `hf/...`, `openai-api/NAME/...`.
        base_url: Address of the model's server, if not the provider's default. One address can serve
            several vLLM replicas (`vllm serve --data-parallel-size N`, or a load balancer).
        args: Inspect's model arguments (`-M`). API keys are not allowed here: set them in the
            environment.
        generation: Generation parameters by Inspect's names (`temperature`, `max_tokens`, ...).
        engine: What sends the requests: `async`, connections of this process; `ray`, Ray Data on the
            machines of `cluster`.
        cluster: For `engine: ray`: where the cluster is, and its replicas.
        connections: Most requests at a time; None: 100. Of a cluster: for each replica; None: as
            `cluster` says.
        requests_per_minute: Most new requests a minute; None: no limit.
        retries: How often a request is repeated after a temporary error.
        cache: Whether answers are kept on this machine, so that adding prompts costs only the new
            requests. A judge's re-asks never are.
    """

    model: Annotated[str, Field(min_length=1)]
    base_url: Annotated[str | None, Field(exclude=True)] = None
    args: Annotated[dict[str, JsonValue], Field(default_factory=dict)]
    generation: Annotated[dict[str, JsonValue], Field(default_factory=dict)]
    engine: Annotated[Literal["async", "ray"], Field(exclude=True)] = "async"
    cluster: Annotated[ClusterSettings, Field(exclude=True, default_factory=ClusterSettings)]
    connections: Annotated[int | None, Field(ge=1, exclude=True)] = None
    requests_per_minute: Annotated[float | None, Field(gt=0, exclude=True)] = None
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
