"""The columns of `microsoft/CoSAlign-Train`: one pair read from them, and written in them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from cosapien import RISK_NAMES, content_hash
from cosapien.records import FormError, fault, parse_spec, parse_text, quote, render_spec
from scorers.responses import split_reasoning

if TYPE_CHECKING:
    import pyarrow as pa

_SCORES = ("chosen_category_error_score", "rejected_category_error_score")
COLUMNS = (
    "system_prompt",
    "prompt",
    "chosen_response",
    "rejected_response",
    "spec_i",
    "spec_j",
    "mode",
    "chosen_cat",
    "rejected_cat",
    *_SCORES,
)
"""The published columns: `spec_i` is what the config allows, `spec_j` the prompt's risks."""
MODES = {"exact_match": "exact", **{name: name for name in ("superset", "safe", "not_superset")}}
"""Our names of config modes, by published name."""
_LABEL = re.compile(r"\(\s*(.*?)\s*,\s*([01])\s*\)", re.DOTALL)
_PUBLISHED = {ours: published for published, ours in MODES.items()}


def read_pair(place: str, row: dict[str, Any], source: str) -> dict[str, Any]:
    """Convert a published row to a row of the `pairs` stage.

    Args:
        place: File or split and row number, for error messages.
        row: The published row.
        source: Its split.

    Raises:
        DataError: A value is not in the published form.
    """

    def read(column: str, parse: Any) -> Any:  # noqa: ANN401 - each column has its own type
        try:
            return parse(row[column])
        except FormError as error:
            raise fault(place, f"{column!r} {error}") from None

    system, prompt = read("system_prompt", parse_text), read("prompt", parse_text)
    chosen, rejected = (
        read("chosen_response", _parse_response),
        read("rejected_response", _parse_response),
    )
    chosen_risks, chosen_addressed = read("chosen_cat", _parse_label)
    rejected_risks, rejected_addressed = read("rejected_cat", _parse_label)
    mode = read("mode", _parse_mode)
    prompt_id = content_hash(prompt)
    return {
        "prompt": _messages(system=system, user=prompt),
        "chosen": _messages(assistant=chosen),
        "rejected": _messages(assistant=rejected),
        "chosen_error": read("chosen_category_error_score", _parse_error),
        "rejected_error": read("rejected_category_error_score", _parse_error),
        "mode": mode,
        "allowed": read("spec_i", parse_spec),
        "prompt_risks": read("spec_j", partial(parse_spec, names=RISK_NAMES)),
        "chosen_risks": chosen_risks,
        "chosen_addressed": chosen_addressed,
        "rejected_risks": rejected_risks,
        "rejected_addressed": rejected_addressed,
        "weight": 1.0,
        "split": "dev" if source == "dev" else "train",
        "source": source,
        "prompt_id": prompt_id,
        "config_id": content_hash("\x1f".join([prompt_id, mode, system])),
        "chosen_id": content_hash(f"{prompt}\x1f{chosen}"),
        "rejected_id": content_hash(f"{prompt}\x1f{rejected}"),
    }


def split_sides(row: dict[str, Any]) -> tuple[dict[str, Any], int, bool]:
    """A published row with the reasoning taken out of its responses.

    Args:
        row: The published row.

    Returns:
        The row; the number of responses that carried reasoning; whether one of them has no answer, or
        ends before it.
    """
    sides = ("chosen_response", "rejected_response")
    splits = {side: split_reasoning(row[side]) for side in sides if isinstance(row[side], str)}
    splits = {side: split for side, split in splits.items() if split.form is not None}
    unanswered = any(split.unfinished or not split.answer for split in splits.values())
    answers = {side: split.answer for side, split in splits.items()}
    return row | answers, len(splits), unanswered


def _messages(**turns: str) -> list[dict[str, str]]:
    return [{"role": role, "content": text} for role, text in turns.items()]


def _parse_response(value: object) -> str:
    if not isinstance(value, str):  # an empty string is a valid response
        raise FormError(f"is {quote(value)}; expected a string")
    return value


def _parse_label(value: object) -> tuple[tuple[str, ...], bool | None]:
    """Parse a label: `(-Violence-, 1)`, risks and whether the prompt is addressed, or risks alone."""
    text = parse_text(value).strip()
    if match := _LABEL.fullmatch(text):
        return parse_spec(match[1], RISK_NAMES), match[2] == "1"
    return parse_spec(text, RISK_NAMES), None


def _parse_mode(value: object) -> str:
    if value not in MODES and value != "exact":
        raise FormError(f"is {quote(value)}; expected {', '.join(MODES)}")
    return MODES.get(str(value), "exact")


def _parse_error(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise FormError(f"is {quote(value)}; expected a number of at least 0")
    return float(value)


def write_pair(row: dict[str, Any]) -> dict[str, Any]:
    """Convert a row of the `pairs` stage to the published columns.

    Args:
        row: The row.
    """
    system, user = (turn["content"] for turn in row["prompt"])
    return {
        "system_prompt": system,
        "prompt": user,
        "chosen_response": row["chosen"][0]["content"],
        "rejected_response": row["rejected"][0]["content"],
        "spec_i": render_spec(row["allowed"]),
        "spec_j": None if row["prompt_risks"] is None else render_spec(row["prompt_risks"]),
        "mode": _PUBLISHED[row["mode"]],
        "chosen_cat": _label(row["chosen_risks"], row["chosen_addressed"]),
        "rejected_cat": _label(row["rejected_risks"], row["rejected_addressed"]),
        "chosen_category_error_score": row["chosen_error"],
        "rejected_category_error_score": row["rejected_error"],
    }


def _label(risks: Iterable[str], addressed: bool | None) -> str:
    return render_spec(risks) if addressed is None else f"({render_spec(risks)}, {int(addressed)})"


def published_schema() -> pa.Schema:
    """The published columns and their types."""
    import pyarrow as pa

    return pa.schema([(name, pa.float64() if name in _SCORES else pa.string()) for name in COLUMNS])
