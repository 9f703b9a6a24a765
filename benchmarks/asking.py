"""Speed of `cosa run`, beside the official OpenAI client, raw aiohttp and `inspect eval`.

    python benchmarks/asking.py --quick              # 200 samples, 600 calls: about 2 minutes
    python benchmarks/asking.py 3200 --repeats 1     # 9,600 calls

A loopback server in its own process answers at once. The four clients take turns, each in a fresh
process, and send the same requests: one candidate call and two judge calls a sample, with texts of
realistic length (`benchmarks/overhead.py` prepares them). `whole` is the process from its start to its
end, with imports. `work` is the time from the first request to the last answer (the bare clients), to
the whole log (`cosa run`); of `inspect eval` it is the call of `eval`. Real models answer in seconds:
what is measured here matters where a fast server, many replicas or a cache answer.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

REPO = Path(__file__).resolve().parent.parent
OVERHEAD = REPO / "benchmarks" / "overhead.py"
CLIENTS = {
    "openai": "bare OpenAI client",
    "aiohttp": "raw aiohttp",
    "inspect": "inspect eval",
    "cosa": "cosa run",
}
CALLS = 3


class Run(NamedTuple):
    """Seconds of one run: of its work, and of the whole process by the clock and on the processor."""

    work: float
    whole: float
    cpu: float
    score: float


def main() -> None:
    """Measure, and print a table and the ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("samples", nargs="?", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="200 samples, one round")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--part", choices=["cosa"], help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        print(json.dumps(with_cosa(args.url, args.folder)))
        return
    samples, repeats = (200, 1) if args.quick else (args.samples, args.repeats)
    measure(samples, repeats)


def measure(samples: int, repeats: int) -> None:
    """Run the clients in turns."""
    runs: dict[str, list[Run]] = {client: [] for client in CLIENTS}
    with tempfile.TemporaryDirectory() as folder:
        prepare = ["--part", "prepare", str(samples), "--folder", folder]
        subprocess.run([sys.executable, str(OVERHEAD), *prepare], cwd=REPO, check=True)
        for turn in range(repeats):
            for client in CLIENTS:
                runs[client].append(run(client, Path(folder)))
                one = runs[client][-1]
                print(f"round {turn + 1}: {CLIENTS[client]}: {one.work:.1f} s", file=sys.stderr)
    if len({round(one.score, 9) for found in runs.values() for one in found}) > 1:
        raise SystemExit("the clients get different scores")
    calls = samples * CALLS
    middle = {
        client: Run(*(median(column) for column in zip(*found, strict=True)))
        for client, found in runs.items()
    }
    print("| client | calls | work s | requests/s | whole s | CPU s |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for client, one in middle.items():
        print(
            f"| {CLIENTS[client]} | {calls} | {one.work:.1f} | {calls / one.work:,.0f} "
            f"| {one.whole:.1f} | {one.cpu:.1f} |"
        )
    if importlib.util.find_spec("lm_eval") is None:
        print("lm-eval is not installed: not measured")
    print(f"inspect eval / cosa run, work: {middle['inspect'].work / middle['cosa'].work:.1f}")
    print(f"CPU ratio, whole process {middle['cosa'].cpu / middle['openai'].cpu:.2f}")
    print(f"whole-process ratio {middle['cosa'].whole / middle['openai'].whole:.2f}")
    print(f"ratio {middle['cosa'].work / middle['openai'].work:.2f}")


def run(client: str, folder: Path) -> Run:
    """One client in a fresh process, with a server of its own."""
    server = subprocess.Popen(
        [sys.executable, str(OVERHEAD), "--part", "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPO,
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        script = str(Path(__file__).resolve()) if client == "cosa" else str(OVERHEAD)
        began, before = time.monotonic(), os.times().children_user + os.times().children_system
        done = subprocess.run(
            [sys.executable, script, "--part", client, "--url", url, "--folder", str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=REPO,
            check=True,
        )
        whole = time.monotonic() - began
        cpu = os.times().children_user + os.times().children_system - before
    finally:
        server.communicate("")  # end of input: it stops
    work, score = json.loads(done.stdout.splitlines()[-1])
    return Run(work, whole, cpu, score)


def with_cosa(url: str, folder: Path) -> tuple[float, float]:
    """Run the task as `cosa run` does."""
    from inspect_ai.log import read_eval_log

    from scorers.asking import Settings
    from scorers.running import RunOptions, run_task

    os.environ |= {"LOOP_BASE_URL": url, "LOOP_API_KEY": "loopback"}
    with tempfile.TemporaryDirectory() as logs:
        finished = run_task(
            RunOptions(
                task="tasks/cosapien",
                model="openai-api/loop/subject",
                task_args={"dataset": str(folder / "data.jsonl")},
                model_roles={"grader": "openai-api/loop/judge"},
                log_dir=Path(logs),
                settings=Settings(connections=100),
            )
        )
        log = read_eval_log(str(finished.log), header_only=True)
    assert log.status == "success"
    assert log.results is not None
    return finished.seconds, log.results.scores[0].metrics["cosa"].value


if __name__ == "__main__":
    main()
