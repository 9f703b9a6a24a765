"""What answers the requests of a stage, by the name that a recipe gives it."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

from inspect_ai.model import Model

from cosalign.asking.parameters import ModelParameters
from scorers.asking import Answer, Engine, Request
from scorers.clusters import Cluster, ClusterSettings, ask_by_ray


def places_of(parameters: ModelParameters, engine: Engine) -> int:
    """How many items of a stage are under way at a time.

    Args:
        parameters: How the model is asked.
        engine: The engine of this process.
    """
    if parameters.engine == "ray":
        return cluster_of(parameters).places
    return engine.settings.connections


def cluster_of(parameters: ModelParameters) -> ClusterSettings:
    """The cluster of a model with `engine: ray`.

    Args:
        parameters: How the model is asked.
    """
    own = {"retries": parameters.retries, "per_minute": parameters.requests_per_minute}
    if parameters.connections is not None:
        own["connections"] = parameters.connections
    return parameters.cluster.model_copy(update=own)


async def answers(
    parameters: ModelParameters,
    engine: Engine,
    model: Model,
    requests: AsyncIterable[Request],
) -> AsyncIterator[Answer]:
    """Answer a stream of requests by another engine than that of this process.

    Args:
        parameters: How the model is asked.
        engine: Whose tallies count the answers.
        model: The model, as Inspect opened it.
        requests: In any number; some wait for answers to earlier ones.

    Yields:
        Answers, in the order in which they come.

    Raises:
        UserError: The engine does not fit the model, or the model has stopped answering.
    """
    cluster = Cluster(cluster_of(parameters))
    cluster.tallies = engine.tallies
    async with cluster:
        async for answer in ask_by_ray(cluster, model, requests):
            yield answer
