"""The engines that answer waves, by the name that `cosa run --engine` takes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from inspect_ai.model import Model

from scorers.asking import Answer, Request
from scorers.batches import BatchOptions, ask_by_batch
from scorers.waves.waves import Answerer

if TYPE_CHECKING:
    from scorers.clusters import ClusterSettings

EngineName = Literal["async", "batch", "ray"]


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How the requests of a run are answered.

    Attributes:
        name: `async`: each by itself, at once; `batch`: by batches of the provider; `ray`: by the
            replicas of a Ray cluster.
        samples: Most samples at a time where requests go out in waves.
        batches: How batches are made and waited for.
        cluster: The Ray cluster; None: as `ClusterSettings()` says.
    """

    name: EngineName = "async"
    samples: int = 50_000
    batches: BatchOptions = field(default_factory=BatchOptions)
    cluster: ClusterSettings | None = None


@asynccontextmanager
async def opened(options: EngineOptions) -> AsyncIterator[Answerer | None]:
    """What answers the waves of a run, for the length of a block; None: requests go out alone.

    Args:
        options: Of the run.

    Raises:
        UserError: There is no such cluster, or Ray is missing.
    """
    if options.name == "async":
        yield None
    elif options.name == "batch":
        yield lambda model, requests, work: ask_by_batch(model, requests, work, options.batches)
    else:
        from scorers.clusters import Cluster, ask_by_ray

        async with Cluster(options.cluster) as cluster:

            def by_ray(
                model: Model, requests: Iterable[Request], work: Path
            ) -> AsyncIterator[Answer]:
                return ask_by_ray(cluster, model, requests, work)

            yield by_ray
