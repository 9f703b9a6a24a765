"""One Ray of this machine for all tests of the room: it takes longer to start than they take."""

import asyncio
from collections.abc import Iterator

import pytest

from scorers.clusters import Cluster
from tests.scorers.clusters.asking import QUICK


@pytest.fixture(scope="package")
def ray_here() -> Iterator[None]:
    """A cluster of this machine; a `Cluster` that finds one open uses it, and leaves it open."""
    opened = Cluster(QUICK)
    asyncio.run(opened.__aenter__())
    yield
    asyncio.run(opened.__aexit__(None, None, None))
