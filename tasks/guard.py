"""Guard: how well a guard model separates prompts that a safety config forbids from permitted ones.

inspect eval tasks/guard.py --model openai/gpt-4o
inspect eval tasks/guard.py -T format=gpt_oss_safeguard --model vllm/openai/gpt-oss-safeguard-20b
inspect eval tasks/guard.py -T dataset=contrast -T format=llama_guard --model ...
"""

from importlib.metadata import version

from inspect_ai import Task, task
from inspect_ai.log import HeadlineMetric
from inspect_ai.model import GenerateConfig

from cosapien import WITHHELD, DataError, benchmark_dataset, load_benchmark
from cosapien.versions import TASK_VERSIONS
from scorers import GUARD_FORMATS, guard_score
from scorers.guards import ask_guard


@task
def guard(
    dataset: str = "microsoft/CoSApien",
    revision: str | None = None,
    configs: str | list[str] | None = None,
    format: str = "verdict",
    attempts: int = 3,
) -> Task:
    """Precision, recall and F1 of a guard model on a benchmark of prompts under safety configs.

    The evaluated model is the guard. It is asked of every prompt whether it may be answered under
    its config; no response is generated and no judge is needed.

    Args:
        dataset: `microsoft/CoSApien`, `microsoft/CoSAlign-Test`, `contrast` or `sample` (bundled,
            offline), a JSONL or parquet file, or a Hugging Face data set in the record schema.
        revision: Commit, tag or branch of a Hugging Face data set.
        configs: Names of the configs to run, comma-separated; all of them by default.
        format: How the guard is asked and answers: a name in `scorers.GUARD_FORMATS`.
        attempts: How often it is asked for a verdict before the sample counts as unscored.

    Raises:
        DataError: The data is not in the expected form.
        UserError: A parameter has an unknown value.
    """
    solver, scorer = ask_guard(format, attempts), guard_score(format)  # a bad value fails here
    benchmark = load_benchmark(dataset, revision)
    if configs is not None:
        benchmark = benchmark.only(configs)
    if hidden := next((r.id for r in benchmark.records if r.type == WITHHELD), None):
        raise DataError(
            f"{benchmark.name}: the type of record {hidden} is not published yet, so it cannot be said "
            "whether a guard is right; expected data with prompt types"
        )
    form = GUARD_FORMATS[format]
    return Task(
        dataset=benchmark_dataset(benchmark),
        solver=solver,
        scorer=scorer,
        config=GenerateConfig(temperature=0.0, max_tokens=1024),
        headline_metric=HeadlineMetric(scorer="guard_score", metric="f1"),
        version=TASK_VERSIONS["guard"],
        metadata={
            "benchmark": benchmark.name,
            "revision": benchmark.revision,
            "format": form.name,
            "format_source": form.source,
            "format_hash": form.prompt_hash,
            "reads_policy": form.reads_policy,
            "config_hashes": benchmark.config_hashes,
            "cosa_eval": version("cosa-eval"),
        },
    )
