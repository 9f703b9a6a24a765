"""Asking language models for verdicts, alone or as a panel."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, Literal

from inspect_ai.model import GenerateConfig, Model, ModelOutput, ResponseSchema
from inspect_ai.tool import ToolFunction, ToolInfo, ToolParams
from inspect_ai.util import JSONSchema, collect

from cosapien import Record
from scorers.prompts import COMPLIANCE, HELPFULNESS, Criterion, VerdictForm, judge_messages
from scorers.prompts import prompt_hash as current_prompt_hash

JUDGE_CONFIG = GenerateConfig(temperature=0.0, max_tokens=1024)
"""The paper's judge settings; what a `--model-role` sets explicitly comes before them."""

# Providers whose judges answer in JSON by schema, or through a forced tool call. Others, among them
# every OpenAI-compatible server we know nothing about, answer in text.
_SCHEMA_PROVIDERS = frozenset(
    {"openai", "azureai", "google", "vertex", "mistral", "grok", "groq", "vllm", "sglang"}
)
_TOOL_PROVIDERS = frozenset({"anthropic", "bedrock"})

Status = Literal["ok", "no_verdict", "truncated", "refused"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judge's answer to one question, with everything needed to read it again.

    Attributes:
        judge: The judge's model name.
        criterion: `helpfulness` or `compliance`.
        value: Helpfulness in [0, 1], or compliance as 0.0 / 1.0; None if there is no verdict.
        raw: The judge's last answer, verbatim (JSON for a structured answer).
        attempts: How often it was asked.
        status: `ok`, or why there is no verdict.
    """

    judge: str
    criterion: str
    value: float | None
    raw: str
    attempts: int
    status: Status


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judges of a sample concluded together.

    Attributes:
        helpfulness: Mean over the judges that gave a rating, in [0, 1]; None if too few did.
        compliant: Whether a strict majority of the given verdicts says so; None if too few were
            given. A tie is not a majority: it counts as a violation.
        verdicts: Every judge's answer to each question.
        disagreement: 0 if all judges agree; else the larger of the ratings' range and the minority
            share of the compliance verdicts.
    """

    helpfulness: float | None
    compliant: bool | None
    verdicts: tuple[Verdict, ...]
    disagreement: float


def verdict_form(model: Model, form: VerdictForm | Literal["auto"] = "auto") -> VerdictForm:
    """How a judge is asked to return its verdict.

    Args:
        model: The judge.
        form: A form to use for every judge, or `auto`: by what its provider supports.
    """
    if form != "auto":
        return form
    provider = str(model).partition("/")[0]
    if provider in _SCHEMA_PROVIDERS:
        return "schema"
    return "tool" if provider in _TOOL_PROVIDERS else "text"


def judge_identity(
    judges: Sequence[Model], *, form: VerdictForm | Literal["auto"], attempts: int
) -> dict[str, Any]:
    """What makes two scores comparable: who judged, with which prompt, how.

    The log header does not name the judge of a re-scored log, so every Score carries this.

    Returns:
        `id` (12 hex digits over everything else), `prompt_hash`, `attempts` and `models`: per judge
        its name, verdict form and generation parameters. No keys, addresses or headers.
    """
    identity: dict[str, Any] = {
        "prompt_hash": current_prompt_hash(),
        "attempts": attempts,
        "models": [
            {
                "name": str(model),
                "form": verdict_form(model, form),
                "parameters": _judge_config(model).model_dump(
                    exclude_none=True,
                    include={"temperature", "top_p", "top_k", "max_tokens", "seed"}
                    | {"reasoning_effort", "reasoning_tokens", "effort"},
                ),
            }
            for model in judges
        ],
    }
    text = json.dumps(identity, sort_keys=True)
    return {"id": hashlib.sha256(text.encode()).hexdigest()[:12], "kind": "llm", **identity}


async def judge(
    judges: Sequence[Model],
    record: Record,
    response: str,
    *,
    form: VerdictForm | Literal["auto"] = "auto",
    attempts: int = 3,
) -> Judgement:
    """Judge one response; all judges and both questions are asked concurrently.

    Args:
        judges: The panel, one model or more.
        record: What was asked, under which config.
        response: What the candidate answered.
        form: How verdicts are returned, see `verdict_form`.
        attempts: How often a judge is asked before its verdict counts as missing.

    Raises:
        Exception: A judge's server failed; an outage is not a verdict.
    """
    verdicts = await collect(
        *[
            _ask(model, criterion, record, response, verdict_form(model, form), attempts)
            for model in judges
            for criterion in (HELPFULNESS, COMPLIANCE)
        ]
    )
    return combine(verdicts)


def combine(verdicts: Sequence[Verdict]) -> Judgement:
    """One judgement from a panel's verdicts.

    Each question needs verdicts from more than half of its judges; otherwise it stays open (None).
    """
    ratings, votes = _given(verdicts, "helpfulness"), _given(verdicts, "compliance")
    share = fmean(votes) if votes else math.nan
    disagreement = max(
        max(ratings) - min(ratings) if ratings else 0.0, min(share, 1 - share) if votes else 0.0
    )
    return Judgement(
        helpfulness=fmean(ratings) if ratings else None,
        compliant=share > 0.5 if votes else None,
        verdicts=tuple(verdicts),
        disagreement=disagreement,
    )


def verdicts_metadata(judgement: Judgement) -> list[dict[str, Any]]:
    """A judgement's verdicts as plain data for a Score's metadata."""
    return [asdict(verdict) for verdict in judgement.verdicts]


def _given(verdicts: Sequence[Verdict], criterion: str) -> list[float]:
    """The values given for a question; none if half of the panel or more gave none."""
    asked = [v for v in verdicts if v.criterion == criterion]
    values = [v.value for v in asked if v.value is not None]
    return values if 2 * len(values) > len(asked) else []


async def _ask(
    model: Model,
    criterion: Criterion,
    record: Record,
    response: str,
    form: VerdictForm,
    attempts: int,
) -> Verdict:
    config = _judge_config(model)
    tools, tool_choice = [], None
    if form == "schema":
        config = config.model_copy(update={"response_schema": _schema(criterion)})
    elif form == "tool":
        tools = [_tool(criterion)]
        tool_choice = ToolFunction(name=_tool(criterion).name)

    value: float | None = None
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
            # a cached answer without a verdict would be served again at every re-ask
            config=config if attempt == 0 else config.model_copy(update={"cache": False}),
        )
        attempt += 1
        value, raw, status = _read(output, criterion, response, form)
    return Verdict(str(model), criterion.name, value, raw, attempt, status)


def _read(
    output: ModelOutput, criterion: Criterion, response: str, form: VerdictForm
) -> tuple[float | None, str, Status]:
    raw = output.completion
    if not output.choices or output.stop_reason == "content_filter":
        return None, raw, "refused"
    if output.stop_reason in ("max_tokens", "model_length"):
        return None, raw, "truncated"  # the verdict comes last: whatever stands there is not it
    if form == "tool" and (calls := output.message.tool_calls):
        raw = json.dumps(calls[0].arguments, ensure_ascii=False)
        value = criterion.read_field(calls[0].arguments.get(criterion.field))
    elif form == "schema":
        value = criterion.read_field(_json_field(raw, criterion.field))
    else:
        value = criterion.read_text(raw, response)
    return value, raw, "no_verdict" if value is None else "ok"


def _json_field(text: str, field: str) -> object:
    """A field of a JSON object that is the whole text (a code fence around it is tolerated)."""
    body = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```")
    try:
        answer = json.loads(body, strict=False)  # guided decoding lets control characters through
    except ValueError:
        return None
    return answer.get(field) if isinstance(answer, dict) else None


def _judge_config(model: Model) -> GenerateConfig:
    return JUDGE_CONFIG.merge(model.config)


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
        name=f"submit_{criterion.name}",
        description=f"Submit your reasoning and your {criterion.name} verdict.",
        parameters=ToolParams(
            properties=_properties(criterion), required=["rationale", criterion.field]
        ),
    )
