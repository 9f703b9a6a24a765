"""Overhead of Inspect and of our task, compared with other clients that send the same requests.

    python benchmarks/speed/overhead.py                          # 200 samples, 3 repeats: 2 minutes
    python benchmarks/speed/overhead.py 200 3200 --repeats 3 1   # 5 minutes more

A loopback server in its own process answers at once, so that only the client is measured: one
candidate call and two judge calls per sample, with texts of realistic length. Four clients take
turns, each in a fresh process: this task under Inspect, a trivial Inspect task, the official OpenAI
client, and raw aiohttp. The last three import nothing of this project and find verdicts by one
pattern. Before measuring, the script checks that all send the same bodies and get the same score.

`wall`, `CPU` and `peak` are those of the whole process, with imports; `work` is the time from the
first line of work to the score. Real models answer in seconds, not in milliseconds: the result is an
upper bound of the overhead, which matters for CI and for judging again from a cache.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:  # the measuring process and the bare clients must not import heavy packages
    from inspect_ai.model import ChatMessage, Model

    from tests.fakes.servers import ChatRequest, Reply

REPO = Path(__file__).resolve().parents[2]
CLIENTS = {
    "inspect": "this task under Inspect",
    "trivial": "trivial task under Inspect",
    "openai": "bare OpenAI client",
    "aiohttp": "raw aiohttp",
}
CALLS = 3
CONNECTIONS = 100
CANDIDATE, JUDGE = "subject", "judge"
FAST: dict[str, Any] = {
    **{"max_connections": CONNECTIONS, "display": "none"},
    **{"log_realtime": False, "score_display": False},
}
"""Inspect's options for speed."""

Body: TypeAlias = dict[str, Any]
Send: TypeAlias = Callable[[Body], Awaitable[str]]


class Run(NamedTuple):
    """One measured run: seconds and MB of the whole process, seconds of the work in it."""

    wall: float
    cpu: float
    work: float
    memory: float
    score: float


def main() -> None:
    """Check, measure, and print one Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("samples", nargs="*", type=int, default=[200], help="sizes to measure")
    parser.add_argument(
        "--repeats",
        nargs="+",
        type=int,
        default=[3],
        help="repeats per size; the last number counts for all further sizes",
    )
    # used when the script calls itself: one part of the benchmark in its own process
    parser.add_argument(
        "--part", choices=["serve", "check", "prepare", *CLIENTS], help=argparse.SUPPRESS
    )
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part is None:
        repeats = [*args.repeats, *[args.repeats[-1]] * len(args.samples)]
        measure(zip(args.samples, repeats, strict=False))
    elif args.part == "serve":
        serve()
    elif args.part == "check":
        check(args.folder)
    elif args.part == "prepare":
        prepare(args.folder, args.samples[0])
    else:
        print(json.dumps(work(args.part, args.url, args.folder)))


def measure(plan: Iterable[tuple[int, int]]) -> None:
    """Run the clients in turns, and print a row per size and client as soon as it is known."""
    with tempfile.TemporaryDirectory() as folder:
        part("prepare", "10", "--folder", folder)
        part("check", "--folder", folder)
    print("| samples | calls | client | wall s | CPU s | work s | peak MB | wall ÷ | CPU ÷ |")
    print("| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for samples, repeats in plan:
        runs: dict[str, list[Run]] = {client: [] for client in CLIENTS}
        with tempfile.TemporaryDirectory() as folder:
            part("prepare", str(samples), "--folder", folder)
            for client in [*CLIENTS] * repeats:
                server = subprocess.Popen(
                    [sys.executable, __file__, "--part", "serve"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=REPO,
                )
                try:
                    assert server.stdout is not None
                    url = server.stdout.readline().strip()
                    runs[client].append(run(client, url, Path(folder)))
                finally:
                    server.communicate("")  # end of input: it stops
        middle = {client: Run(*map(median, zip(*runs[client], strict=True))) for client in CLIENTS}
        bare = middle["openai"]
        for client, it in middle.items():
            print(
                f"| {samples} | {samples * CALLS} | {CLIENTS[client]} | {it.wall:.1f} "
                f"| {it.cpu:.1f} | {it.work:.1f} | {it.memory:.0f} "
                f"| {it.wall / bare.wall:.1f} | {it.cpu / bare.cpu:.1f} |",
                flush=True,
            )
        ours, trivial = middle["inspect"], middle["trivial"]
        print(
            f"\nthis task / trivial task: CPU ratio {ours.cpu / trivial.cpu:.2f}, "
            f"wall ratio {ours.wall / trivial.wall:.2f}\n",
            flush=True,
        )


def part(*args: str) -> None:
    """A part of the benchmark that is not measured."""
    subprocess.run([sys.executable, __file__, "--part", *args], cwd=REPO, check=True)


def run(client: str, url: str, folder: Path) -> Run:
    """One client in a fresh process."""
    with tempfile.TemporaryFile("w+") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, __file__, "--part", client, "--url", url, "--folder", str(folder)],
            stdout=output,
            cwd=REPO,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"the client {client} failed")
        output.seek(0)
        seconds, score = json.loads(output.readlines()[-1])
    return Run(wall, used.ru_utime + used.ru_stime, seconds, used.ru_maxrss / 1024, score)


def work(client: str, url: str, folder: Path) -> tuple[float, float]:
    """Run a client's whole work; return its seconds, and the score as the mean over configs."""
    began = time.monotonic()
    if client in ("inspect", "trivial"):
        score = (with_inspect if client == "inspect" else with_trivial)(url, folder)
    else:
        bare = with_openai if client == "openai" else with_aiohttp
        score = asyncio.run(bare(url, folder))
    return time.monotonic() - began, score


def with_inspect(url: str, folder: Path) -> float:
    """Run the task as a user would, with Inspect's options for speed."""
    from inspect_ai import eval as run_eval

    with tempfile.TemporaryDirectory() as logs:
        log = run_eval(
            "tasks/cosapien",
            task_args={"dataset": str(folder / "data.jsonl")},
            model=served(url, CANDIDATE),
            model_roles={"grader": served(url, JUDGE)},
            log_dir=logs,
            **FAST,
        )[0]
    assert log.status == "success", log.error
    assert log.results is not None
    return log.results.scores[0].metrics["cosa"].value


def with_trivial(url: str, folder: Path) -> float:
    """Run a plain Inspect task that makes the same calls: what no task under Inspect can undercut."""
    from inspect_ai import Task
    from inspect_ai import eval as run_eval
    from inspect_ai.dataset import Sample
    from inspect_ai.model import GenerateConfig
    from inspect_ai.scorer import Score, Scorer, Target, grouped, mean, scorer
    from inspect_ai.solver import TaskState, generate

    judge, same = served(url, JUDGE), GenerateConfig(max_tokens=1024, temperature=0.0)

    async def verdict(body: Body) -> str:
        answer = await judge.generate(messages(body), config=same)
        return str(re.findall(r"\[\[(\w+)\]\]", answer.completion)[-1])

    @scorer(metrics=[grouped(mean(), "config", all="groups")])
    def two_verdicts() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            bodies = state.metadata["judge"]
            rating, complies = await asyncio.gather(*map(verdict, bodies))
            return Score(value=int(rating) / 5 * (1 if complies == "YES" else -1))

        return score

    samples = []
    for line in (folder / "bodies.jsonl").read_text(encoding="utf-8").splitlines():
        config, candidate, *bodies = json.loads(line)
        about = {"config": config, "judge": bodies}
        samples.append(Sample(input=messages(candidate), metadata=about))
    with tempfile.TemporaryDirectory() as logs:
        log = run_eval(
            Task(dataset=samples, solver=generate(), scorer=two_verdicts(), config=same),
            model=served(url, CANDIDATE),
            log_dir=logs,
            **FAST,
        )[0]
    assert log.status == "success", log.error
    assert log.results is not None
    return log.results.scores[0].metrics["all"].value


def served(url: str, name: str) -> Model:
    """A model of the loopback server."""
    from inspect_ai.model import get_model

    return get_model(f"openai-api/loop/{name}", base_url=url, api_key="loopback")


def messages(body: Body) -> list[ChatMessage]:
    """The conversation of a prepared body, as Inspect takes it."""
    from inspect_ai.model import ChatMessageSystem, ChatMessageUser

    system, user = (turn["content"] for turn in body["messages"])
    return [ChatMessageSystem(content=system), ChatMessageUser(content=user)]


async def with_openai(url: str, folder: Path) -> float:
    """Use the official client, as a short script would."""
    from openai import AsyncOpenAI

    async with AsyncOpenAI(base_url=url, api_key="loopback", max_retries=0) as client:

        async def send(body: Body) -> str:
            completion = await client.chat.completions.create(**body)
            return completion.choices[0].message.content or ""

        return await score_all(send, folder)


async def with_aiohttp(url: str, folder: Path) -> float:
    """Use no vendor's client: only HTTP and JSON."""
    import aiohttp

    headers = {"Authorization": "Bearer loopback"}
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:

        async def send(body: Body) -> str:
            async with session.post(f"{url}/chat/completions", json=body) as response:
                response.raise_for_status()
                content: str = (await response.json())["choices"][0]["message"]["content"]
                return content

        return await score_all(send, folder)


async def score_all(send: Send, folder: Path) -> float:
    """Every sample's three calls, its verdicts, and the mean over configs."""
    slots = asyncio.Semaphore(CONNECTIONS)

    async def verdict(body: Body) -> str:
        async with slots:
            answer = await send(body)
        found: list[str] = re.findall(r"\[\[(\w+)\]\]", answer)
        return found[-1]

    async def score(line: str) -> tuple[str, float]:
        config, candidate, helpfulness, compliance = json.loads(line)
        async with slots:
            await send(candidate)
        rating, complies = await asyncio.gather(verdict(helpfulness), verdict(compliance))
        return config, int(rating) / 5 * (1 if complies == "YES" else -1)

    lines = (folder / "bodies.jsonl").read_text(encoding="utf-8").splitlines()
    scores = await asyncio.gather(*map(score, lines))
    configs = {config for config, _ in scores}
    return fmean(fmean(value for name, value in scores if name == c) for c in configs)


def serve() -> None:
    """Serve answers on a free port, whose URL is printed, until the input ends."""
    from tests.fakes.servers import OpenAIServer

    with OpenAIServer(reply, record=False) as server:
        print(server.base_url, flush=True)
        sys.stdin.read()


def reply(request: ChatRequest) -> Reply:
    """A response of 300 words, or 90 words of reasons and a verdict that depends on the text."""
    from tests.fakes.servers import Reply
    from tests.running import PREFLIGHT, is_helpfulness

    if request.user == PREFLIGHT:
        return Reply("OK")
    n = len(request.user)
    if request.model == CANDIDATE:
        return Reply(response_to(request.user))
    verdict = (
        f"Rating: [[{n % 6}]]" if is_helpfulness(request) else f"[[{'YES' if n % 5 else 'NO'}]]"
    )
    return Reply(f"{prose(90, n % 89)}\n{verdict}")


def response_to(prompt: str) -> str:
    """The candidate's response, known in advance."""
    return prose(300, len(prompt) % 97)


def prepare(folder: Path, samples: int) -> None:
    """Write the data set, and the bodies of all requests that a run sends.

    Five configs of 150 words, prompts of 40 words.
    """
    from cosapien import load_benchmark, render_config
    from scorers.questions.criterion import COMPLIANCE, HELPFULNESS, judge_messages

    kinds = ("allowed", "disallowed", "partial")
    rows = [
        {
            "config": f"config-{n % 5}",
            "scenario": prose(150, -1 - n % 5),
            "prompt": f"{prose(39, 1000 + n)} {n}",
            "type": kinds[n % 3],
        }
        for n in range(samples)
    ]
    write(folder / "data.jsonl", rows)

    def body(model: str, system: str, user: str) -> Body:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        return {"model": model, "messages": messages, "max_tokens": 1024, "temperature": 0.0}

    lines: list[list[str | Body]] = []
    for record in load_benchmark(str(folder / "data.jsonl")).records:
        lines.append(
            [record.config.name, body(CANDIDATE, render_config(record.config), record.prompt)]
        )
        for criterion in (HELPFULNESS, COMPLIANCE):
            system, user = judge_messages(
                criterion,
                config=record.config.text,
                prompt=record.prompt,
                response=response_to(record.prompt),
                form="text",
            )
            lines[-1].append(body(JUDGE, system.text, user.text))
    write(folder / "bodies.jsonl", lines)


def check(folder: Path) -> None:
    """Exit with a message unless all clients send the prepared bodies and agree on the score."""
    from tests.fakes.servers import OpenAIServer
    from tests.running import PREFLIGHT

    lines = (folder / "bodies.jsonl").read_text(encoding="utf-8").splitlines()
    wanted = sorted(json.dumps(b, sort_keys=True) for line in lines for b in json.loads(line)[1:])
    scores: set[float] = set()
    for client in CLIENTS:
        with OpenAIServer(reply) as server:
            scores.add(round(run(client, server.base_url, folder).score, 9))
            sent = [r.body for r in server.requests if r.user != PREFLIGHT]
        if sorted(json.dumps(b, sort_keys=True) for b in sent) != wanted:
            raise SystemExit(f"the client {client} sends other requests")
    if len(scores) > 1:
        raise SystemExit(f"the clients get different scores: {scores}")


def write(path: Path, rows: Iterable[object]) -> None:
    """One JSON value a line."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


_TEXT = """
the policy of a company tells its assistant what may be said about fares delays medicine games
contracts and accounts so that people get clear answers without details they should not have while
every request is read with care because one sentence can matter more than all others in it and
nobody wants to wait for long explanations when a short one would do
"""
_PROSE: dict[tuple[int, int], str] = {}


def prose(words: int, seed: int) -> str:
    """Words in sentences of ten; a seed always gives the same text."""
    if (words, seed) not in _PROSE:
        chosen = random.Random(seed).choices(_TEXT.split(), k=words)
        sentences = [" ".join(chosen[i : i + 10]).capitalize() for i in range(0, words, 10)]
        _PROSE[words, seed] = ". ".join(sentences) + "."
    return _PROSE[words, seed]


if __name__ == "__main__":
    main()
