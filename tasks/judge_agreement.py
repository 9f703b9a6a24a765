"""Judge agreement: how well a judge agrees with people, and with itself.

inspect eval tasks/judge_agreement.py -T labels=ours.jsonl --model none/none --model-role grader=MODEL
inspect eval tasks/judge_agreement.py -T labels=gpt4.csv -T judge=recorded:gpt4_label --model none/none
inspect eval tasks/judge_agreement.py -T labels=ours.jsonl -T variation=rotate --epochs 3 ...
"""

from importlib.metadata import version
from typing import Literal

from inspect_ai import Epochs, Task, task

from cosapien import DataError
from scorers import JudgeError, bound_graders, check_judges
from scorers.labels import (
    LabelFile,
    check_recorded,
    label_score,
    labelled_dataset,
    load_labels,
    recorded_response,
)
from scorers.questions import Rubric, Variation, VerdictFormChoice

VERSION = "1-A"


@task
def judge_agreement(
    labels: str,
    judge: str = "llm",
    attempts: int = 3,
    verdict_form: VerdictFormChoice = "auto",
    variation: Variation | Literal["rotate"] = "plain",
    rubric: Rubric = "paper",
) -> Task:
    """A judge's verdicts on responses that people have labelled.

    No model is evaluated: the responses come from the label file. `--epochs K` asks the judge K
    times and reports how often its verdict changes.

    Args:
        labels: A label file (JSONL or parquet, see `scorers.labels.files`), or XSTest's CSV by path or
            https address.
        judge: `llm` asks the models bound with `--model-role grader=...`; `is_refusal` are this
            project's own rules; `recorded:NAME` re-uses verdicts from the label file.
        attempts: How often a judge is asked for a verdict before the response counts as unscored.
        verdict_form: How judges return verdicts: `text`, `schema`, `tool` or `auto`.
        variation: How they are asked: `plain`, `reordered`, `paraphrased`, or `rotate`, a different
            one in every epoch.
        rubric: By which rubric an LLM judges (docs/judging.md): `paper` or `ours`, whose helpfulness
            judge reads the config that the response was written under.

    Raises:
        DataError: The label file is not in the expected form, or has a response without a config
            although the rubric needs it.
        JudgeError: There is no judge.
        UserError: A parameter has an unknown value.
    """
    scorer = label_score(judge, attempts, verdict_form, variation, rubric)  # a bad value fails here
    label_file = load_labels(labels)
    if judge == "llm" and not bound_graders():
        raise JudgeError("no judge: name one with --model-role grader=PROVIDER/MODEL")
    check_recorded(judge, label_file)
    if judge == "llm" and rubric == "ours":
        _check_configs(label_file)
    return Task(
        dataset=labelled_dataset(label_file),
        setup=[check_judges()] if judge == "llm" else [],
        solver=recorded_response(),
        scorer=scorer,
        epochs=Epochs(1, []),
        version=VERSION,
        metadata={
            "labels": label_file.name,
            "revision": label_file.revision,
            "rubric": rubric if judge == "llm" else None,
            "cosa_eval": version("cosa-eval"),
        },
    )


def _check_configs(labels: LabelFile) -> None:
    """Refuse a label file of which a rubric that reads the config could not be asked."""
    bare = next((found.id for found in labels.responses if not found.scenario), None)
    if bare is not None:
        raise DataError(
            f"{labels.name}: response {bare} has no `scenario` (its config's text), which rubric=ours "
            "reads; add it, or use -T rubric=paper"
        )
