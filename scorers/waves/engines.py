"""The engines that answer a run's requests, by the name that `cosa run --engine` takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from scorers.asking import Engine
from scorers.batches import BatchOptions, ask_by_batch
from scorers.waves.streams import Streams
from scorers.waves.waves import Waves

if TYPE_CHECKING:
    from scorers.clusters import ClusterSettings

EngineName = Literal["async", "batch", "ray"]
SAMPLES_PER_CONNECTION = 2
"""Samples under way for each connection: while some wait for a judge, others ask the model."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How the requests of a run are answered.

    Attributes:
        name: `async`: each by itself, at once; `batch`: in waves, by batches of the provider; `ray`: by
            the replicas of a Ray cluster, which each model keeps for the whole run.
        samples: Most samples at a time where requests go out in waves.
        batches: How batches are made and waited for.
        cluster: The Ray cluster; None: as `ClusterSettings()` says.
    """

    name: EngineName = "async"
    samples: int = 50_000
    batches: BatchOptions = field(default_factory=BatchOptions)
    cluster: ClusterSettings | None = None


@asynccontextmanager
async def opened(options: EngineOptions, engine: Engine, work: Path) -> AsyncIterator[int]:
    """Let the requests of an engine go the way that a run names, for the length of a block.

    Args:
        options: Of the run.
        engine: An open engine, whose tallies count.
        work: Folder of what a wave has under way.

    Yields:
        How many samples are under way at a time, at most.

    Raises:
        UserError: There is no such cluster, or Ray is missing.
    """
    if options.name == "async":
        yield SAMPLES_PER_CONNECTION * engine.settings.connections
    elif options.name == "batch":
        async with Waves(partial(ask_by_batch, options=options.batches), work, engine):
            yield options.samples
    else:
        from scorers.clusters import Cluster, ask_by_ray

        cluster = Cluster(options.cluster)
        cluster.tallies = engine.tallies
        async with cluster, Streams(partial(ask_by_ray, cluster), engine):
            yield cluster.settings.places
