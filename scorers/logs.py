"""Reading a run's sample scores back out of an Inspect log."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from inspect_ai.log import EvalLog, read_eval_log, read_eval_log_sample_summaries

from cosapien import UserError
from scorers.metrics import scored_values
from scorers.summary import ScoredSample


class LogError(UserError, ValueError):
    """A log cannot be used for what was asked. The message names the log and the reason."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one role of a run consumed.

    Attributes:
        role: `candidate` or the model role (`grader`).
        model: Model name.
        input_tokens: Tokens read, cached ones included.
        output_tokens: Tokens written.
    """

    role: str
    model: str
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run, as far as scores are concerned.

    Attributes:
        log: Where it was read from.
        model: The evaluated model.
        method: The solver, or `plain` for the model alone.
        benchmark: Name of the data.
        revision: Revision of the data.
        template: How configs were rendered.
        judge: Judge identity (`kind`, `id`, and for models their names), the same for all samples.
        samples: One entry per sample id, averaged over epochs.
        judge_calls: How often judges were asked for verdicts (re-asks included).
        usage: Tokens per role; empty where the provider reports none or answers came from a cache.
    """

    log: str
    model: str
    method: str
    benchmark: str
    revision: str
    template: str
    judge: dict[str, Any]
    samples: tuple[ScoredSample, ...]
    judge_calls: int
    usage: tuple[Usage, ...]

    @property
    def name(self) -> str:
        """The run's row title: its model, its method, or both."""
        if self.model.startswith("none/"):
            return self.method
        return self.model if self.method == "plain" else f"{self.model} + {self.method}"

    @property
    def judge_name(self) -> str:
        """The judge as a reader wants it: `rules`, or the models of the panel."""
        models = self.judge.get("models", [])
        return " + ".join(model["name"] for model in models) or self.judge["kind"]


def read_run(log: str | Path, scorer: str = "cosa_score") -> Run:
    """A run's scores.

    Args:
        log: An Inspect log of a task of this project.
        scorer: Name of the score to read; a log re-scored with `--action append` holds several.

    Raises:
        LogError: The log cannot be read, did not finish, has no such score, has samples that ended
            in an error, or mixes judges.
    """
    path = str(log)
    try:
        header = read_eval_log(path, header_only=True)
        summaries = read_eval_log_sample_summaries(path)
    except Exception as error:  # zip, JSON and file system faults of every kind
        raise LogError(f"{path}: not a readable Inspect log ({error})") from error
    if header.status != "success":
        raise LogError(f"{path}: the run did not finish (status {header.status})")
    failed = [str(s.id) for s in summaries if s.error]
    if failed:
        raise LogError(
            f"{path}: {len(failed)} of {len(summaries)} samples ended in an error, first {failed[0]}; "
            "their scores are missing. Finish the run with `inspect eval-retry`"
        )

    epochs: dict[str, list[ScoredSample]] = defaultdict(list)
    judges: dict[str, dict[str, Any]] = {}
    calls = 0
    for summary in summaries:
        score = (summary.scores or {}).get(scorer)
        if score is None:
            known = ", ".join(summary.scores or {}) or "none (judge it with `inspect score`)"
            raise LogError(f"{path}: sample {summary.id} has no score {scorer!r}; it has {known}")
        try:
            sample = scored_values(str(summary.id), summary.metadata, score.value)
        except ValueError as error:
            raise LogError(f"{path}: {error}") from error
        epochs[sample.id].append(sample)
        details = score.metadata or {}
        identity = details.get("judge") or {"kind": "unknown", "id": "unknown"}
        judges[identity["id"]] = identity
        calls += sum(verdict["attempts"] for verdict in details.get("verdicts") or [])
    if not epochs:
        raise LogError(f"{path}: the run has no samples")
    if len(judges) > 1:
        raise LogError(f"{path}: samples were judged by {len(judges)} different judges")
    return Run(
        log=path,
        model=header.eval.model,
        method=_method(header),
        benchmark=str((header.eval.metadata or {}).get("benchmark", header.eval.dataset.name)),
        revision=str((header.eval.metadata or {}).get("revision", "unknown")),
        template=str((header.eval.metadata or {}).get("template", "unknown")),
        judge=next(iter(judges.values())),
        samples=tuple(_mean_of_epochs(epochs[key]) for key in _in_order(header, epochs)),
        judge_calls=calls,
        usage=_usage(header),
    )


def _in_order(header: EvalLog, ids: Collection[str]) -> list[str]:
    """Sample ids in the data's order; a log holds them in the order they were finished."""
    order = {str(key): i for i, key in enumerate(header.eval.dataset.sample_ids or [])}
    return sorted(ids, key=lambda key: (order.get(key, len(order)), key))


def _mean_of_epochs(epochs: Sequence[ScoredSample]) -> ScoredSample:
    if len(epochs) == 1:
        return epochs[0]
    scored = [e for e in epochs if e.unscored == 0]

    def mean(field: str) -> float:
        return float(np.mean([getattr(e, field) for e in scored])) if scored else float("nan")

    first = epochs[0]
    return ScoredSample(
        id=first.id,
        config=first.config,
        type=first.type,
        cluster=first.cluster,
        contrast=first.contrast,
        cosa_score=mean("cosa_score"),
        helpful_safe=mean("helpful_safe"),
        helpful_unsafe=mean("helpful_unsafe"),
        unscored=float(np.mean([e.unscored for e in epochs])),
    )


def _method(header: EvalLog) -> str:
    solver = header.eval.solver
    if solver is None:
        return "plain"
    name = solver.rpartition("@")[2].rpartition("/")[2]
    args = header.eval.solver_args_passed or {}
    return name + (f"({', '.join(f'{k}={v}' for k, v in args.items())})" if args else "")


def _usage(header: EvalLog) -> tuple[Usage, ...]:
    own = header.stats.model_usage.get(header.eval.model)
    parts = [("candidate", header.eval.model, own)] if own is not None else []
    parts += [(role, role, use) for role, use in header.stats.role_usage.items()]
    return tuple(
        Usage(role, model, use.input_tokens + (use.input_tokens_cache_read or 0), use.output_tokens)
        for role, model, use in parts
    )
