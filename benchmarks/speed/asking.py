"""Speed of `cosa run`, beside the official OpenAI client, raw aiohttp, Inspect and lm-eval.

    python benchmarks/speed/asking.py --quick              # 200 samples, 600 calls: about 2 minutes
    python benchmarks/speed/asking.py 3200 --repeats 1     # 9,600 calls
    python benchmarks/speed/asking.py 3200 --repeats 1 --lm-eval ENV/bin/python  # with lm_eval[api] in it

A loopback server in its own process answers at once. The clients take turns, each in a fresh process,
and send the same requests: one candidate call and two judge calls a sample, with texts of realistic
length (`benchmarks/speed/overhead.py` prepares them, and has a trivial Inspect task). `whole` is the
process from its start to its end, with imports. `work` is the time from the first request to the last
answer (the bare clients), to the whole log (`cosa run`); of Inspect it is the call of `eval`. lm-eval
has no judge: it sends as many candidate calls as the others send calls, and its work is its whole
process. Real models answer in seconds: what is measured here matters where a fast server, many replicas
or a cache answer.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

REPO = Path(__file__).resolve().parents[2]
OVERHEAD = REPO / "benchmarks" / "speed" / "overhead.py"
CLIENTS = {
    "openai": "bare OpenAI client",
    "aiohttp": "raw aiohttp",
    "trivial": "inspect eval, a trivial task",
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
    parser.add_argument("--lm-eval", metavar="PYTHON", help="a Python that has lm_eval[api]")
    parser.add_argument("--part", choices=["cosa"], help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        print(json.dumps(with_cosa(args.url, args.folder)))
        return
    samples, repeats = (200, 1) if args.quick else (args.samples, args.repeats)
    measure(samples, repeats, args.lm_eval)


def measure(samples: int, repeats: int, lm_eval: str | None) -> None:
    """Run the clients in turns."""
    clients = CLIENTS | ({} if lm_eval is None else {"lm_eval": "lm-eval"})
    runs: dict[str, list[Run]] = {client: [] for client in clients}
    with tempfile.TemporaryDirectory() as folder:
        prepare = ["--part", "prepare", str(samples), "--folder", folder]
        subprocess.run([sys.executable, str(OVERHEAD), *prepare], cwd=REPO, check=True)
        for turn in range(repeats):
            for client in clients:
                command = None if client != "lm_eval" else lm_eval_command(lm_eval, Path(folder))
                runs[client].append(run(client, Path(folder), command))
                one = runs[client][-1]
                print(f"round {turn + 1}: {clients[client]}: {one.work:.1f} s", file=sys.stderr)
    scored = [one.score for client in CLIENTS for one in runs[client]]
    if len({round(score, 9) for score in scored}) > 1:
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
            f"| {clients[client]} | {calls} | {one.work:.1f} | {calls / one.work:,.0f} "
            f"| {one.whole:.1f} | {one.cpu:.1f} |"
        )
    cosa, bare = middle["cosa"], middle["openai"]
    if lm_eval is None:
        print("lm-eval: not measured (--lm-eval PYTHON)")
    else:
        print(f"cosa run / lm-eval, whole process: {cosa.whole / middle['lm_eval'].whole:.2f}")
    floor = middle["trivial"]
    print(f"inspect eval / trivial task, CPU: {middle['inspect'].cpu / floor.cpu:.2f}")
    print(f"inspect eval / cosa run, work: {middle['inspect'].work / cosa.work:.1f}")
    print(f"CPU ratio, whole process {cosa.cpu / bare.cpu:.2f}")
    print(f"whole-process ratio {cosa.whole / bare.whole:.2f}")
    print(f"ratio {cosa.work / bare.work:.2f}")


def lm_eval_command(python: str | None, folder: Path) -> list[str]:
    """The command of lm-eval, after its task is written: the prompts of all calls as candidate calls.

    Args:
        python: A Python that has it.
        folder: Folder with the prepared bodies; the task goes there.
    """
    lines = (folder / "bodies.jsonl").read_text(encoding="utf-8").splitlines()
    with (folder / "prompts.jsonl").open("w", encoding="utf-8") as file:
        for line in lines:
            for body in json.loads(line)[1:]:
                print(json.dumps({"prompt": body["messages"][1]["content"]}), file=file)
    task = {
        "task": "loopback",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(folder / "prompts.jsonl")}},
        "test_split": "test",
        "output_type": "generate_until",
        "doc_to_text": "{{prompt}}",
        "doc_to_target": "none",
        "generation_kwargs": {"max_gen_toks": 1024, "temperature": 0.0, "until": []},
        "metric_list": [{"metric": "exact_match"}],
    }
    (folder / "loopback.yaml").write_text(json.dumps(task), encoding="utf-8")  # JSON is YAML
    args = "model=subject,num_concurrent=100,max_retries=3,tokenized_requests=False,base_url=URL"
    return [
        *(str(python), "-m", "lm_eval", "--model", "local-chat-completions", "--model_args", args),
        *("--tasks", "loopback", "--include_path", str(folder), "--apply_chat_template"),
    ]


def run(client: str, folder: Path, command: list[str] | None = None) -> Run:
    """One client in a fresh process, with a server of its own.

    Args:
        client: Its key.
        folder: Folder with what is sent.
        command: What to run, with `URL` where the server's address belongs, if it is no part of our
            scripts.
    """
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
        ours = [sys.executable, script, "--part", client, "--url", url, "--folder", str(folder)]
        theirs = [part.replace("URL", f"{url}/chat/completions") for part in command or ()]
        began, before = time.monotonic(), os.times().children_user + os.times().children_system
        done = subprocess.run(
            theirs or ours,
            env=os.environ | {"OPENAI_API_KEY": "loopback", "HF_HUB_OFFLINE": "1"},
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
    if command is not None:
        return Run(whole, whole, cpu, float("nan"))
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
