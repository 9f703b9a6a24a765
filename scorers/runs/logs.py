"""Reading a run's sample scores back out of an Inspect log."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspect_ai.log import (
    EvalLog,
    read_eval_log,
    read_eval_log_sample,
    read_eval_log_sample_summaries,
)

from cosapien import UserError
from cosapien.conversation import PLAIN
from scorers.runs.samples import ScoredSample, mean_of_epochs, scored_values
from scorers.text import judge_name, run_title


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
        variant: What else was done to the conversation: `placement` and `override`, where they are
            not the plain ones.
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
    variant: dict[str, str]
    judge: dict[str, Any]
    samples: tuple[ScoredSample, ...]
    judge_calls: int
    usage: tuple[Usage, ...]

    @property
    def name(self) -> str:
        """The run's row title: its model, its method, or both."""
        return run_title(self.model, self.method, self.variant)

    @property
    def judge_name(self) -> str:
        """The judge as a reader wants it: `rules`, or the models of the panel."""
        return judge_name(self.judge)


def read_run(log: str | Path, scorer: str = "cosa_score") -> Run:
    """A run's scores.

    Args:
        log: An Inspect log of a task of this project.
        scorer: Name of the score to read; a log re-scored with `--action append` holds several.

    Raises:
        LogError: The log cannot be read, did not finish, has no such score, has samples that ended
            in an error, or mixes judges.

    Example:
        >>> from scorers import read_run
        >>> run = read_run("logs/ideal.eval")
        >>> run.name, run.judge_name, len(run.samples)
        ('ideal', 'rules', 24)
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
    judges: dict[str, tuple[str | int, int]] = {}
    calls = 0
    for summary in summaries:
        score = (summary.scores or {}).get(scorer)
        if score is None:
            known = ", ".join(summary.scores or {}) or "none (judge it with `inspect score`)"
            raise LogError(f"{path}: sample {summary.id} has no score {scorer!r}; it has {known}")
        try:
            sample = scored_values(str(summary.id), summary.metadata, score.value, score.metadata)
        except ValueError as error:
            raise LogError(f"{path}: {error}") from error
        epochs[sample.id].append(sample)
        details = score.metadata or {}
        judges.setdefault(str(details.get("judge_id", "unknown")), (summary.id, summary.epoch))
        calls += int(details.get("judge_calls", 0))
    if not epochs:
        raise LogError(f"{path}: the run has no samples")
    if len(judges) > 1:
        raise LogError(f"{path}: samples were judged by {len(judges)} different judges")
    about = header.eval.metadata or {}
    return Run(
        log=path,
        model=header.eval.model,
        method=_method(header),
        benchmark=str(about.get("benchmark", header.eval.dataset.name)),
        revision=str(about.get("revision", "unknown")),
        template=str(about.get("template", "unknown")),
        variant={k: str(about[k]) for k, v in PLAIN.items() if about.get(k, v) != v},
        judge=_judge(path, scorer, *next(iter(judges.values()))),
        samples=tuple(mean_of_epochs(epochs[key]) for key in _in_order(header, epochs)),
        judge_calls=calls,
        usage=_usage(header),
    )


def _judge(path: str, scorer: str, sample: str | int, epoch: int) -> dict[str, Any]:
    """The judge's description, from a whole sample: a summary drops what is over a kilobyte."""
    scores = read_eval_log_sample(path, sample, epoch).scores or {}
    found: dict[str, Any] | None = (scores[scorer].metadata or {}).get("judge")
    return found or {"kind": "unknown", "id": "unknown"}


def _in_order(header: EvalLog, ids: Collection[str]) -> list[str]:
    """Sample ids in the data's order; a log holds them in the order they were finished."""
    order = {str(key): i for i, key in enumerate(header.eval.dataset.sample_ids or [])}
    return sorted(ids, key=lambda key: (order.get(key, len(order)), key))


def _method(header: EvalLog) -> str:
    """The run's solver with the arguments it was given, wherever it was set: task or --solver."""
    if not header.plan.steps:
        return "plain"
    step = header.plan.steps[-1]
    name = step.solver.rpartition("/")[2]
    args = step.params_passed or {}
    if name == "generate":
        return "plain"
    return name + (f"({', '.join(f'{k}={v}' for k, v in args.items())})" if args else "")


def _usage(header: EvalLog) -> tuple[Usage, ...]:
    own = header.stats.model_usage.get(header.eval.model)
    parts = [("candidate", header.eval.model, own)] if own is not None else []
    parts += [(role, role, use) for role, use in header.stats.role_usage.items()]
    return tuple(
        Usage(role, model, use.input_tokens + (use.input_tokens_cache_read or 0), use.output_tokens)
        for role, model, use in parts
    )
