"""Our figures, read from the logs; a row without a finished log has none, and a reason."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog

from benchmarks.paper.job import Job
from benchmarks.paper.running import headers
from benchmarks.paper.steps import STEPS, Row, Step
from benchmarks.scores.capability_cost import FIGURES, sample_values
from scorers.runs import LogError, ScoredSample, read_run, summarize
from scorers.statistics.estimate import NOTHING, Estimate, stratified_rate
from tasks.real_model.finding import path_of
from tasks.real_model.source import sha256


@dataclass(frozen=True, slots=True)
class Source:
    """The log that figures come from.

    Attributes:
        log: Its path.
        sha256: Hash of the file (64 hex digits).
        date: When the run was started (UTC, `2026-11-30`).
        versions: Versions of the packages that made it, by name.
        judge: Identity of the judge: `id`, `models`, ...; empty: none was asked.
    """

    log: Path
    sha256: str
    date: str
    versions: dict[str, str]
    judge: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured for one row of a table. NaN means: not established.

    Attributes:
        step: The step it belongs to.
        row: The row.
        split: `seen` or `unseen` configs of CoSAlign-Test; else `all`.
        main: CoSA-Score; of capability the share that the benchmark reports.
        helpful_safe: Share of helpful and compliant responses.
        helpful_unsafe: Share of helpful responses that violate their config.
        n: Samples.
        unscored: Share of them without a verdict.
        source: The log; None: there is none.
    """

    step: Step
    row: Row
    split: str
    main: Estimate = NOTHING
    helpful_safe: Estimate = NOTHING
    helpful_unsafe: Estimate = NOTHING
    n: int = 0
    unscored: float = math.nan
    source: Source | None = None

    @property
    def established(self) -> bool:
        """Whether there is a figure."""
        return not math.isnan(self.main.mean)


def read_figures(job: Job) -> list[Figures]:
    """The figures of all rows of all steps, in their order, established or not."""
    found: list[Figures] = []
    for step in STEPS:
        logs = headers(job.logs(step))
        for row in step.rows:
            log = logs.get(row.task)
            if log is not None and log.status == "success":
                found += _of_log(step, row, log)
            else:
                found += [Figures(step, row, split) for split in _splits(step)]
    return found


def _splits(step: Step) -> tuple[str, ...]:
    return ("seen", "unseen") if step.suite == "cosalign_test" else ("all",)


def _of_log(step: Step, row: Row, log: EvalLog) -> Iterator[Figures]:
    if step.suite == "capability":
        yield _capability(step, row, log)
        return
    try:
        run = read_run(path_of(log))
    except LogError:  # it says success, and has no scores that can be read
        yield from (Figures(step, row, split) for split in _splits(step))
        return
    source = _source(log, run.judge)
    for split in _splits(step):
        samples = [s for s in run.samples if split in ("all", s.group)]
        yield _cosa(step, row, split, samples, source)


def _cosa(step: Step, row: Row, split: str, samples: list[ScoredSample], source: Source) -> Figures:
    if not samples:
        return Figures(step, row, split, source=source)
    summary = summarize(samples)
    return Figures(
        step,
        row,
        split,
        summary.cosa_score,
        summary.helpful_safe,
        summary.helpful_unsafe,
        summary.n,
        summary.unscored,
        source,
    )


def _capability(step: Step, row: Row, log: EvalLog) -> Figures:
    values = list(sample_values(log, FIGURES[row.task][2]).values())
    scored = [value for value in values if not math.isnan(value)]
    bound = (log.eval.model_roles or {}).get("grader") if row.judged else None
    judges = [] if bound is None else bound if isinstance(bound, list) else [bound]
    judge = {"kind": "llm", "models": [{"name": judge.model} for judge in judges]} if judges else {}
    return Figures(
        step,
        row,
        "all",
        stratified_rate(scored, ["all"] * len(scored)),
        n=len(values),
        unscored=(len(values) - len(scored)) / len(values) if values else math.nan,
        source=_source(log, judge),
    )


def _source(log: EvalLog, judge: dict[str, Any]) -> Source:
    path = path_of(log)
    versions = {name: str(version) for name, version in (log.eval.packages or {}).items()}
    known = (log.eval.metadata or {}).get("cosa_eval")
    if known:
        versions["cosa-eval"] = str(known)
    return Source(path, sha256(path), log.eval.created[:10], versions, judge)
