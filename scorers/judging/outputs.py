"""Reading the verdict in a judge's output."""

import json

from inspect_ai.model import ModelOutput

from scorers.judging.panel import Status
from scorers.questions.criterion import Criterion, VerdictForm, VerdictValue, tool_name
from scorers.questions.flags import unique_keys
from scorers.responses import natively_refused


def read_output(
    output: ModelOutput, criterion: Criterion, response: str, form: VerdictForm
) -> tuple[VerdictValue | None, str, Status]:
    """The verdict in a judge's output, its answer verbatim, and why there is no verdict.

    Args:
        output: What its provider delivered.
        criterion: The question.
        response: What was judged: copies of it in the answer are not read.
        form: How the verdict was to be returned.
    """
    raw = output.completion
    if not output.choices:
        return None, raw, "no_verdict"
    if output.stop_reason == "content_filter" or natively_refused(output):
        return None, raw, "refused"
    if output.stop_reason in ("max_tokens", "model_length"):
        return None, raw, "truncated"  # the verdict comes last, so a truncated answer has none
    if form == "tool":
        calls = output.message.tool_calls or []
        calls = [call for call in calls if call.function == tool_name(criterion)]
        if not calls:
            return None, raw, "no_verdict"
        raw = json.dumps(calls[-1].arguments, ensure_ascii=False)
        value = criterion.read_field(calls[-1].arguments.get(criterion.field))
    elif form == "schema":
        value = criterion.read_field(_json_field(raw, criterion.field))
    else:
        value = criterion.read_text(raw, response)
    return value, raw, "no_verdict" if value is None else "ok"


def read_again(
    criterion: Criterion, form: VerdictForm, raw: str, response: str
) -> VerdictValue | None:
    """The verdict in an answer that was stored as `Verdict.raw`; None if there is none.

    Args:
        criterion: The question it answers.
        form: How the verdict was returned.
        raw: The stored answer.
        response: The response that was judged.
    """
    if form == "text":
        return criterion.read_text(raw, response)
    return criterion.read_field(_json_field(raw, criterion.field))


# strict=False: guided decoding can produce control characters
_ANSWER = json.JSONDecoder(strict=False, object_pairs_hook=unique_keys)


def _json_field(text: str, field: str) -> object:
    """A field of a JSON object that is the whole text (a code fence around it is tolerated)."""
    body = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```")
    try:
        answer = _ANSWER.decode(body)
    except ValueError:
        return None
    return answer.get(field) if isinstance(answer, dict) else None
