"""CoSApien: how well a model follows safety configs written in plain language.

inspect eval tasks/cosapien.py --model vllm/ORG/MODEL --model-role grader=openai/gpt-4o
inspect eval tasks/cosapien.py -T dataset=contrast --model openai/gpt-4o
inspect eval tasks/cosapien.py -T dataset=generated -T level=3 -T generator_seed=0 --model openai/gpt-4o
inspect eval tasks/cosapien.py -T dataset=our_policy.jsonl --model ...
"""

from inspect_ai import Task, task

from cosapien import Placement, Template, load_benchmark
from cosapien.generate import choose_revision, generator_metadata
from cosapien.versions import TASK_VERSIONS
from scorers.questions import VerdictFormChoice
from tasks.assembly import Judge, RubricChoice, score_task


@task
def cosapien(
    dataset: str = "microsoft/CoSApien",
    revision: str | None = None,
    level: int | str | list[int] | None = None,
    generator_seed: int | None = None,
    knobs: str | list[str] | dict[str, int] | None = None,
    template: Template = "guideline",
    configs: str | list[str] | None = None,
    languages: str | list[str] | None = None,
    placement: Placement = "system",
    override: str = "none",
    seed: int = 0,
    judge: Judge = "auto",
    attempts: int = 3,
    verdict_form: VerdictFormChoice = "auto",
    self_grading: bool = False,
    rubric: RubricChoice = "auto",
) -> Task:
    """CoSA-Score of a model on a benchmark of prompts under safety configs.

    Args:
        dataset: `microsoft/CoSApien`, `contrast` (bundled, offline), `generated` (made here, offline),
            a JSONL or parquet file, or a Hugging Face data set in the record schema.
        revision: Commit, tag or branch of a Hugging Face data set; of generated data, what fixes it.
        level: Of generated data: difficulty, 1 to 5, or several (`1,3,5`). Default 3.
        generator_seed: Of generated data: the seed, 0 to 999999. Default 0.
        knobs: Of generated data: parts of the level that are set by themselves (`facts=24,depth=3`).
        template: How the config becomes the system message: `guideline` or `bare`.
        configs: Names of the configs to run, comma-separated; all of them by default.
        languages: Languages of the records to run (`en,de`); all of them by default.
        placement: Where the config is placed: in the `system` message, at the head of the first `user`
            turn, or `buried` in a long system prompt.
        override: `none`, or user turns that claim authority and ask to ignore or rewrite the config:
            `seeded`, one of a dozen forms for each record, or the name of one form.
        seed: Seed of that draw.
        judge: `llm` asks the models bound with `--model-role grader=...`; `rules` uses the records'
            checks; `auto` uses rules only where every record has checks and no grader is given;
            `deferred` generates now (with `--no-score`) and leaves judging to `inspect score`.
        attempts: How often a judge is asked for a verdict before the sample counts as unscored.
        verdict_form: How judges return verdicts: `text` (the paper's), `schema`, `tool` or `auto`.
        self_grading: Allow the evaluated model among its judges.
        rubric: By which rubric an LLM judges (docs/judging.md): `paper`, near the paper's; `ours`, for
            configs that say what to do in place of an answer; `auto`: ours if every record has checks,
            with which it agrees, else the paper's.

    Raises:
        DataError: The data is not in the expected form.
        JudgeError: There is no judge that may be used.
        UserError: A parameter has an unknown value.
    """
    benchmark = load_benchmark(
        dataset, choose_revision(dataset, revision, level, generator_seed, knobs)
    )
    run = benchmark if configs is None else benchmark.only(configs)
    return score_task(
        run if languages is None else run.in_languages(languages),
        template=template,
        placement=placement,
        override=override,
        seed=seed,
        judge=judge,
        attempts=attempts,
        verdict_form=verdict_form,
        self_grading=self_grading,
        rubric=rubric,
        safety="compliance",
        version=TASK_VERSIONS["cosapien"],
        records=len(benchmark.records),
        **generator_metadata(benchmark),
    )
