"""Reading a run's sample scores back out of an Inspect log."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog, EvalSample, read_eval_log

from cosapien import UserError
from cosapien.conversation import PLAIN
from scorers.runs.endings import Endings
from scorers.runs.log_samples import samples_of
from scorers.runs.samples import ScoredSample, mean_of_epochs, score_values, scored_values
from scorers.text import judge_name, partial_run, run_title


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
        endings: How its samples ended.
        records: Records of the whole benchmark, of which a partial run has fewer; None: not known.
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
    endings: Endings
    records: int | None = None

    @property
    def partial(self) -> str | None:
        """What a partial run covers, as `20 of 288 records`; None if it is not known to be partial."""
        return partial_run(len(self.samples), self.records)

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
    from scorers.rules.best import record_best  # reads its tables: only where a log is read

    header = finished_header(path := str(log))
    ideal: dict[str, float] = {}

    def keep(sample: EvalSample) -> None:
        ideal[str(sample.id)] = record_best(sample.metadata)

    run = run_of(path, header, _readable(path), scorer, keep)
    return replace(run, samples=tuple(replace(s, ideal=ideal[s.id]) for s in run.samples))


def finished_header(log: str | Path) -> EvalLog:
    """The log of a finished run, without its samples.

    Args:
        log: An Inspect log.

    Raises:
        LogError: The log cannot be read, or its run did not finish.
    """
    try:
        header = read_eval_log(str(log), header_only=True)
    except Exception as error:  # zip, JSON and file system faults of every kind
        raise _unreadable(log, error) from error
    if header.status != "success":
        raise LogError(f"{log}: the run did not finish (status {header.status})")
    return header


def run_of(
    path: str,
    header: EvalLog,
    samples: Iterable[EvalSample],
    scorer: str = "cosa_score",
    keep: Callable[[EvalSample], None] = lambda sample: None,
) -> Run:
    """A run's scores, from its parts.

    Args:
        path: Where its log is.
        header: The log's header.
        samples: All of its samples, in the order they were finished; they are gone through once.
        scorer: Name of the score to read.
        keep: Called with each sample that has that score, until one has not.

    Raises:
        LogError: A sample ended in an error or has no such score, or they were judged by several
            judges, or there is none.
    """
    scores = _Scores(path, scorer)
    for sample in samples:
        if scores.add(sample):
            keep(sample)
    scores.check()
    about = header.eval.metadata or {}
    return Run(
        log=path,
        model=header.eval.model,
        method=_method(header),
        benchmark=str(about.get("benchmark", header.eval.dataset.name)),
        revision=str(about.get("revision", "unknown")),
        template=str(about.get("template", "unknown")),
        variant={k: str(about[k]) for k, v in PLAIN.items() if about.get(k, v) != v},
        judge=next(iter(scores.judges.values())) or {"kind": "unknown", "id": "unknown"},
        samples=tuple(
            mean_of_epochs(scores.epochs[key]) for key in _in_order(header, scores.epochs)
        ),
        judge_calls=scores.calls,
        usage=_usage(header),
        endings=scores.endings,
        records=records_of(header),
    )


def records_of(header: EvalLog) -> int | None:
    """How many records the benchmark of a run has, before it was limited in any way.

    Args:
        header: The log's header.

    Returns:
        Their number; None where a log made by an earlier version does not say it.
    """
    stated = (header.eval.metadata or {}).get("records")
    if isinstance(stated, int) and not isinstance(stated, bool) and stated > 0:
        return stated
    if header.eval.task_args.get("configs") is not None:
        return None
    return header.eval.dataset.samples


class _Scores:
    """The scores of a run's samples, and what is wrong with them.

    Attributes:
        epochs: Scores by sample id, one for each epoch.
        judges: Descriptions of the judges by their ids.
        calls: How often judges were asked.
        endings: How the samples ended.
    """

    def __init__(self, path: str, scorer: str) -> None:
        self._path, self._scorer = path, scorer
        self._count, self._failed, self._fault = 0, list[str](), ""
        self.epochs: dict[str, list[ScoredSample]] = defaultdict(list)
        self.judges: dict[str, Any] = {}
        self.calls = 0
        self.endings = Endings()

    def add(self, sample: EvalSample) -> bool:
        """Take a sample's score; whether it has one, as all samples before it."""
        self._count += 1
        if sample.error:
            self._failed.append(str(sample.id))
        if self._failed or self._fault:
            return False
        score = (sample.scores or {}).get(self._scorer)
        if score is None:
            known = ", ".join(sample.scores or {}) or "none (judge it with `inspect score`)"
            self._fault = f"sample {sample.id} has no score {self._scorer!r}; it has {known}"
            return False
        details = score.metadata or {}
        value = score.value
        if sample.invalidation is not None:
            value = dict(score_values(None, None))
        try:
            found = scored_values(str(sample.id), sample.metadata, value, details)
        except ValueError as error:
            self._fault = str(error)
            return False
        self.endings.add(sample, details, edited=bool(score.history))
        self.epochs[found.id].append(found)
        self.judges.setdefault(str(details.get("judge_id", "unknown")), details.get("judge"))
        self.calls += int(details.get("judge_calls", 0))
        return True

    def check(self) -> None:
        """Raise a LogError if anything is wrong; failed samples first, since they cause the rest."""
        if self._failed:
            raise LogError(
                f"{self._path}: {len(self._failed)} of {self._count} samples ended in an error, first "
                f"{self._failed[0]}; their scores are missing. Finish the run with `inspect eval-retry`"
            )
        if self._fault:
            raise LogError(f"{self._path}: {self._fault}")
        if not self.epochs:
            raise LogError(f"{self._path}: the run has no samples")
        if len(self.judges) > 1:
            raise LogError(
                f"{self._path}: samples were judged by {len(self.judges)} different judges"
            )


def _readable(path: str) -> Iterator[EvalSample]:
    """The samples of a log; what is wrong with the file is a LogError."""
    try:
        yield from samples_of(path)
    except Exception as error:  # zip, JSON and file system faults of every kind
        raise _unreadable(path, error) from error


def _unreadable(log: str | Path, error: Exception) -> LogError:
    return LogError(f"{log}: not a readable Inspect log ({error})")


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
