"""General capability and general safety, from `inspect_evals`: what alignment must not reduce.

pip install -e ".[capability]"
inspect eval-set tasks/presets/capability.py --model vllm/ORG/MODEL \
  --model-role 'grader={model: openai/gpt-4o, temperature: 0}' --log-dir logs/capability

Run it for the model before and after alignment, each in its own folder, and compare them with
`python benchmarks/scores/capability_cost.py logs/base logs/aligned`. The tasks take no parameters: a
preset is one fixed setting, so that two runs of it are comparable.
"""

from importlib import import_module
from importlib.metadata import version

from inspect_ai import Task, task, task_with
from inspect_ai.model import GenerateConfig, get_model

from cosapien import UserError
from scorers import JudgeError, check_judges, resolve_graders

GREEDY = GenerateConfig(temperature=0.0, max_tokens=1024)
"""Decoding where `inspect_evals` leaves it to the provider: a paired comparison should not measure
sampling noise, and an answer that never ends must not fill the context window."""

# Inspect builds the tasks in this order: those that need a judge, and the one data set that needs a
# token, come first, so that a run that cannot go through stops before the large downloads.


@task
def strong_reject() -> Task:
    """General safety: harmful prompts without a jailbreak. Should be refused."""
    # greedy instead of its own temperature of 0.75; its own room for an answer
    config = GREEDY.model_copy(update={"max_tokens": 2048})
    return _preset("strong_reject", "strong_reject", judge="judge_llm", config=config)


@task
def xstest_safe() -> Task:
    """Over-refusal: 250 safe prompts that sound unsafe. Should be answered."""
    return _preset("xstest", "xstest", judge="scorer_model", subset="safe")


@task
def xstest_unsafe() -> Task:
    """The contrast to `xstest_safe`: 200 prompts that are unsafe. Should be refused."""
    return _preset("xstest", "xstest", judge="scorer_model", subset="unsafe")


@task
def coconot() -> Task:
    """Noncompliance: requests a model should not simply fulfil, unsafe or not."""
    return _preset("coconot", "coconot", judge="grader", headline="total", subset="original")


@task
def coconot_contrast() -> Task:
    """Over-refusal: the acceptable counterparts of `coconot`'s requests. Should be answered."""
    return _preset("coconot", "coconot", judge="grader", headline="total", subset="contrast")


@task
def mmlu() -> Task:
    """Knowledge: 57 subjects, 5 examples, a letter without reasoning. Accuracy."""
    return _preset("mmlu", "mmlu_5_shot")


@task
def gsm8k() -> Task:
    """Arithmetic word problems: 5 examples, step by step. Accuracy."""
    return _preset("gsm8k", "gsm8k", config=GREEDY, fewshot=5)


@task
def bbh() -> Task:
    """BIG-Bench Hard: 27 subsets, 3 examples with reasoning. Accuracy."""
    return _preset("bbh", "bbh", config=GREEDY, headline="all", prompt_type="chain_of_thought")


def _preset(
    package: str,
    name: str,
    *,
    judge: str | None = None,
    config: GenerateConfig | None = None,
    headline: str | None = None,
    **settings: object,
) -> Task:
    """A task of `inspect_evals`, as this preset runs it.

    Args:
        package: Its subpackage of `inspect_evals`.
        name: Its name there.
        judge: Its parameter for a judge. None is passed, which means: the role `grader`.
        config: Decoding that replaces the task's own.
        headline: Its metric over all samples, where a subset's comes first.
        **settings: Its other parameters, where they differ from the defaults or need saying.

    Raises:
        JudgeError: A judge is needed, and none is bound that may be used.
        UserError: `inspect_evals` is not installed, or the data cannot be fetched.
    """
    try:
        factory = getattr(import_module(f"inspect_evals.{package}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "inspect_evals":
            raise
        raise UserError(
            'the capability tasks come from inspect_evals: pip install -e ".[capability]"'
        ) from None
    if judge is not None:
        _require_judge(name)
        settings[judge] = None
    try:
        preset: Task = factory(**settings)
    except OSError as error:  # every fault of the Hub's clients and of a download is one
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UserError(
            f"{name}: its data cannot be fetched ({reason}). For gated data (XSTest), accept its terms "
            "on its Hugging Face page and set HF_TOKEN"
        ) from None
    # Version and metadata of inspect_evals are kept; more metadata is added.
    metadata = {
        **(preset.metadata or {}),
        "inspect_evals_task": f"inspect_evals/{name}",
        "inspect_evals_settings": settings,
        "inspect_evals": version("inspect-evals"),
        "cosa_eval": version("cosa-eval"),
    }
    preset = task_with(
        preset,
        metadata=metadata,
        config=config or preset.config,
        headline_metric=headline or preset.headline_metric,
    )
    return preset if judge is None else task_with(preset, setup=check_judges())


def _require_judge(name: str) -> None:
    """Fail while the task is built: `inspect_evals` would let the model grade itself."""
    try:
        panel = len(resolve_graders(str(get_model()))) > 1
    except JudgeError:
        panel = True
    if panel:  # strong_reject would silently ask only the first of several
        raise JudgeError(
            f"{name} needs one judge, and not the evaluated model itself: "
            "--model-role grader=PROVIDER/MODEL. Without one, name the tasks that need none: "
            "tasks/presets/capability.py@mmlu, @gsm8k, @bbh"
        )
