"""A served endpoint, asked from many machines: the engine of `scorers.asking` in Ray's actors.

Ray's own HTTP processor (`HttpRequestProcessorConfig`, Ray 2.60) is not used. It takes a 400 for an
answer, does not repeat after a 500, does not read `Retry-After`, ends the whole run at the first request
whose retries are used up, and has one request under way for each batch.
"""

from __future__ import annotations

import asyncio
import pickle
import warnings
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from scorers.asking import AskingStopped, Engine, Settings, ask
from scorers.clusters.models import ModelSpec
from scorers.clusters.settings import ClusterSettings

Batch = dict[str, Any]


class EndpointReplica:
    """One actor: answers blocks of requests, several at a time, by one engine."""

    def __init__(self, spec: ModelSpec, settings: Settings) -> None:
        """Prepares; the model is opened in the event loop of the first block.

        Args:
            spec: The model.
            settings: How it is asked.
        """
        self._model = spec.open()
        self._engine = Engine(settings)
        self._opened: asyncio.Task[Engine] | None = None
        self._retries = 0

    async def __call__(self, batch: Batch) -> AsyncIterator[Batch]:
        """Answer one block.

        Args:
            batch: Columns `index` and `requests`, one row.
        """
        if self._opened is None:
            self._opened = asyncio.ensure_future(self._engine.__aenter__())
        engine = await self._opened
        requests = pickle.loads(batch["requests"][0])
        numbered = [replace(request, id=str(place)) for place, request in enumerate(requests)]
        found: dict[int, str] = {}
        stopped = ""
        try:
            async for answer in ask(engine, self._model, numbered):
                place = int(answer.id)  # two requests of a block may have the same id
                own = answer.model_copy(update={"id": requests[place].id})
                found[place] = own.model_dump_json(exclude_none=True)
        except AskingStopped as end:
            stopped = str(end)
        retries = sum(tally.retries for tally in engine.tallies.values())
        new, self._retries = retries - self._retries, retries
        yield row(int(batch["index"][0]), found, retries=new, stopped=stopped)


def row(index: int, found: dict[int, str], *, retries: int = 0, stopped: str = "") -> Batch:
    """A block's answers, as they go back.

    Args:
        index: The block's number.
        found: Answers as JSON, by their request's place in the block.
        retries: Tries beyond the first since the replica's last block.
        stopped: Why no more should be asked, or nothing.
    """
    return {
        "index": [index],
        "places": [list(found)],
        "answers": [list(found.values())],
        "retries": [retries],
        "stopped": [stopped],
    }


def by_endpoint(blocks: Any, spec: ModelSpec, settings: ClusterSettings) -> Any:  # noqa: ANN401
    """The pipeline of an endpoint.

    Args:
        blocks: A data set with columns `index` and `requests`.
        spec: The model.
        settings: Replicas, and how they ask.

    Returns:
        A data set of `row`s.
    """
    from ray.data import ActorPoolStrategy

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # max_concurrency has no named argument yet
        return blocks.map_batches(
            EndpointReplica,
            fn_constructor_kwargs={"spec": spec, "settings": settings.engine},
            batch_size=1,
            compute=ActorPoolStrategy(
                size=settings.replicas, max_tasks_in_flight_per_actor=settings.blocks + 1
            ),
            num_cpus=settings.cpus,
            max_concurrency=settings.blocks,
        )
