"""What a recipe says about a cluster."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from scorers.asking import Settings

ROWS = 32
"""Most requests of a block: what a replica gets, answers and loses at a time."""
AHEAD = 3
"""Requests handed over for each that a replica can hold: while some are answered, others wait."""


class ClusterSettings(BaseModel):
    """A cluster and how its replicas ask. Plain values: it can be part of a recipe.

    A replica is a vLLM engine of its own (a model without an address), or a process that asks a served
    endpoint.

    Attributes:
        address: Of the cluster's head (`10.0.0.5:6379`, or `auto` for the one on this machine). None:
            `RAY_ADDRESS`; without it, a cluster of this machine alone is started and ended.
        replicas: Replicas at work at the same time.
        connections: Requests at a time, for each replica.
        cpus: Processors that a replica holds; of a vLLM replica each of its workers.
        gpus: GPUs that each worker of a vLLM replica holds (a replica has tensor_parallel_size x
            pipeline_parallel_size workers); 0: vLLM's CPU build.
        retries: Tries of a request beyond the first (endpoints).
        timeout: Seconds of one try (endpoints).
        per_minute: Most requests a minute, of all replicas together (endpoints); None: no limit.
        object_store: Bytes of Ray's object store of a cluster that is started here; None: Ray's choice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str | None = None
    replicas: Annotated[int, Field(ge=1)] = 1
    connections: Annotated[int, Field(ge=1)] = 128
    cpus: Annotated[float, Field(gt=0)] = 1.0
    gpus: Annotated[float, Field(ge=0)] = 1.0
    retries: Annotated[int, Field(ge=0)] = 9
    timeout: Annotated[float, Field(gt=0)] = 600.0
    per_minute: Annotated[float | None, Field(gt=0)] = None
    object_store: Annotated[int | None, Field(ge=80_000_000)] = None

    @property
    def rows(self) -> int:
        """Requests of a block."""
        return min(ROWS, self.connections)

    @property
    def blocks(self) -> int:
        """Blocks that a replica works on at a time."""
        return math.ceil(self.connections / self.rows)

    @property
    def window(self) -> int:
        """Blocks handed to the cluster and not answered, at most: what bounds memory."""
        return AHEAD * self.replicas * self.blocks + 1

    @property
    def places(self) -> int:
        """Samples under way where some of their requests follow from answers: what fills the window."""
        return self.window * self.rows

    @property
    def engine(self) -> Settings:
        """How each replica asks an endpoint."""
        share = None if self.per_minute is None else self.per_minute / self.replicas
        return Settings(
            connections=self.connections,
            retries=self.retries,
            timeout=self.timeout,
            per_minute=share,
        )
