"""Asking a model by a cluster, as the tests of the room want it."""

import asyncio
from collections.abc import AsyncIterable, Iterable
from pathlib import Path

from inspect_ai.model import Model, get_model

from scorers.asking import Answer, Request
from scorers.clusters import Cluster, ClusterSettings, ask_by_ray

QUICK = ClusterSettings(connections=8, cpus=0.1, retries=4, object_store=100_000_000)


def model_at(base_url: str) -> Model:
    return get_model("openai-api/loop/subject", base_url=base_url, api_key="secret", memoize=False)


def ask_cluster(
    model: Model,
    requests: Iterable[Request] | AsyncIterable[Request],
    work: Path | None = None,
    settings: ClusterSettings = QUICK,
) -> list[Answer]:
    """All answers, in the order in which they came."""

    async def collect() -> list[Answer]:
        async with Cluster(settings) as cluster:
            return [answer async for answer in ask_by_ray(cluster, model, requests, work)]

    return asyncio.run(collect())
