"""The common parts of the benchmark tasks: data, setup, scorer and metadata."""

import sys
from collections.abc import Sequence
from importlib.metadata import version as package_version
from typing import Literal

from inspect_ai import Task
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
from scorers import JudgeError, bound_graders, check_judges, cosa_score, resolve_graders
from scorers.judging import (
    Safety,
    candidate_spending,
    criteria_of,
    judge_spending,
    spending_text,
    verdict_form,
)
from scorers.questions import VerdictFormChoice

Judge = Literal["auto", "llm", "rules", "deferred"]
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
        version: Comparability version of the task.
        records: Records of the whole benchmark, of which `benchmark` may have fewer.
        metadata: More metadata of the run, for the log.

    Raises:
        JudgeError: There is no judge that may be used.
        UserError: A parameter has an unknown value.
    """
    kind = _judge_kind(judge, benchmark)
    setup: list[Solver] = [safety_config(template, placement, override, seed)]
    judges: list[Model] = []
    if kind == "llm":
        judges = resolve_graders(str(get_model()), self_grading=self_grading)
        setup.insert(0, check_judges(self_grading))
    if display_type() != "none":
        _print_estimate(benchmark, template, judges, verdict_form, safety)
    return Task(
        dataset=benchmark_dataset(benchmark),
        setup=setup,
        solver=generate(),
        scorer=cosa_score(
            judge="rules" if kind == "rules" else "llm",
            attempts=attempts,
            verdict_form=verdict_form,
            self_grading=self_grading,
            safety=safety,
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
            "records": records,
            **metadata,
            "config_hashes": benchmark.config_hashes,
            "cosa_eval": package_version("cosa-eval"),
        },
    )


def _print_estimate(
    benchmark: Benchmark,
    template: Template,
    judges: Sequence[Model],
    form: VerdictFormChoice,
    safety: Safety,
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
        parts.append(judge_spending(model, records, criteria_of(safety), asked, limit))
    if parts:
        print(spending_text(parts), file=sys.stderr)


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
