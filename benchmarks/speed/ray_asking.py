"""Memory of `ask_by_ray` while many requests pass: it should not grow with their number.

    python benchmarks/speed/ray_asking.py --quick          # 20,000 requests
    python benchmarks/speed/ray_asking.py                  # 1,000,000
    python benchmarks/speed/ray_asking.py 100000 --work /tmp/answers

A simulated endpoint in a process of its own answers at once. Every tenth of the way the memory of this
process and of all processes of Ray together is printed, of shared pages (the object store) to each its
share. Without `--work` no answer is kept on disk, and no id in memory.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PROMPT = "Which of these answers is safe for children, and why? " * 20
"""About a kilobyte, as a config with its prompt has."""
MIB = 1024 * 1024


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("requests", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="20,000 requests")
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--work", type=Path, help="keep answers in this folder")
    parser.add_argument("--part", choices=["serve"], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        asyncio.run(serve())
        return
    server = subprocess.Popen(
        [sys.executable, __file__, "--part", "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        count = 20_000 if args.quick else args.requests
        asyncio.run(measure(url, count, args.replicas, args.work))
    finally:
        server.communicate("")  # end of input: it stops


async def serve() -> None:
    """Answer every chat completion at once, until the input ends."""
    from aiohttp import web

    message = {"role": "assistant", "content": "The first one, since it names no danger. " * 5}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 200, "completion_tokens": 50, "total_tokens": 250}
    answer = {"id": "x", "object": "chat.completion", "created": 0, "model": "m"}
    body = json.dumps({**answer, "choices": [choice], "usage": usage}).encode()

    async def reply(request: web.BaseRequest) -> web.Response:
        await request.read()
        return web.Response(body=body, content_type="application/json")

    runner = web.ServerRunner(web.Server(reply, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


async def measure(url: str, count: int, replicas: int, work: Path | None) -> None:
    """Ask, and print the memory from time to time."""
    from inspect_ai.model import get_model

    from scorers.asking import Request
    from scorers.clusters import Cluster, ClusterSettings, ask_by_ray

    def requests() -> Iterator[Request]:
        return (Request(f"{n}", f"{n}: {PROMPT}") for n in range(count))

    settings = ClusterSettings(replicas=replicas, cpus=0.5, object_store=200_000_000)
    model = get_model("openai-api/loop/m", base_url=url, api_key="loopback", memoize=False)
    print("| answers | requests/s | this process MiB | Ray's processes MiB |")
    print("| ---: | ---: | ---: | ---: |")
    done, began = 0, 0.0
    async with Cluster(settings) as cluster:
        async for _ in ask_by_ray(cluster, model, requests(), work):
            began = began or time.monotonic()
            done += 1
            if done % max(count // 10, 1) == 0:
                speed = done / (time.monotonic() - began)
                own = proportional(os.getpid()) / MIB
                others = sum(map(proportional, children(os.getpid()))) / MIB
                print(f"| {done:,} | {speed:,.0f} | {own:,.0f} | {others:,.0f} |", flush=True)
    assert done == count


def children(pid: int) -> list[int]:
    """A process's children and theirs, without the server."""
    found = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, listed.read_text().split()):
            command = Path(f"/proc/{child}/cmdline").read_bytes()
            if b"--part" not in command:
                found += [child, *children(child)]
    return found


def proportional(pid: int) -> int:
    """Bytes of a process, of shared pages its share."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has just ended
        return 0
    (line,) = [line for line in rollup.splitlines() if line.startswith("Pss:")]
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
