"""CoSApien: how well a model follows safety configs written in plain language.

inspect eval tasks/cosapien.py --model vllm/ORG/MODEL --model-role grader=openai/gpt-4o
inspect eval tasks/cosapien.py -T dataset=contrast --model openai/gpt-4o
inspect eval tasks/cosapien.py -T dataset=our_policy.jsonl --model ...
"""

from importlib.metadata import version
from typing import Literal

from inspect_ai import Task, task
from inspect_ai.log import HeadlineMetric
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.solver import Solver, generate

from cosapien import (
    Benchmark,
    Template,
    UserError,
    benchmark_dataset,
    load_benchmark,
    render_config,
    safety_config,
)
from scorers import JudgeError, bound_graders, check_judges, cosa_score, resolve_graders
from scorers.prompts import VerdictForm

VERSION = "1-A"
"""Comparability version: the number rises when scores stop being comparable, the letter when the
interface changes."""

Judge = Literal["auto", "llm", "rules", "deferred"]


@task
def cosapien(
    dataset: str = "microsoft/CoSApien",
    revision: str | None = None,
    template: Template = "guideline",
    configs: str | list[str] | None = None,
    judge: Judge = "auto",
    attempts: int = 3,
    verdict_form: VerdictForm | Literal["auto"] = "auto",
    self_grading: bool = False,
) -> Task:
    """CoSA-Score of a model on a benchmark of prompts under safety configs.

    Args:
        dataset: `microsoft/CoSApien`, `contrast` (bundled, offline), a JSONL or parquet file, or a
            Hugging Face data set in the record schema.
        revision: Commit, tag or branch of a Hugging Face data set.
        template: How the config becomes the system message: `guideline` or `bare`.
        configs: Names of the configs to run, comma-separated; all of them by default.
        judge: `llm` asks the models bound with `--model-role grader=...`; `rules` uses the records'
            checks; `auto` uses rules only where every record has checks and no grader is given;
            `deferred` generates now (with `--no-score`) and leaves judging to `inspect score`.
        attempts: How often a judge is asked for a verdict before the sample counts as unscored.
        verdict_form: How judges return verdicts: `text` (the paper's), `schema`, `tool` or `auto`.
        self_grading: Allow the evaluated model among its judges.

    Raises:
        DataError: The data is not in the expected form.
        JudgeError: There is no judge that may be used.
        UserError: A parameter has an unknown value.
    """
    benchmark = load_benchmark(dataset, revision)
    if configs is not None:
        names = configs.split(",") if isinstance(configs, str) else configs
        benchmark = benchmark.only([name.strip() for name in names])
    render_config(benchmark.configs[0], template)  # an unknown template fails here, not in a sample
    kind = _judge_kind(judge, benchmark)
    setup: list[Solver] = [safety_config(template)]
    if kind == "llm":
        resolve_graders(str(get_model()), self_grading=self_grading)
        setup.insert(0, check_judges(self_grading))
    return Task(
        dataset=benchmark_dataset(benchmark),
        setup=setup,
        solver=generate(),
        scorer=cosa_score(
            judge="rules" if kind == "rules" else "llm",
            attempts=attempts,
            verdict_form=verdict_form,
            self_grading=self_grading,
        ),
        config=GenerateConfig(temperature=0.0, max_tokens=1024),
        headline_metric=HeadlineMetric(scorer="cosa_score", metric="cosa"),
        version=VERSION,
        metadata={
            "benchmark": benchmark.name,
            "revision": benchmark.revision,
            "template": template,
            "config_hashes": {config.name: config.text_hash for config in benchmark.configs},
            "cosa_eval": version("cosa-eval"),
        },
    )


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
