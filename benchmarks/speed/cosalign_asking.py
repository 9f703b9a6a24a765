"""How fast the stage `candidates` asks, against a loopback server that answers at once.

    python benchmarks/speed/cosalign_asking.py 3000
    git clone . /tmp/before && git -C /tmp/before checkout COMMIT
    python benchmarks/speed/cosalign_asking.py 3000 --before /tmp/before

One request for each prompt, of a safe model, by the defaults of a recipe but without the cache. Server
and stage are processes of their own. With `--before`, the same stage of another checkout runs in turn
with this one; the table then has their ratio. Both must make the same rows.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

REPO = Path(__file__).resolve().parents[2]
ANSWER = (
    "The first step is to look at the matter from all sides, and then to write down what is found. "
)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("prompts", nargs="?", type=int, default=3000)
    parser.add_argument("--before", type=Path, help="another checkout")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--part", choices=["serve", "stage"], help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part == "serve":
        serve()
    elif args.part == "stage":
        print(json.dumps(stage(args.prompts, args.url)))
    else:
        measure(args.prompts, args.before, args.repeats)


def measure(prompts: int, before: Path | None, repeats: int) -> None:
    """Run both checkouts in turn."""
    trees = {} if before is None else {"before": before.resolve()}
    trees["now"] = REPO
    found: dict[str, list[dict[str, float]]] = {name: [] for name in trees}
    rows = set()
    for _ in range(repeats):
        for name, tree in trees.items():
            one = run(prompts, tree)
            rows.add(one.pop("rows"))
            found[name].append(one)
    if len(rows) > 1:
        raise SystemExit("the checkouts make different rows")
    print(f"| {prompts} requests | stage s | requests/s | CPU s of the stage | CPU ms a request |")
    print("| --- | ---: | ---: | ---: | ---: |")
    middle = {}
    for name, runs in found.items():
        seconds, cpu = (median(one[what] for one in runs) for what in ("seconds", "cpu"))
        middle[name] = seconds, cpu
        print(
            f"| {name} | {seconds:.1f} | {prompts / seconds:,.0f} | {cpu:.1f} "
            f"| {1000 * cpu / prompts:.2f} |"
        )
    if before is not None:
        ratios = [old / new for old, new in zip(middle["before"], middle["now"], strict=True)]
        print(f"before / now: {ratios[0]:.1f} times the seconds, {ratios[1]:.1f} times the CPU")


def run(prompts: int, tree: Path) -> dict[str, float]:
    """The stage of a checkout, in a fresh process, with a server of its own."""
    script = str(Path(__file__).resolve())
    environment = {**os.environ, "PYTHONPATH": str(tree), "LOOP_API_KEY": "loopback"}
    with subprocess.Popen(
        [sys.executable, script, "--part", "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPO,
        env={**os.environ, "PYTHONPATH": str(REPO)},
    ) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        done = subprocess.run(
            [sys.executable, script, str(prompts), "--part", "stage", "--url", url],
            stdout=subprocess.PIPE,
            text=True,
            cwd=tree,
            env=environment,
            check=True,
        )
        server.communicate("")  # end of input: it stops
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def serve() -> None:
    """Answer at once, until the input ends."""
    from tests.fakes.servers import OpenAIServer, Reply

    def reply(request: object) -> Reply:
        return Reply(ANSWER * 4, usage=(60, 70))

    with OpenAIServer(reply, record=False) as server:
        print(server.base_url, flush=True)
        sys.stdin.read()


def stage(prompts: int, url: str) -> dict[str, object]:
    """Run the stage; seconds and processor time from its start to its end."""
    from cosalign.candidates.stage import CandidatesParameters, candidates
    from tests.cosalign.made_stages import made

    ids = [f"{number:06d}" for number in range(prompts)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs = {
            "prompts": made(
                "prompts",
                folder,
                [{"prompt_id": i, "prompt": f"{ANSWER}Case {i}?"} for i in ids],
            ),
            "configs": made(
                "configs",
                folder,
                [{"config_id": i, "prompt_id": i, "mode": "superset"} for i in ids],
            ),
        }
        model = {"model": "openai-api/loop/safe", "base_url": url, "cache": False}
        parameters = CandidatesParameters.model_validate(
            {"safe": model, "permissive": {**model, "samples": 0}}
        )
        began, cpu = time.monotonic(), time.process_time()
        found = candidates(parameters, **inputs, seed=0, out=folder / "candidates")
        seconds, used = time.monotonic() - began, time.process_time() - cpu
        rows = json.dumps(found.table().to_pylist()).encode()
    return {"seconds": seconds, "cpu": used, "rows": hashlib.sha256(rows).hexdigest()}


if __name__ == "__main__":
    main()
