"""Machines and drivers that are killed: a cluster of two nodes on this machine, one of which ends."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scorers.clusters import Cluster, ClusterSettings, ask_by_ray
from scorers.clusters.cluster import QUIET
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply, ReplyFn
from tests.scorers.clusters.asking import model_at

pytestmark = [pytest.mark.train, pytest.mark.timeout(900)]
COUNT, CONNECTIONS = 400, 8
SIZE: Any = {"num_cpus": 1, "object_store_memory": 100_000_000}
DRIVER = """
import asyncio, sys
from pathlib import Path
from scorers.asking import Request
from scorers.clusters import Cluster, ClusterSettings, ask_by_ray
from tests.scorers.clusters.asking import model_at

async def main(address, url, work):
    settings = ClusterSettings(address=address, replicas=2, connections=8)
    async with Cluster(settings) as cluster:
        requests = (Request(f"{n}", f"{n}") for n in range(400))
        found = [a.failure async for a in ask_by_ray(cluster, model_at(url), requests, Path(work))]
    assert found == [None] * 400, found

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def nodes() -> Iterator[Any]:
    """A head and a worker, with room for one replica each."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    from ray.cluster_utils import Cluster as Nodes

    found = Nodes(initialize_head=True, head_node_args={**SIZE, "include_dashboard": False})
    found.add_node(**SIZE)
    yield found
    found.shutdown()


def slowly(request: ChatRequest) -> Reply:
    return Reply(f"re: {request.user}").after(0.05)


def until_one_is_lost(servers: list[OpenAIServer], when: list[float]) -> ReplyFn:
    """A server on which both replicas are waiting when one of them is lost."""

    def reply(request: ChatRequest) -> Reply:
        both = servers[0].peak_in_flight > CONNECTIONS  # more than one replica sends
        return Reply(f"re: {request.user}").after(0.05 if when else 10.0 if both else 1.0)

    return reply


def test_a_lost_machine_costs_only_its_blocks(nodes: Any) -> None:
    from scorers.asking import Request

    received: list[str] = []
    finished: set[str] = set()
    when: list[float] = []
    servers: list[OpenAIServer] = []

    def lose() -> None:
        (worker,) = nodes.worker_nodes
        nodes.remove_node(worker, allow_graceful=False)
        finished.update(received)
        when.append(time.monotonic())
        nodes.add_node(**SIZE)

    async def run(base_url: str) -> None:
        settings = ClusterSettings(address=nodes.address, replicas=2, connections=CONNECTIONS)
        requests = (Request(f"{n}", f"{n}") for n in range(COUNT))
        async with Cluster(settings) as cluster:
            async for answer in ask_by_ray(cluster, model_at(base_url), requests):
                assert answer.output is not None
                assert answer.output.completion == f"re: {answer.id}"
                received.append(answer.id)
                if not when and servers[0].peak_in_flight > CONNECTIONS:
                    lose()

    with OpenAIServer(until_one_is_lost(servers, when)) as server:
        servers.append(server)
        asyncio.run(run(server.base_url))
        asked = Counter(request.user for request in server.requests)
        later = {request.user for request in server.requests if request.time > when[0]}
    assert sorted(received, key=int) == [f"{n}" for n in range(COUNT)]
    assert not later & finished  # what was finished is not asked again
    again = [name for name, times in asked.items() if times > 1]
    assert 0 < len(again) <= 2 * CONNECTIONS  # what the lost machine was asking, and had not given


def test_a_killed_driver_asks_nothing_again(nodes: Any, tmp_path: Path) -> None:
    work = tmp_path / "work"

    def start(url: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", DRIVER, nodes.address, url, str(work)]
        return subprocess.Popen(command, cwd=Path(__file__).parents[3])

    with OpenAIServer(slowly) as server:
        driver = start(server.base_url)
        while not list(work.glob("*.jsonl")):
            assert driver.poll() is None
            time.sleep(0.05)
        driver.send_signal(signal.SIGKILL)
        driver.wait()
        kept = {
            json.loads(line)["id"]
            for file in work.glob("*.jsonl")
            for line in file.read_text(encoding="utf-8").splitlines()
        }
        assert 0 < len(kept) < COUNT
        time.sleep(2)  # what the killed driver's replicas were asking comes to its end
        server.clear()
        assert start(server.base_url).wait() == 0
        asked = [request.user for request in server.requests]
    assert sorted(asked, key=int) == sorted({f"{n}" for n in range(COUNT)} - kept, key=int)
