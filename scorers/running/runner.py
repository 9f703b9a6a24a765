"""A whole run: samples in turn, each kept when it is finished, and the log."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from inspect_ai.dataset import Sample
from inspect_ai.log import EvalLog, EvalSample, EvalStats
from inspect_ai.model import ModelUsage

from scorers.asking import Engine, tokens_text
from scorers.progress import Progress
from scorers.running.inspect_inside import (
    collect_eval_data,
    eval_results,
    init_model_usage,
    init_role_usage,
    init_task_context,
)
from scorers.running.kept import Kept
from scorers.running.log_file import LogFile
from scorers.running.options import RunOptions
from scorers.running.prepare import Prepared, prepare
from scorers.running.sample import Scores, first_fault, run_sample, scores_again
from scorers.waves import opened

WAVES = "waves"
"""Folder, in a run's own, of what its waves have under way."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a run came to.

    Attributes:
        log: Its log.
        samples: All samples of the run.
        failed: Those without an answer, each with the reason in one line, by the sample's id.
        seconds: From the first request to the whole log.
        asked: Calls and tokens of this start, for people.
    """

    log: Path
    samples: int
    failed: dict[str, str]
    seconds: float
    asked: str


def run_task(options: RunOptions) -> Finished:
    """Run a task and write its log.

    The run has a context of its own: its models are not bound for what the process does next.

    Args:
        options: The run.

    Raises:
        UserError: It cannot be started, or a model has stopped answering. What is finished is kept in
            the folder of logs: the same run goes on from there.
    """
    return contextvars.copy_context().run(_run_task, options)


def _run_task(options: RunOptions) -> Finished:
    engine = Engine(options.settings)
    prepared = prepare(options, engine)
    with Kept(options.log_dir, prepared.header) as kept:
        # outside the event loop: Inspect may change the loop's class to read a log inside it
        header = kept.header(prepared.header)
        finished = asyncio.run(_run(prepared, header, kept, engine, options))
        if not finished.failed:
            kept.remove()
    return finished


async def _run(
    prepared: Prepared, header: EvalLog, kept: Kept, engine: Engine, options: RunOptions
) -> Finished:
    began = time.monotonic()
    log, stats = LogFile(header), EvalStats(started_at=header.eval.created)
    await log.start()
    samples = {str(sample.id): sample for sample in prepared.dataset}
    model_usage: dict[str, ModelUsage] = {}
    role_usage: dict[str, ModelUsage] = {}
    scores: dict[str, Scores] = {}
    left = dict(samples)
    for earlier in kept.samples():
        if left.pop(str(earlier.id), None) is None:
            continue
        await log.add(earlier)
        scores[str(earlier.id)] = scores_again(prepared, samples[str(earlier.id)], earlier)
        _add(model_usage, earlier.model_usage)
        _add(role_usage, earlier.role_usage)
    if len(left) < len(samples):
        print(
            f"going on with {len(samples) - len(left):,} of {len(samples):,} samples from "
            f"{kept.folder} (remove it to begin anew)",
            file=sys.stderr,
        )
    init_model_usage(model_usage)
    init_role_usage(role_usage)
    task = prepared.task
    init_task_context(prepared.model, prepared.roles, prepared.config)
    failed: dict[str, str] = {}

    async def finish(sample: EvalSample) -> None:
        await log.add(sample)
        progress.step()
        if sample.error is not None:
            failed[str(sample.id)] = sample.error.message
            return
        kept.add(sample)
        scores[str(sample.id)] = scores_again(prepared, samples[str(sample.id)], sample)

    done = len(samples) - len(left)
    with Progress(task.name, len(samples), done, engine.tallies, "samples") as progress:
        async with engine, opened(options.engine, engine, kept.folder / WAVES) as places:
            await _in_turn(prepared, left.values(), min(places, len(left)), finish)
    results, reductions = eval_results(
        samples=len(samples),
        # in the order of the data, as Inspect does: sums of floats depend on it
        scores=[scores[name] for name in samples if name in scores],
        reducers=task.epochs_reducer,
        scorers=list(prepared.scorers.values()),
        metrics=task.metrics,
        scorer_names=list(prepared.scorers),
        completed_samples=len(samples) - len(failed),
        headline_metric=task.headline_metric,
    )
    collect_eval_data(stats)
    await log.finish("error" if failed else "success", stats, results, reductions)
    seconds = time.monotonic() - began
    return Finished(log.path, len(samples), failed, seconds, tokens_text(engine.tallies))


async def _in_turn(
    prepared: Prepared,
    samples: Iterable[Sample],
    places: int,
    finish: Callable[[EvalSample], Awaitable[None]],
) -> None:
    """Run samples, some at a time, and hand each on when it is finished."""
    waiting = iter(samples)

    async def worker() -> None:
        for sample in waiting:
            # a task of its own: a context of its own
            await finish(await asyncio.create_task(run_sample(prepared, sample)))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(places):
                group.create_task(worker())
    except BaseExceptionGroup as failures:
        raise first_fault(failures) from None


def _add(total: dict[str, ModelUsage], more: dict[str, ModelUsage]) -> None:
    for name, usage in more.items():
        total[name] = total[name] + usage if name in total else usage
