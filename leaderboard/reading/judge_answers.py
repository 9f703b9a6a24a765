"""The raw answers of a panel's judges, read from a samples file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """One judge's answer to one question.

    Attributes:
        criterion: `helpfulness`, `compliance` or `risks`.
        verdict: As shown: `0.80`, `complies`, `does not comply`, the categories, or why there is
            none.
        raw: Its last answer, verbatim.
        attempts: How often it was asked.
    """

    criterion: str
    verdict: str
    raw: str
    attempts: int


def judge_answers(verdicts: str | None) -> dict[str, list[Answer]]:
    """The answers of every judge, by the judge's name.

    Args:
        verdicts: The column `verdicts` of a samples file; it may contain anything.

    Returns:
        Judges in the order of the panel; empty without a panel (rules) or if nothing is readable.
    """
    found: dict[str, list[Answer]] = {}
    try:
        for item in json.loads(verdicts or "[]"):
            answer = Answer(
                str(item["criterion"]), _words(item), str(item["raw"]), int(item["attempts"])
            )
            found.setdefault(str(item["judge"]), []).append(answer)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return {}
    return found


def _words(item: dict[str, Any]) -> str:
    value, criterion = item["value"], item["criterion"]
    if value is None:
        return f"no verdict ({item['status']})"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "no risk"
    if criterion == "compliance":
        return "complies" if value > 0.5 else "does not comply"
    return f"{value:.2f}"
