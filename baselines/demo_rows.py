"""Demonstrations, and the rows of a pool they are read from."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from cosapien.records import FormError, fault, parse_risks, parse_spec, parse_text, quote

COSALIGN_TRAIN = "microsoft/CoSAlign-Train"
POOL_FORM = (
    "expected columns prompt, response and either config (a name) or allowed_risks (a list of "
    f"category names), optionally error_score and kind; or those of {COSALIGN_TRAIN}"
)
COLUMNS = frozenset(
    {"prompt", "response", "config", "allowed_risks", "error_score", "kind"}
    | {"chosen_response", "spec_i", "chosen_category_error_score"}
)
"""Every column that is read; CoSAlign-Train has more."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Demo:
    """One demonstration: a prompt and a response that follows its config.

    Attributes:
        prompt: The user turn.
        response: The assistant turn.
        config: Name of its config, or None if its config is the set `allowed_risks`.
        allowed_risks: The categories its config allows.
        error_score: The response's error score (0 is best; arXiv 2410.08968, section 4.4).
        kind: What it demonstrates (`disallowed`, `partial`, ...): such demonstrations are used in
            their order instead of being drawn.
    """

    prompt: str
    response: str
    config: str | None = None
    allowed_risks: frozenset[str] = frozenset()
    error_score: float = 0.0
    kind: str | None = None


def parse_demo(place: str, row: dict[str, Any]) -> Demo:
    """Read one row of a pool.

    Args:
        place: The place of the row, for messages.
        row: Its columns, in the form `POOL_FORM` describes.

    Raises:
        DataError: It is not in that form.
    """
    try:
        if "chosen_response" in row:  # CoSAlign-Train
            return Demo(
                _column(row, "prompt", parse_text),
                _column(row, "chosen_response", parse_text),
                allowed_risks=frozenset(_column(row, "spec_i", parse_spec)),
                error_score=_column(row, "chosen_category_error_score", _parse_error),
            )
        named, by_risks = (row.get(name) is not None for name in ("config", "allowed_risks"))
        if named == by_risks:
            raise FormError("has to have either config or allowed_risks")
        return Demo(
            _column(row, "prompt", parse_text),
            _column(row, "response", parse_text),
            config=_column(row, "config", parse_text) if named else None,
            allowed_risks=_column(row, "allowed_risks", parse_risks) if by_risks else frozenset(),
            error_score=0.0
            if row.get("error_score") is None
            else _column(row, "error_score", _parse_error),
            kind=None if row.get("kind") is None else _column(row, "kind", parse_text),
        )
    except FormError as error:
        raise fault(place, f"{error}; {POOL_FORM}") from None


def _column(row: dict[str, Any], name: str, parse: Callable[[object], T]) -> T:
    if name not in row:
        raise FormError(f"has no {name!r}")
    try:
        return parse(row[name])
    except FormError as error:
        raise FormError(f"{name!r} {error}") from None


def _parse_error(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise FormError(f"is {quote(value)}; expected a number of at least 0")
    return float(value)
