"""Running a step: `inspect eval-set` over its rows, or `cosalign` on the released pairs.

Both go on where they were stopped: what is done, logs and manifests say.
"""

import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log

from benchmarks.paper.job import REPO, Job
from benchmarks.paper.steps import Row, Step
from cosapien import UserError
from tasks.real_model.engine import Engine
from tasks.real_model.finding import answered, reason
from tasks.real_model.progress import progress_line
from tasks.real_model.run import PERIOD, stop

_ROWS: Final = REPO / "benchmarks" / "paper" / "rows.py"
_CAPABILITY: Final = REPO / "tasks" / "presets" / "capability.py"


def headers(folder: Path) -> dict[str, EvalLog]:
    """By task: the header of its finished log, or of the newest if there is none."""
    found: dict[str, EvalLog] = {}
    for info in list_eval_logs(str(folder), recursive=False) if folder.is_dir() else []:
        try:
            log = read_eval_log(info, header_only=True)
        except Exception:  # half a log of a process that was killed
            continue
        task = log.eval.task.rpartition("/")[2]
        other = found.get(task)
        if other is None or _rank(log) > _rank(other):
            found[task] = log
    return found


def _rank(log: EvalLog) -> tuple[bool, str]:
    return log.status == "success", log.eval.created


def unfinished(job: Job, step: Step, rows: Sequence[Row]) -> list[Row]:
    """The rows of a step that have no finished log."""
    found = headers(job.logs(step))
    return [row for row in rows if row.task not in found or found[row.task].status != "success"]


def scoring_arguments(job: Job, step: Step, rows: Sequence[Row], engine: Engine) -> list[str]:
    """The arguments of Inspect for a step's rows."""
    file = _CAPABILITY if step.suite == "capability" else _ROWS
    words = ["eval-set", *(f"{file}@{row.task}" for row in rows)]
    words += ["--model", f"{engine.provider}/{job.inspect_name(step.who)}", *engine.options]
    if (data := job.data.get(step.suite or "")) is not None:
        words += ["-T", f"dataset={data}"]
    if step.suite == "cosalign_test" and any("shot" in row.task for row in rows):
        words += ["-T", f"pool={job.pairs}"]
    if any(row.judged for row in rows):
        words += ["--model-role", f"grader={{model: {job.judge}, temperature: 0}}"]
    if job.limit is not None:
        words += ["--limit", str(job.limit)]
    words += ["--log-dir", str(job.logs(step)), "--log-dir-allow-dirty"]
    return [*words, "--retry-attempts", "0", "--no-retry-immediate"]


def score(
    job: Job, step: Step, rows: Sequence[Row], engine: Engine, n: int, period: float = PERIOD
) -> None:
    """Make the rows of a step that are not made yet.

    Args:
        job: The whole.
        step: A scoring step whose model is there.
        rows: Those of its rows that can be made here.
        engine: What answers.
        n: Samples of all of them.
        period: Seconds between two lines about the progress.

    Raises:
        UserError: A row has no finished log in the end. The others are there.
        OSError: A folder cannot be written.
    """
    if not unfinished(job, step, rows):
        print(f"{step.name}: finished before", flush=True)
        return
    folder = job.logs(step)
    folder.mkdir(parents=True, exist_ok=True)
    job.link(step.who)
    output = folder / "inspect.txt"
    words = ["--max-tasks", "1", "--cache", "30D", "--log-buffer", "10", "--display", "plain"]
    before = _answered(folder) or 0
    if before:
        print(f"{step.name}: going on after {before} of {n} samples", flush=True)
    with output.open("w", encoding="utf-8") as sink:
        process = subprocess.Popen(
            [
                str(engine.python),
                "-m",
                "inspect_ai",
                *scoring_arguments(job, step, rows, engine),
                *words,
            ],
            cwd=job.models,
            # answers of other weights that had the same name must not count
            env={**engine.environment(), "INSPECT_CACHE_DIR": str(folder / "cache")},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # an interrupt reaches it once, from here
        )
        try:
            _wait(process, step.name, folder, n, before, period)
        finally:
            stop(process)
    failed = unfinished(job, step, rows)
    if failed:
        said = reason([log for log in [headers(folder).get(failed[0].task)] if log], output)
        more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        raise UserError(f"{failed[0].task}{more}: {said} (all that Inspect printed: {output})")


def _answered(folder: Path) -> int | None:
    """Samples that are done, in all rows; None if nothing can be read yet."""
    counts = [answered([log]) for log in headers(folder).values()]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _wait(
    process: subprocess.Popen[bytes], title: str, folder: Path, n: int, before: int, period: float
) -> None:
    began = time.monotonic()
    while True:
        try:
            process.wait(period)
            return
        except subprocess.TimeoutExpired:
            seconds = time.monotonic() - began
            print(progress_line(title, _answered(folder), n, seconds, before), flush=True)


def training_command(job: Job, step: Step) -> list[str]:
    """The command: SFT up to its model; DPO with the export, whose model is scored."""
    verb = "sft" if step.who == "sft" else "run"
    changes = [word for change in job.recipe_changes() for word in ("--set", change)]
    return [sys.executable, "-m", "cosalign.cli", verb, str(job.recipe), *changes]


def train(job: Job, step: Step) -> None:
    """Train; `cosalign` says how far it is, and goes on from its last checkpoint.

    Raises:
        UserError: It failed; with the last line that it said.
    """
    words = training_command(job, step)
    print(f"{step.name}: {shlex.join(words)}", flush=True)
    last = "it said nothing"
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                sys.stderr.write(line)
                last = line.strip() or last
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise UserError(f"{last[:300]} (what is made lies in {job.training})")
