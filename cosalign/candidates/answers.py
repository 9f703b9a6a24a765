"""What a request for a candidate came to: the answer, the reasoning beside it, and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from inspect_ai.model import ContentReasoning, ModelOutput

from cosalign.asking.asked import Failure
from cosalign.stages import Stage
from cosapien import content_hash
from scorers.responses import Ending, Response, split_reasoning

if TYPE_CHECKING:
    import pyarrow as pa

FAILED = "failed"
ENDINGS: dict[str, str] = {
    "content_filter": "blocked by a content filter",
    "no_response": "empty",
    "cut_in_reasoning": "cut in their reasoning",
    "cut_empty": "cut before any text",
    "only_reasoning": "reasoning without an answer",
    "tool_call": "tool calls without an answer",
    "no_output": "without an output",
    FAILED: "failed",
}
"""Endings without a response, and the names of their counts."""
CUT = ("max_tokens", "model_length")
"""Stop reasons of an answer that a limit on tokens has cut."""


def answer_row(
    request_id: str, prompt: str, answer: tuple[ModelOutput, Response] | Failure
) -> dict[str, object]:
    """A row of the answers' table.

    Args:
        request_id: Id of the request.
        prompt: The user turn, which the response's id depends on.
        answer: The output and what was read of it, or why there is none.
    """
    row: dict[str, object] = {"request_id": request_id, "response": None, "response_id": None}
    if isinstance(answer, Failure):
        ending: Ending | str = FAILED
        stop, reasoning, form, usage = f"error: {answer.reason}", "", None, None
    else:
        output, read = answer
        ending, form, usage = read.ending, read.form, output.usage
        stop = output.stop_reason if output.choices else "no response"
        reasoning = read.reasoning or _delivered_reasoning(output)
        text = read.text.strip()
        if text and ending not in ENDINGS:
            row |= {"response": text, "response_id": content_hash(f"{prompt}\x1f{text}")}
    return {
        **row,
        "reasoning": reasoning or None,
        "reasoning_form": form,
        "ending": ending,
        "stop_reason": stop,
        "input_tokens": usage.input_tokens if usage else 0,
        "output_tokens": usage.output_tokens if usage else 0,
    }


def _delivered_reasoning(output: ModelOutput) -> str:
    """Reasoning that the provider delivered apart from the text."""
    content = output.message.content if output.choices else ""
    if isinstance(content, str):
        return ""
    parts = (part for part in content if isinstance(part, ContentReasoning))
    return "\n\n".join(part.summary or "" if part.redacted else part.reasoning for part in parts)


def answers_schema() -> pa.Schema:
    """The columns of `answer_row` and their types."""
    import pyarrow as pa

    return pa.schema(
        [
            ("request_id", pa.string()),
            ("response", pa.large_string()),
            ("response_id", pa.string()),
            ("reasoning", pa.large_string()),
            ("reasoning_form", pa.string()),
            ("ending", pa.string()),
            ("stop_reason", pa.string()),
            ("input_tokens", pa.int64()),
            ("output_tokens", pa.int64()),
        ]
    )


def count_answers(answers: Sequence[pa.Table]) -> dict[str, int]:
    """Counts of requests, by how they ended; a shared answer counts once.

    Args:
        answers: The answers' tables.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    table = pa.concat_tables(answers)
    missing = table["response"].null_count
    endings = Counter(table["ending"].to_pylist())
    cut = pc.is_in(table["stop_reason"], value_set=pa.array(CUT))
    truncated = pc.and_(cut, pc.is_valid(table["response"]))
    return {
        "requests": table.num_rows,
        "responses": table.num_rows - missing,
        "split from their reasoning": table.num_rows - table["reasoning_form"].null_count,
        "truncated": pc.sum(truncated).as_py() or 0,
        "refused by the provider": endings["refusal"],
        "without a response": missing,
        **{what: endings[ending] for ending, what in ENDINGS.items()},
        "input tokens": pc.sum(table["input_tokens"]).as_py(),
        "output tokens": pc.sum(table["output_tokens"]).as_py(),
    }


def without_reasoning(candidates: Stage) -> bool:
    """Whether no response of a stage carries reasoning that earlier code did not split off.

    Args:
        candidates: A `candidates` stage, made by earlier code.
    """
    texts = candidates.table(["response"])["response"].drop_null().unique()
    return not any(split_reasoning(text.as_py()).form for text in texts)
