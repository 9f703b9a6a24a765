"""One run of a plan: found finished, continued where it stopped, or started."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cosapien import UserError
from tasks.real_model.engine import Engine
from tasks.real_model.finding import answered, finished, logs_of, path_of, reason
from tasks.real_model.plans import Plan
from tasks.real_model.progress import Ahead, progress_line

PERIOD: Final = 30.0
"""Seconds between two lines about the progress."""
_PATIENCE: Final = 60.0
"""Seconds for Inspect to write its log and stop its server, once it is interrupted."""


def run(
    plan: Plan,
    engine: Engine,
    models: Path,
    logs: Path,
    ahead: Ahead | None = None,
    period: float = PERIOD,
) -> Path:
    """The log of a plan's finished run.

    A run of the same key that ended well is not repeated. One that did not is continued: samples that
    were answered are not asked again.

    Args:
        plan: What to run.
        engine: What answers.
        models: Folder of the models. Inspect runs in it, so that a model's name is its path.
        logs: Folder of the logs; what Inspect prints goes there too.
        ahead: The other runs, for the time left; this run is added to those that are done.
        period: Seconds between two lines about the progress.

    Raises:
        UserError: The run failed.
        OSError: A folder cannot be written.
    """
    found = logs_of(plan, logs)
    if (done := finished(found)) is not None:
        print(f"{plan.title}: finished before, {plan.records} samples", flush=True)
        return done
    logs.mkdir(parents=True, exist_ok=True)
    words: Sequence[str] = ("eval", *plan.arguments)
    before = 0
    if found:
        before = answered(found) or 0
        words = ("eval-retry", str(path_of(found[0])))
        print(f"{plan.title}: going on after {before} of {plan.records} samples", flush=True)
    else:
        print(f"{plan.title}: {plan.records} samples with {engine.provider}", flush=True)
    began = time.monotonic()
    output = logs / f"{plan.key}.txt"
    options = ("--log-dir", str(logs), "--log-buffer", "1", "--display", "plain")
    command = [str(engine.python), "-m", "inspect_ai", *words, *options]
    with output.open("w", encoding="utf-8") as sink:
        process = subprocess.Popen(
            command,
            cwd=models,
            env=engine.environment(),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # an interrupt reaches it once, from here
        )
        try:
            _wait(process, plan, logs, before, period, ahead)
        finally:
            stop(process)
    found = logs_of(plan, logs)
    if (done := finished(found)) is None:
        raise UserError(
            f"{plan.title}: the run failed: {reason(found, output)} (all that Inspect printed: "
            f"{output}); the same command goes on where it stopped"
        )
    if ahead is not None:
        ahead.answered += plan.records - before
        ahead.seconds += time.monotonic() - began
    return done


def _wait(
    process: subprocess.Popen[bytes],
    plan: Plan,
    logs: Path,
    before: int,
    period: float,
    ahead: Ahead | None,
) -> None:
    """Wait for the end, and say now and then how far it is."""
    began = time.monotonic()
    while True:
        try:
            process.wait(period)
            return
        except subprocess.TimeoutExpired:
            done = answered(logs_of(plan, logs))
            seconds = time.monotonic() - began
            line = progress_line(plan.title, done, plan.records, seconds, before, ahead)
            print(line, flush=True)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Let a process that still runs write its logs; then end what is left of it.

    Args:
        process: Inspect, in a session of its own.
    """
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
