"""CoSAlign-Test: configs made of risk categories, judged by the risks a response contains.

inspect eval tasks/cosalign_test.py --model vllm/ORG/MODEL --model-role grader=openai/gpt-4o
inspect eval tasks/cosalign_test.py -T dataset=sample --model ... --model-role grader=...
"""

from typing import Literal

from inspect_ai import Task, task

from cosapien import (
    COSALIGN_ID,
    Benchmark,
    Placement,
    Template,
    UserError,
    load_benchmark,
    load_cosalign_test,
)
from cosapien.datasets import COSALIGN_MIRROR, SAMPLE
from cosapien.versions import TASK_VERSIONS
from scorers import JudgeError
from scorers.questions import VerdictFormChoice
from tasks.assembly import RubricChoice, score_task


@task
def cosalign_test(
    dataset: str = COSALIGN_ID,
    revision: str | None = None,
    wording: str = "seeded",
    template: Template = "bare",
    configs: str | list[str] | None = None,
    placement: Placement = "system",
    override: str = "none",
    seed: int = 0,
    judge: Literal["llm", "deferred"] = "llm",
    attempts: int = 3,
    verdict_form: VerdictFormChoice = "auto",
    self_grading: bool = False,
    rubric: RubricChoice = "paper",
) -> Task:
    """CoSA-Score of a model on prompts under category configs, seen and unseen (8 x 400).

    Args:
        dataset: `microsoft/CoSAlign-Test`; `sample`, the bundled harmless miniature; or a file or
            Hugging Face data set in the record schema whose records have `allowed_risks`.
        revision: Commit, tag or branch of a Hugging Face data set.
        wording: Name of the template that words all configs, or `seeded`: one for each record. Not
            for data of your own, whose configs have texts.
        template: How the worded config becomes the system message: `bare` or `guideline`.
        configs: Names of the configs to run, comma-separated (`none,V,F+P`); all by default.
        placement: Where the config is placed: `system`, `user` or `buried`.
        override: `none`, `seeded` or the name of an override form, see `tasks/cosapien`.
        seed: Seed of both draws.
        judge: `llm` asks the models bound with `--model-role grader=...`; `deferred` generates now
            (with `--no-score`) and leaves judging to `inspect score`.
        attempts: How often a judge is asked for a verdict before the sample counts as unscored.
        verdict_form: How judges return verdicts: `text` (the paper's), `schema`, `tool` or `auto`.
        self_grading: Allow the evaluated model among its judges.
        rubric: By which rubric helpfulness is judged: `paper`, near the paper's, or `ours`, see
            docs/judging.md. Risks are asked for in the same words in both.

    Raises:
        DataError: The data is not in the expected form, or not in the published numbers.
        JudgeError: There is no judge that may be used.
        UserError: A parameter has an unknown value.
    """
    if judge not in ("llm", "deferred"):
        raise JudgeError(
            f"judge must be llm or deferred, not {judge!r}: risks are labelled by models"
        )
    benchmark = _benchmark(dataset, revision, wording, seed)
    return score_task(
        benchmark if configs is None else benchmark.only(configs),
        template=template,
        placement=placement,
        override=override,
        seed=seed,
        judge=judge,
        attempts=attempts,
        verdict_form=verdict_form,
        self_grading=self_grading,
        rubric=rubric,
        safety="risks",
        version=TASK_VERSIONS["cosalign_test"],
        records=len(benchmark.records),
        wording=wording if benchmark.records[0].wording else "its own",
    )


def _benchmark(dataset: str, revision: str | None, wording: str, seed: int) -> Benchmark:
    """The benchmark, all of whose records have `allowed_risks`."""
    if dataset in (COSALIGN_ID, COSALIGN_MIRROR, SAMPLE):
        return load_cosalign_test(dataset, revision, wording=wording, seed=seed)
    if wording != "seeded":
        raise UserError(f"wording={wording}: {dataset} has config texts of its own")
    benchmark = load_benchmark(dataset, revision)
    open_ended = next((r.id for r in benchmark.records if r.allowed_risks is None), None)
    if open_ended is not None:
        raise JudgeError(
            f"{dataset}: record {open_ended} has no allowed_risks, which this task judges by; "
            "for configs in free text use tasks/cosapien"
        )
    return benchmark
