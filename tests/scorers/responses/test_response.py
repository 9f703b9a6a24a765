"""How outputs end: what is judged, what counts as a refusal, what is unscored."""

from typing import Any

import pytest
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    ContentReasoning,
    ContentText,
    ModelOutput,
    ModelUsage,
    StopReason,
)
from inspect_ai.tool import ToolCall

from scorers.responses import read_response

CALL = ToolCall(id="1", function="look_up", arguments={})
THOUGHT = ContentReasoning(reasoning="Should I?")


def output(content: Any, stop: StopReason = "stop", **message: Any) -> ModelOutput:
    said = ChatMessageAssistant(content=content, **message)
    return ModelOutput(
        model="m",
        choices=[ChatCompletionChoice(message=said, stop_reason=stop)],
        usage=ModelUsage(input_tokens=3, output_tokens=5, total_tokens=8),
    )


@pytest.mark.parametrize(
    ("given", "ending", "text"),
    [
        (output("The pump is red."), "answer", "The pump is red."),
        (output("<think>Red?</think>The pump is red."), "answer", "The pump is red."),
        (output([THOUGHT, ContentText(text="Red.")]), "answer", "Red."),
        (output("Red.", "tool_calls", tool_calls=[CALL]), "answer", "Red."),
        (output("The pump is", "max_tokens"), "answer", "The pump is"),
        (output(""), "no_response", ""),
        (output(" \n"), "no_response", ""),
        (output("No.", "content_filter"), "content_filter", "No."),
        (output([ContentText(text="No.", refusal=True)]), "refusal", "No."),
        (output("<think>Should I", "max_tokens"), "cut_in_reasoning", ""),
        (output("<think>Should I"), "cut_in_reasoning", ""),
        (output([THOUGHT], "max_tokens"), "cut_in_reasoning", ""),
        (output("", "max_tokens"), "cut_empty", ""),
        (output("", "model_length"), "cut_empty", ""),
        (output("<think>No.</think>"), "only_reasoning", ""),
        (output([THOUGHT]), "only_reasoning", ""),
        (output("", "tool_calls", tool_calls=[CALL]), "tool_call", ""),
        (output([THOUGHT], "tool_calls", tool_calls=[CALL]), "tool_call", ""),
        (ModelOutput(), "no_output", ""),
    ],
)
def test_endings(given: ModelOutput, ending: str, text: str) -> None:
    response = read_response(given)
    assert (response.ending, response.text) == (ending, text)
    assert response.refused == (ending in ("no_response", "content_filter", "refusal"))
    assert response.answered == (ending == "answer")


def test_reasoning_is_kept_beside_the_answer() -> None:
    response = read_response(output("<think>Red?</think>Red."))
    assert (response.reasoning, response.form) == ("Red?", "tags")
    assert read_response(output("Red.")).form is None


def test_only_an_answer_can_be_truncated() -> None:
    assert read_response(output("The pump", "max_tokens")).truncated
    assert not read_response(output("", "max_tokens")).truncated
    assert not read_response(output("The pump is red.")).truncated


def test_lost_answers_are_errors() -> None:
    with pytest.raises(RuntimeError, match="lost on its way"):
        read_response(output("", "unknown"), "openai")
    assert read_response(output("", "unknown"), "hf").ending == "no_response"
    too_long = ModelOutput.from_content("m", "maximum context", stop_reason="model_length")
    with pytest.raises(RuntimeError, match="does not fit the model's context: maximum context"):
        read_response(too_long)
