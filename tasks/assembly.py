"""The common parts of the benchmark tasks: data, setup, scorer and metadata."""

import sys
from collections.abc import Sequence
from importlib.metadata import version as package_version
from typing import Literal

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.log import HeadlineMetric
from inspect_ai.model import GenerateConfig, Model, get_model
from inspect_ai.solver import Solver, generate
from inspect_ai.util import display_type

from cosapien import (
    Benchmark,
    Placement,
    Template,
    UserError,
    benchmark_dataset,
    render_config,
    safety_config,
)
from cosapien.conversation import check_contexts, check_loaded_model, opening
from scorers import JudgeError, bound_graders, check_judges, cosa_score, resolve_graders
from scorers.cosa import RUBRIC
from scorers.judging import (
    Safety,
    auto_rubric,
    candidate_spending,
    check_asking,
    criteria_of,
    judge_spending,
    spending_text,
    verdict_form,
)
from scorers.questions import Rubric, VerdictFormChoice
from tasks.run_end import report_endings

Judge = Literal["auto", "llm", "rules", "deferred"]
RubricChoice = Rubric | Literal["auto"]
MAX_TOKENS = 1024
"""Longest response, as in the paper; `--max-tokens` comes before it."""


def score_task(
    benchmark: Benchmark,
    *,
    template: Template,
    placement: Placement,
    override: str,
    seed: int,
    judge: Judge,
    attempts: int,
    verdict_form: VerdictFormChoice,
    self_grading: bool,
    safety: Safety,
    rubric: RubricChoice,
    version: str,
    records: int,
    **metadata: object,
) -> Task:
    """A task that measures CoSA-Score on a benchmark.

    Args:
        benchmark: Records to run.
        template: How the config becomes the system message.
        placement: Where the config is placed.
        override: User turns that ask to ignore the config.
        seed: Seed of what is drawn per record.
        judge: Who judges, see `tasks.cosapien.cosapien`.
        attempts: How often a judge is asked for a verdict.
        verdict_form: How judges return verdicts.
        self_grading: Allow the evaluated model among its judges.
        safety: What an LLM judge decides compliance by, see `scorers.cosa_score`.
        rubric: By which rubric an LLM judges; `auto`: `ours` if every record has checks, else `paper`.
        version: Comparability version of the task.
        records: Records of the whole benchmark, of which `benchmark` may have fewer.
        metadata: More metadata of the run, for the log.

    Raises:
        JudgeError: There is no judge that may be used.
        UserError: A parameter has an unknown value.
    """
    check_asking(attempts, verdict_form, rubric)
    kind = _judge_kind(judge, benchmark)
    words = auto_rubric(benchmark.records) if rubric == "auto" else rubric
    setup: list[Solver] = [safety_config(template, placement, override, seed)]
    _check_reading(benchmark, template, placement, override, seed)
    judges: list[Model] = []
    if kind == "llm":
        judges = resolve_graders(str(get_model()), self_grading=self_grading)
        setup.insert(0, check_judges(self_grading))
    report_endings()
    if display_type() != "none":
        print(_judge_line(judge, kind, words), file=sys.stderr)
        _print_estimate(benchmark, template, judges, verdict_form, safety, words)
    return Task(
        dataset=_dataset(benchmark, words),
        setup=setup,
        solver=generate(tool_calls="none"),  # Inspect would ask again after a call of a tool
        scorer=cosa_score(
            judge="rules" if kind == "rules" else "llm",
            attempts=attempts,
            verdict_form=verdict_form,
            self_grading=self_grading,
            safety=safety,
            rubric=words,
        ),
        config=GenerateConfig(temperature=0.0, max_tokens=MAX_TOKENS),
        headline_metric=HeadlineMetric(scorer="cosa_score", metric="cosa"),
        version=version,
        metadata={
            "benchmark": benchmark.name,
            "revision": benchmark.revision,
            "template": template,
            "placement": placement,
            "override": override,
            "seed": seed,
            "judge": kind,
            "rubric": None if kind == "rules" else words,
            "records": records,
            **metadata,
            "config_hashes": benchmark.config_hashes,
            "cosa_eval": package_version("cosa-eval"),
        },
    )


def _dataset(benchmark: Benchmark, rubric: Rubric) -> MemoryDataset:
    """The benchmark's samples, each with the rubric, so that `inspect score` judges by the same one."""
    dataset = benchmark_dataset(benchmark)
    for sample in dataset:
        sample.metadata = {**(sample.metadata or {}), RUBRIC: rubric}
    return dataset


def _check_reading(
    benchmark: Benchmark, template: Template, placement: Placement, override: str, seed: int
) -> None:
    """Refuse a local model that would not read all of a config: by its chat template, or its context.

    Raises:
        UserError: The template does not pass the config on, or a record is longer than the context.
    """
    try:
        model = get_model()
    except ValueError:  # the model of a task made in Python is not known yet
        return
    check_loaded_model(model, in_user_turn=placement == "user")
    check_contexts(
        model, (opening(r, template, placement, override, seed) for r in benchmark.records)
    )


def _print_estimate(
    benchmark: Benchmark,
    template: Template,
    judges: Sequence[Model],
    form: VerdictFormChoice,
    safety: Safety,
    rubric: Rubric,
) -> None:
    """Print the estimated cost before the run starts."""
    try:
        candidate = get_model()
    except ValueError:  # the model of a task made in Python is not known yet
        return
    records = benchmark.records
    limit = candidate.config.max_tokens or MAX_TOKENS
    parts = []
    if str(candidate) != "none/none":  # a reference responder asks no model
        systems = [render_config(record.config, template) for record in records]
        parts.append(candidate_spending(candidate, records, systems, limit))
    for model in judges:
        asked = verdict_form(model, form)
        parts.append(judge_spending(model, records, criteria_of(safety, rubric), asked, limit))
    if parts:
        print(spending_text(parts), file=sys.stderr)


def _judge_line(judge: Judge, kind: str, rubric: Rubric) -> str:
    """Who judges, and why, before the run starts."""
    if kind == "rules":
        why = (
            " (every record has checks; bind a grader for an LLM judge)" if judge == "auto" else ""
        )
        return f"judge: rules{why}"
    return f"judge: {kind}, rubric {rubric}"


def _judge_kind(judge: Judge, benchmark: Benchmark) -> Literal["llm", "rules", "deferred"]:
    unchecked = next((record.id for record in benchmark.records if record.checks is None), None)
    if judge == "auto":
        return "llm" if unchecked is not None or bound_graders() else "rules"
    if judge == "rules" and unchecked is not None:
        raise JudgeError(
            f"{benchmark.name}: record {unchecked} has no checks, so rules cannot judge it; "
            "use an LLM judge (--model-role grader=PROVIDER/MODEL)"
        )
    if judge not in ("llm", "rules", "deferred"):
        raise UserError(f"judge must be auto, llm, rules or deferred, not {judge!r}")
    return judge
