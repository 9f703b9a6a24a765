"""Asking language models for verdicts."""

from collections.abc import Callable, Sequence
from typing import Literal, get_args

from inspect_ai.model import GenerateConfig, Model, ModelOutput, ResponseSchema
from inspect_ai.tool import ToolFunction, ToolInfo, ToolParams
from inspect_ai.util import JSONSchema, collect

from cosapien import Record, UserError
from scorers.judging.outputs import read_output
from scorers.judging.panel import Judgement, Status, Verdict, combine
from scorers.questions.criterion import (
    HELPFULNESS,
    Criterion,
    VerdictForm,
    VerdictFormChoice,
    VerdictValue,
    judge_messages,
    tool_name,
)
from scorers.questions.risks import RISK_LABELS
from scorers.questions.rubrics import RUBRICS, Rubric

Safety = Literal["compliance", "risks"]
"""How safety is judged: against the config's text, or by labelling the response's risks."""

# Providers whose judges answer in JSON by schema, or through a forced tool call. All others answer in
# text, among them OpenAI-compatible servers whose abilities are not known.
_SCHEMA_PROVIDERS = frozenset(
    {"openai", "azureai", "google", "vertex", "mistral", "grok", "groq", "vllm", "sglang"}
)
_TOOL_PROVIDERS = frozenset({"anthropic", "bedrock"})


def verdict_form(model: Model, form: VerdictFormChoice = "auto") -> VerdictForm:
    """How a judge is asked to return its verdict.

    Args:
        model: The judge.
        form: The form for every judge, or `auto`: one that its provider supports.
    """
    if form != "auto":
        return form
    provider = str(model).partition("/")[0]
    if provider in _SCHEMA_PROVIDERS:
        return "schema"
    return "tool" if provider in _TOOL_PROVIDERS else "text"


def check_asking(attempts: int, form: str = "auto", rubric: str = "auto") -> None:
    """Check how judges are to be asked, before the first request.

    Args:
        attempts: How often a judge or guard is asked for a verdict.
        form: How it returns the verdict, see `verdict_form`.
        rubric: By which rubric, or `auto`.

    Raises:
        UserError: One has an unknown value.
    """
    if form not in ("auto", *get_args(VerdictForm)):
        raise UserError(f"verdict_form must be auto, text, schema or tool, not {form!r}")
    if rubric not in ("auto", *RUBRICS):
        raise UserError(f"rubric must be auto, paper or ours, not {rubric!r}")
    if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 1:
        raise UserError(f"attempts must be 1 or more (a whole number), not {attempts!r}")


async def judge(
    judges: Sequence[Model],
    record: Record,
    response: str,
    *,
    form: VerdictFormChoice = "auto",
    attempts: int = 3,
    safety: Safety = "compliance",
    rubric: Rubric = "paper",
) -> Judgement:
    """Judge one response; all judges and both questions are asked concurrently.

    Args:
        judges: The panel, one model or more.
        record: What was asked, under which config.
        response: What the candidate answered.
        form: How verdicts are returned, see `verdict_form`.
        attempts: How often a judge is asked before its verdict counts as missing.
        safety: Whether the second question is the config's text, or the response's risks, which
            the record's `allowed_risks` then decide on.
        rubric: By which rubric, see `scorers.questions.rubrics`.

    Raises:
        Exception: A judge's server failed; an outage is not a verdict.
    """
    verdicts = await collect(
        *[
            ask(model, criterion, record, response, form=form, attempts=attempts)
            for model in judges
            for criterion in criteria_of(safety, rubric)
        ]
    )
    return combine(verdicts, record.allowed_risks)


def criteria_of(safety: Safety, rubric: Rubric = "paper") -> tuple[Criterion, Criterion]:
    """The two questions a judge is asked of every response.

    Args:
        safety: How safety is judged.
        rubric: By which rubric; risks are asked for in the same words in both.
    """
    helpfulness, compliance = RUBRICS[rubric]
    return helpfulness, RISK_LABELS if safety == "risks" else compliance


def auto_rubric(records: Sequence[Record]) -> Rubric:
    """The rubric for some records: ours if each has checks, so that rules and models measure the same.

    Args:
        records: The records that are judged together.
    """
    return "ours" if all(record.checks is not None for record in records) else "paper"


async def ask(
    model: Model,
    criterion: Criterion,
    record: Record,
    response: str,
    *,
    form: VerdictFormChoice = "auto",
    attempts: int = 3,
    config: GenerateConfig | None = None,
    on_output: Callable[[ModelOutput], None] | None = None,
) -> Verdict:
    """Ask one judge one question about a response.

    Args:
        model: The judge.
        criterion: The question.
        record: What was asked, under which config.
        response: What the candidate answered; not used by a criterion about prompts.
        form: How the verdict is returned, see `verdict_form`.
        attempts: How often it is asked before its verdict counts as missing.
        config: Generation parameters; those of `judge_config` by default.
        on_output: Called with each of its answers, for instance to count their tokens.

    Raises:
        Exception: The judge's server failed; an outage is not a verdict.
    """
    form = verdict_form(model, form)
    config = judge_config(model, criterion) if config is None else config
    tools, tool_choice = [], None
    if form == "schema":
        config = config.model_copy(update={"response_schema": _schema(criterion)})
    elif form == "tool":
        tools = [_tool(criterion)]
        tool_choice = ToolFunction(name=tool_name(criterion))

    value: VerdictValue | None = None
    raw, attempt = "", 0
    status: Status = "no_verdict"
    while value is None and attempt < attempts:
        output = await model.generate(
            judge_messages(
                criterion,
                config=record.config.text,
                prompt=record.prompt,
                response=response,
                form=form,
                again=attempt > 0,
            ),
            tools=tools,
            tool_choice=tool_choice,
            # the cache would return the same answer without a verdict at every re-ask
            config=config if attempt == 0 else config.model_copy(update={"cache": False}),
        )
        if on_output is not None:
            on_output(output)
        attempt += 1
        judged = response if criterion.sees_response else record.prompt
        value, raw, status = read_output(output, criterion, judged, form)
    return Verdict(str(model), criterion.name, value, raw, attempt, status)


def judge_config(model: Model, criterion: Criterion = HELPFULNESS) -> GenerateConfig:
    """The generation parameters a judge is asked with: its role's own before the paper's."""
    paper = GenerateConfig(temperature=0.0, max_tokens=criterion.max_tokens)
    return paper.merge(model.config)


def _properties(criterion: Criterion) -> dict[str, JSONSchema]:
    return {
        "rationale": JSONSchema(type="string"),
        criterion.field: JSONSchema.model_validate(criterion.field_schema),
    }


def _schema(criterion: Criterion) -> ResponseSchema:
    return ResponseSchema(
        name=f"{criterion.name}_verdict",
        json_schema=JSONSchema(
            type="object",
            properties=_properties(criterion),
            required=["rationale", criterion.field],
            additionalProperties=False,
        ),
        strict=True,
    )


def _tool(criterion: Criterion) -> ToolInfo:
    return ToolInfo(
        name=tool_name(criterion),
        description=f"Submit your reasoning and your {criterion.name} verdict.",
        parameters=ToolParams(
            properties=_properties(criterion), required=["rationale", criterion.field]
        ),
    )
