"""Reading model outputs: no answer, a refusal, or a judge's verdict."""

import json
from typing import Literal

from inspect_ai.model import ContentText, ModelOutput

from scorers.judging.panel import Status
from scorers.questions.criterion import Criterion, VerdictForm, VerdictValue, tool_name
from scorers.questions.verdict_text import unique_keys


def natively_refused(output: ModelOutput) -> bool:
    """Whether the provider marks an output as a refusal, as OpenAI does with an ordinary stop."""
    content = output.message.content if output.choices else ""
    return not isinstance(content, str) and any(
        isinstance(part, ContentText) and part.refusal for part in content
    )


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


_IN_PROCESS = frozenset({"hf", "nnterp", "transformer_lens"})


def unanswered(
    output: ModelOutput, provider: str = ""
) -> Literal["content_filter", "refusal", "no_response"] | None:
    """Why a candidate's output counts as a refusal without being judged, or None if it does not.

    `content_filter`: the provider blocked it. `refusal`: the provider marks it as a native refusal.
    `no_response`: it is empty.

    Args:
        output: What the provider delivered.
        provider: Inspect's name of the provider; some run in-process and never give a stop reason.

    Raises:
        RuntimeError: There is no response to judge: the provider delivered nothing and does not say
            why (a broken transmission is not a refusal), or the prompt does not fit the model's
            context (the text is then the provider's error message). The sample then ends in an error.
    """
    if not output.choices:
        return "no_response"
    if output.stop_reason == "model_length" and not (output.usage and output.usage.output_tokens):
        raise RuntimeError(
            f"the prompt does not fit the model's context: {output.completion[:200]}"
        )
    if output.stop_reason == "content_filter":
        return "content_filter"
    if natively_refused(output):
        return "refusal"
    if output.completion.strip():
        return None
    if output.stop_reason == "unknown" and provider not in _IN_PROCESS:
        raise RuntimeError("the model's answer was lost on its way: empty, without a stop reason")
    return "no_response"
