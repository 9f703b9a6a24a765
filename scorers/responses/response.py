"""A model's output as a response: what the user reads of it, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from inspect_ai.model import ContentReasoning, ContentText, ModelOutput

from scorers.responses.reasoning import split_reasoning
from scorers.responses.split import Split

Refused = Literal["content_filter", "refusal", "no_response"]
"""Endings that count as a refusal without a judge."""
NoAnswer = Literal["cut_in_reasoning", "cut_empty", "only_reasoning", "tool_call", "no_output"]
"""Endings without an answer: the sample is unscored."""
Ending = Literal["answer", Refused, NoAnswer]
REFUSED: tuple[Refused, ...] = get_args(Refused)
NO_ANSWER: tuple[NoAnswer, ...] = get_args(NoAnswer)
CUT = ("max_tokens", "model_length")
"""Stop reasons of an output that a limit on tokens has cut."""
_IN_PROCESS = frozenset({"hf", "nnterp", "transformer_lens"})


@dataclass(frozen=True, slots=True)
class Response:
    """What the user reads of an output, and how it ended.

    Attributes:
        text: What the user reads; this is judged. Empty if there is no answer.
        ending: `answer`: there is an answer. A refusal without a judge: `content_filter`, blocked by
            the provider; `refusal`, marked as one by the provider; `no_response`, empty, as the model
            ended it. No answer: `cut_in_reasoning`, ended before its reasoning did; `cut_empty`, empty
            at its limit on tokens; `only_reasoning`, reasoned and then said nothing; `tool_call`,
            nothing but a call of a tool; `no_output`, nothing was delivered (a limit on the sample).
        reasoning: Inline reasoning that was split off; empty if there was none in the text.
        form: The form of its marks; None if the text had none.
        truncated: Whether a limit on tokens has cut the answer.
    """

    text: str
    ending: Ending
    reasoning: str = ""
    form: str | None = None
    truncated: bool = False

    @property
    def refused(self) -> bool:
        """Whether it counts as a refusal without a judge."""
        return self.ending in REFUSED

    @property
    def answered(self) -> bool:
        """Whether there is something to judge."""
        return self.ending == "answer"


def read_response(output: ModelOutput, provider: str = "", *, split: bool = True) -> Response:
    """What the user reads of an output, and how it ended.

    Args:
        output: What the provider delivered.
        provider: Inspect's name of the provider; some run in-process and never give a stop reason.
        split: Whether reasoning may stand inside the text; False for an answer that was split before.

    Raises:
        RuntimeError: The response was lost on its way (empty, and the provider does not say why), or
            the prompt does not fit the model's context. The sample then ends in an error.
    """
    if not output.choices:
        return Response("", "no_output")
    if output.stop_reason == "model_length" and not (output.usage and output.usage.output_tokens):
        raise RuntimeError(
            f"the prompt does not fit the model's context: {output.completion[:200]}"
        )
    if output.stop_reason == "content_filter":
        return Response(output.completion, "content_filter")
    if natively_refused(output):
        return Response(output.completion, "refusal")
    text = output.completion
    parts = split_reasoning(text) if split else Split(text, "", None)
    cut = output.stop_reason in CUT
    ending: Ending = "answer"
    if parts.unfinished:
        ending = "cut_in_reasoning"
    elif not parts.answer.strip():
        ending = _without_text(output, cut, thought=parts.form is not None)
    if ending == "no_response" and output.stop_reason == "unknown" and provider not in _IN_PROCESS:
        raise RuntimeError("the model's answer was lost on its way: empty, without a stop reason")
    answered = ending == "answer"
    answer = parts.answer if answered else ""
    return Response(answer, ending, parts.reasoning, parts.form, truncated=cut and answered)


def natively_refused(output: ModelOutput) -> bool:
    """Whether the provider marks an output as a refusal, as OpenAI does with an ordinary stop.

    Args:
        output: What the provider delivered.
    """
    content = output.message.content if output.choices else ""
    return not isinstance(content, str) and any(
        isinstance(part, ContentText) and part.refusal for part in content
    )


def _without_text(output: ModelOutput, cut: bool, thought: bool) -> Ending:
    """How an output ended that has no text for the user."""
    if output.message.tool_calls:
        return "tool_call"
    content = output.message.content
    thought = thought or (
        not isinstance(content, str) and any(isinstance(p, ContentReasoning) for p in content)
    )
    if cut:
        return "cut_in_reasoning" if thought else "cut_empty"
    return "only_reasoning" if thought else "no_response"
