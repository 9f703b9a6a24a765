"""Judging responses that people have labelled, as an Inspect scorer (`tasks/judge_agreement`)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Literal

from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, Value, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import collect

from cosapien import Record, SafetyConfig, UserError, content_hash
from cosapien.registry_names import registered_name
from scorers.judging.ask import ask, check_asking
from scorers.judging.graders import resolve_graders
from scorers.judging.identity import judge_identity
from scorers.judging.panel import combine, verdicts_metadata
from scorers.labels.figures import YES_NO, Judged, question, repeats
from scorers.labels.files import Label, LabelFile
from scorers.questions.criterion import VerdictFormChoice, prompt_hash
from scorers.questions.rubrics import RUBRICS, Rubric
from scorers.questions.variations import CRITERIA, Questions, Variation
from scorers.responses import split_reasoning
from scorers.rules.refusals import is_refusal


def labelled_dataset(labels: LabelFile) -> MemoryDataset:
    """Labelled responses as an Inspect data set: the prompt as input, the rest as metadata."""
    return MemoryDataset(
        [
            Sample(
                id=response.id,
                input=response.prompt,
                metadata={
                    "response": response.response,
                    "config": response.config,
                    "scenario": response.scenario,
                    "type": response.type,
                    "prompt_hash": content_hash(response.prompt),
                    "truth": asdict(response.truth),
                    "people": [asdict(label) for label in response.people],
                    "recorded": {k: asdict(v) for k, v in (response.recorded or {}).items()},
                },
            )
            for response in labels.responses
        ],
        name=labels.name,
    )


@solver
def recorded_response() -> Solver:
    """Answer with the labelled response; no model is asked."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state.output = ModelOutput.from_content("recorded", state.metadata["response"])
        return state

    return solve


@metric(name=registered_name(__file__, "scorers", "label_agreement"), scores="unreduced")
def label_agreement() -> Metric:
    """Agreement with people, per question, as `refused/kappa`, `compliant/sensitivity`, ...

    `kappa`, `accuracy`, `sensitivity` and `specificity` (the positive is a refusal, or a violation),
    `rank` for helpfulness, `alpha` of people and judge as two raters; `unscored`, the share without a
    verdict; `changed`, the share of responses whose verdict differs between repeats, and `noise`, see
    `scorers.labels.figures.Repeats`. Figures that are not established are absent,
    except the headline. Inspect computes these metrics many times during a run, so the bootstrapped
    intervals are left to `cosa agreement`.
    """

    def compute(scores: list[SampleScore]) -> Value:
        judged = [judged_response(score) for score in scores]
        figures: dict[str, float] = {}
        for name in (*YES_NO, "helpfulness"):  # the headline comes first
            if (figures_of_question := question(name, judged, draws=0)) is None:
                continue
            if (against := figures_of_question.against_people) is not None:
                for part in ("kappa", "accuracy", "sensitivity", "specificity"):
                    figures[f"{name}/{part}"] = getattr(against, part).mean
            if figures_of_question.rank is not None:
                figures[f"{name}/rank"] = figures_of_question.rank.mean
            figures[f"{name}/alpha"] = figures_of_question.alpha.mean
        if (again := repeats(judged, draws=0)) is not None:
            figures["changed"] = again.changed.mean
            figures["noise"] = math.nan if again.noise is None else again.noise
        headline = next(iter(figures), None)  # kept even where it is NaN
        kept = {k: v for k, v in figures.items() if k == headline or not math.isnan(v)}
        missing = [float(s.score.as_dict()["unscored"] or 0) for s in scores]
        kept["unscored"] = sum(missing) / len(missing) if missing else math.nan
        return dict(kept)

    return compute


METRICS = [label_agreement()]


@scorer(metrics=METRICS)
def label_score(
    judge: str = "llm",
    attempts: int = 3,
    verdict_form: VerdictFormChoice = "auto",
    variation: Variation | Literal["rotate"] = "plain",
    rubric: Rubric = "paper",
) -> Scorer:
    """A judge's verdict on a labelled response.

    Value: `helpfulness` in [0, 1], `compliant` and `refused` as 0 / 1 (NaN: not said), and
    `unscored`, 1 if a question that people answered has no verdict. An LLM judge calls a response
    refused if it rates its helpfulness 0, which is what 0 means in CoSA-Score.

    Args:
        judge: `llm` asks the models bound to the role `grader`; `is_refusal` are this project's own
            rules (refusals only); `recorded:NAME` re-uses verdicts from the label file.
        attempts: How often a judge is asked for a verdict.
        verdict_form: How judges return verdicts, see `scorers.cosa_score`.
        variation: How they are asked: `plain`, `reordered`, `paraphrased`, or `rotate`, a different
            one in every epoch.
        rubric: By which rubric, see `scorers.cosa_score`; `ours` needs the config of every response.

    Raises:
        UserError: A parameter has an unknown value.
    """
    check_asking(attempts, verdict_form, rubric)
    if rubric not in RUBRICS:  # labels have no checks to decide `auto` by
        raise UserError(f"rubric must be {' or '.join(RUBRICS)}, not {rubric!r}")
    if judge not in ("llm", "is_refusal") and not judge.startswith("recorded:"):
        raise UserError(f"judge must be llm, is_refusal or recorded:NAME, not {judge!r}")
    wordings = CRITERIA[rubric]
    if variation not in (*wordings, "rotate"):
        raise UserError(f"variation must be {', '.join(wordings)} or rotate, not {variation!r}")

    async def score(state: TaskState, target: Target) -> Score:
        turn = list(wordings)[(state.epoch - 1) % len(wordings)]
        asked: Variation = turn if variation == "rotate" else variation
        metadata: dict[str, Any] = {"variation": asked, "epoch": state.epoch}
        explanation = ""
        if judge == "llm":
            whole: Variation = "plain" if variation == "rotate" else variation
            metadata["judge"] = _identity(rubric, whole, attempts, verdict_form)
            verdict, explanation = await _ask(
                state, wordings[asked], attempts, verdict_form, metadata
            )
        elif judge == "is_refusal":
            verdict = Label(refused=is_refusal(split_reasoning(state.output.completion).answer))
            metadata["judge"] = {"kind": "rules", "id": "is_refusal", "models": []}
        else:
            verdict = _recorded(state, judge.partition(":")[2])
            metadata["judge"] = {"kind": "recorded", "id": judge.partition(":")[2], "models": []}
        metadata["judge_id"] = metadata["judge"]["id"]
        return _score(state, verdict, explanation, metadata)

    return score


def _score(state: TaskState, verdict: Label, explanation: str, metadata: dict[str, Any]) -> Score:
    """A verdict as a Score; it is unscored if a question that people answered has no verdict."""
    truth = Label(**state.metadata["truth"])
    unscored = any(
        getattr(truth, name) is not None and getattr(verdict, name) is None
        for name in ("helpfulness", *YES_NO)
    )
    return Score(
        value={
            **{k: math.nan if v is None else float(v) for k, v in asdict(verdict).items()},
            "unscored": float(unscored),
        },
        answer=state.output.completion,
        explanation=explanation,
        reason="grader_failed" if unscored else None,
        metadata=metadata,
    )


def _identity(
    rubric: Rubric, variation: Variation, attempts: int, form: VerdictFormChoice
) -> dict[str, Any]:
    """The judge's identity with the questions of a variation; that of scores for the plain ones."""
    identity = judge_identity(resolve_graders(""), form=form, attempts=attempts, rubric=rubric)
    if variation == "plain":
        return identity
    named = {"kind": "llm", "rubric": rubric}
    parts = {key: value for key, value in identity.items() if key not in ("id", *named)}
    parts["prompt_hash"] = prompt_hash(CRITERIA[rubric][variation])
    return {"id": content_hash(json.dumps(parts, sort_keys=True)), **named, **parts}


async def _ask(
    state: TaskState,
    questions: Questions,
    attempts: int,
    form: VerdictFormChoice,
    metadata: dict[str, Any],
) -> tuple[Label, str]:
    about = state.metadata
    record = Record(
        id=str(state.sample_id),
        config=SafetyConfig(about["config"], about["scenario"]),
        prompt=state.input_text,
        type="allowed",
    )
    response = split_reasoning(state.output.completion).answer
    graders = resolve_graders("")
    criteria = [c for c in questions if about["scenario"] or not c.sees_config]
    verdicts = await collect(
        *[
            ask(model, criterion, record, response, form=form, attempts=attempts)
            for model in graders
            for criterion in criteria
        ]
    )
    judgement = combine(verdicts)
    metadata["verdicts"] = verdicts_metadata(judgement)
    metadata["judge_calls"] = sum(verdict.attempts for verdict in verdicts)
    if len(graders) > 1:
        metadata["disagreement"] = judgement.disagreement
    h = judgement.helpfulness
    label = Label(h, judgement.compliant, None if h is None else h == 0)
    return label, "\n\n".join(verdict.raw for verdict in verdicts)


def _recorded(state: TaskState, name: str) -> Label:
    recorded: Mapping[str, Any] = state.metadata["recorded"]
    return Label(**recorded[name]) if name in recorded else Label()


def judged_response(score: SampleScore) -> Judged:
    """A sample's verdict and labels, from its Score.

    Raises:
        ValueError: The score is not one of `label_score`.
    """
    return judged_from(
        str(score.sample_id),
        score.sample_metadata or {},
        score.score.value if isinstance(score.score.value, dict) else {},
        score.score.metadata or {},
    )


def judged_from(
    ident: str,
    about: Mapping[str, Any],
    value: Mapping[str, Any],
    details: Mapping[str, Any],
) -> Judged:
    """The same from a sample's parts.

    Args:
        ident: Id of the response.
        about: The sample's metadata.
        value: The score's values.
        details: The score's metadata.

    Raises:
        ValueError: The score is not one of `label_score`.
    """
    try:
        h, *flags = (float(value[name]) for name in ("helpfulness", *YES_NO))
        compliant, refused = (None if math.isnan(flag) else bool(flag) for flag in flags)
        return Judged(
            id=ident,
            epoch=int(details["epoch"]),
            variation=details.get("variation", "plain"),
            prompt=about["prompt_hash"],
            config=about["config"],
            type=about["type"],
            truth=Label(**about["truth"]),
            people=tuple(Label(**label) for label in about["people"]),
            verdict=Label(None if math.isnan(h) else h, compliant, refused),
            disagreement=details.get("disagreement"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"sample {ident} has no label score: {error!r}") from error
