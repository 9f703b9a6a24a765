"""How long it takes to check and to submit one log, as the log grows.

    python benchmarks/speed/intake.py                          # 800, 1,600 and 3,200 samples: 8 minutes
    python benchmarks/speed/intake.py 200 400 --folder /tmp/i  # other sizes; the logs are kept
    python benchmarks/speed/intake.py --code ../before         # the same logs, another checkout's code

The logs are real ones: `tasks/cosapien` on 200 harmless prompts in the form of CoSApien (5 configs x
40), which a loopback Hub serves, over several epochs; candidate and judge are a loopback server that
answers with texts of realistic length, so that a sample has three model calls. Making them is not
measured.

`read` is Inspect's `read_eval_log` of the whole log and nothing else, for scale; `validate` and
`submit` are the commands as a user types them. Each is a process of its own, imports included, so
that peak memory is that of the command. `growth` is the processor time per sample, relative to the
first size: 1 is linear, and what every start costs makes it less.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

REPO = Path(__file__).resolve().parents[2]
SIZES = (800, 1600, 3200)
PROMPTS = 200
BARS = {("validate", 3200): 12.0, ("submit", 3200): 15.0}
"""Seconds that a command may take at a size."""
READ = "import sys; from inspect_ai.log import read_eval_log; read_eval_log(sys.argv[1])"


class Cost(NamedTuple):
    """What a process took: seconds by the clock and of the processors, MB at its peak."""

    seconds: float
    cpu: float
    memory: float


def main() -> None:
    """Make the logs, measure, and print one Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "samples", nargs="*", type=int, default=SIZES, help=f"sizes, multiples of {PROMPTS}"
    )
    parser.add_argument("--repeats", type=int, default=3, help="of each command (default: 3)")
    parser.add_argument("--folder", type=Path, help="where to make the logs, and find them made")
    parser.add_argument("--code", type=Path, default=REPO, help="checkout to measure")
    # how the script calls itself: what measures must stay small, since a new process starts with the
    # peak of the one that started it
    parser.add_argument("--part", choices=["hub", "log"], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part == "hub":
        serve_data()
        return
    if args.part == "log":
        make_log(args.samples[0], args.folder)
        return
    if any(size < PROMPTS or size % PROMPTS for size in args.samples):
        parser.error(f"sizes must be multiples of {PROMPTS}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = (args.folder or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        with published_data(folder):
            logs = {size: log_of(size, folder) for size in args.samples}
            measure(logs, args.code.resolve(), args.repeats)


@contextmanager
def published_data(folder: Path) -> Iterator[None]:
    """The environment of a user whose Hub has the data.

    Args:
        folder: Where the user's caches are.
    """
    process = subprocess.Popen(
        [sys.executable, __file__, "--part", "hub"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPO,
    )
    try:
        assert process.stdout is not None
        os.environ |= {"HF_HOME": str(folder / "hf"), "COSA_CACHE": str(folder / "cache")}
        os.environ["HF_ENDPOINT"] = process.stdout.readline().strip()
        yield
    finally:
        process.communicate("")  # end of input: it stops


def serve_data() -> None:
    """Be a Hub with the data, on a free port whose URL is printed, until the input ends."""
    from cosapien.datasets.cosapien_hub import COSAPIEN_ID
    from tests.fakes.hub import LoopbackHub

    with LoopbackHub() as hub:
        hub.add_dataset(COSAPIEN_ID, published_files())
        print(hub.url, flush=True)
        sys.stdin.read()


def published_files() -> dict[str, bytes]:
    """CoSApien in its published form with harmless texts: configs of 150 words, prompts of 40."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    from benchmarks.speed.overhead import prose
    from cosapien.datasets.cosapien_hub import COSAPIEN_ROWS, COSAPIEN_SPLITS

    kinds = ("allowed", "disallowed", "partial")
    files: dict[str, bytes] = {}
    for number, split in enumerate(COSAPIEN_SPLITS):
        rows = [
            {
                "prompt": f"{prose(39, 1000 + number * COSAPIEN_ROWS + n)} {n}",
                "scenario": prose(150, -1 - number),
                "type": kinds[n % len(kinds)],
            }
            for n in range(COSAPIEN_ROWS)
        ]
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), buffer)
        files[f"data/{split}-00000-of-00001.parquet"] = buffer.getvalue()
    return files


def log_of(samples: int, folder: Path) -> Path:
    """The log of a run of so many samples; made if it is not there yet.

    Args:
        samples: How many, a multiple of 200.
        folder: Where logs are kept.
    """
    path = folder / f"{samples}.eval"
    if not path.exists():
        command = [sys.executable, __file__, str(samples), "--part", "log", "--folder", str(folder)]
        subprocess.run(command, cwd=REPO, check=True)
    return path


def make_log(samples: int, folder: Path) -> None:
    """Run the task; its log is `folder`/<samples>.eval."""
    from inspect_ai import eval as run_eval

    from benchmarks.speed.overhead import CANDIDATE, CONNECTIONS, JUDGE, reply
    from tests.fakes.servers import OpenAIServer
    from tests.running import TASK, loop_model

    with OpenAIServer(reply, record=False) as server, tempfile.TemporaryDirectory() as logs:
        log = run_eval(
            TASK,
            model=loop_model(server, CANDIDATE),
            model_roles={"grader": loop_model(server, JUDGE)},
            epochs=samples // PROMPTS,
            max_connections=CONNECTIONS,
            log_realtime=False,
            score_display=False,
            log_dir=logs,
            display="none",
        )[0]
        assert log.status == "success", log.error
        shutil.move(log.location, folder / f"{samples}.eval")


def measure(logs: dict[int, Path], code: Path, repeats: int) -> None:
    """Print a row per size and command once it is known."""
    print("| samples | log MB | | s, median | s, max | CPU s | growth | peak MB | at most, s |")
    print("| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    first: dict[str, float] = {}
    for samples, log in logs.items():
        for name in ("read", "validate", "submit"):
            costs = [cost(name, log, code) for _ in range(repeats)]
            seconds = [it.seconds for it in costs]
            cpu = median(it.cpu for it in costs)
            each = cpu / samples
            bar = BARS.get((name, samples))
            print(
                f"| {samples} | {log.stat().st_size / 1e6:.1f} | {name} | {median(seconds):.1f} "
                f"| {max(seconds):.1f} | {cpu:.1f} | {each / first.setdefault(name, each):.2f} "
                f"| {median(it.memory for it in costs):.0f} | {'' if bar is None else f'{bar:g}'} |",
                flush=True,
            )


def cost(name: str, log: Path, code: Path) -> Cost:
    """What one command on a log costs.

    Args:
        name: `read`, `validate` or `submit`.
        log: The log.
        code: The checkout whose code runs.
    """
    with tempfile.TemporaryDirectory() as folder:
        python = ["-c", READ, str(log)] if name == "read" else ["-m", "leaderboard.cli", name]
        if name != "read":
            python += [str(log), *(["--dir", f"{folder}/results"] if name == "submit" else [])]
        return run(python, code)


def run(python: Sequence[str], code: Path) -> Cost:
    """Time a Python process that may find only warnings (exit codes 0 and 2)."""
    with tempfile.TemporaryFile("w+") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *python],
            cwd=code,
            env=os.environ | {"PYTHONPATH": str(code)},
            stdout=output,
            stderr=output,
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 2):
            output.seek(0)
            raise SystemExit(f"{' '.join(python)} failed: {output.read()[-2000:]}")
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
