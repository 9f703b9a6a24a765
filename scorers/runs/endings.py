"""How the samples of a run ended, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inspect_ai.log import EvalSample

MANY_CUT = 0.05
"""Share of responses cut off before their answer above which a run says what to change."""

_CUT = ("cut_in_reasoning", "cut_empty")
_NAMES = {
    "cut_in_reasoning": "cut off inside their reasoning",
    "cut_empty": "cut off before any text",
    "only_reasoning": "with reasoning and no answer",
    "tool_call": "with a call of a tool and no text",
    "no_output": "no output",
    "invalidated": "invalidated",
    "operator limit": "stopped by the operator",
}


@dataclass(slots=True)
class Endings:
    """How many samples (every epoch of each) ended in which way.

    Attributes:
        total: Samples.
        no_answer: Unscored samples without an answer, by ending: those of `scorers.responses`, the
            name of a limit on the sample (`time limit`), or `invalidated`.
        refused: Refusals that no judge was asked about, by ending.
        split: Samples whose reasoning was split off from their text.
        truncated: Answers that a limit on tokens has cut; they were judged.
        edited: Scores that were changed by hand after the run.
    """

    total: int = 0
    no_answer: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    split: int = 0
    truncated: int = 0
    edited: int = 0

    def add(self, sample: EvalSample, details: Mapping[str, Any], *, edited: bool = False) -> None:
        """Count a sample.

        Args:
            sample: The sample.
            details: Its score's metadata.
            edited: Whether its score was changed by hand.
        """
        self.total += 1
        ending = str(details.get("ending", "answer"))
        if sample.invalidation is not None:
            self.no_answer["invalidated"] += 1
        elif limit := _limit(sample, details, ending):
            self.no_answer[f"{limit} limit"] += 1
        elif ending in _NAMES:
            self.no_answer[ending] += 1
        elif "refusal" in details:
            self.refused[str(details["refusal"])] += 1
        self.split += "reasoning_form" in details
        self.truncated += bool(details.get("truncated"))
        self.edited += edited

    @property
    def cut(self) -> float:
        """Share of the samples that were cut off before their answer, in [0, 1]."""
        return sum(self.no_answer[name] for name in _CUT) / self.total if self.total else 0.0


def _limit(sample: EvalSample, details: Mapping[str, Any], ending: str) -> str | None:
    """The limit that a sample met before its answer; None if there was none."""
    if "limit" in details:
        return str(details["limit"])
    # a score that was made again, by `inspect score`, does not know of it
    return sample.limit.type if ending == "no_output" and sample.limit is not None else None


def _most_common(counts: Counter[str]) -> list[tuple[str, int]]:
    """Names and counts; equal ones by name, since samples end in another order in every run."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def endings_text(endings: Endings) -> str:
    """What a reader of a run's figures has to know of how its samples ended; empty if nothing.

    Args:
        endings: The run's endings.
    """
    lines = []
    if endings.no_answer:
        counts = ", ".join(
            f"{count} {_NAMES.get(name, f'met a {name}')}"
            for name, count in _most_common(endings.no_answer)
        )
        missing = endings.no_answer.total()
        lines.append(f"Unscored without an answer: {missing} of {endings.total} ({counts}).")
    if endings.refused:
        counts = ", ".join(f"{count} {name}" for name, count in _most_common(endings.refused))
        lines.append(f"Refusals that no judge was asked about: {counts}.")
    if endings.split:
        lines.append(f"Reasoning split from the answer: {endings.split} of {endings.total}.")
    if endings.truncated:
        lines.append(
            f"Answers cut at the limit on tokens, judged as they are: {endings.truncated}."
        )
    if endings.edited:
        lines.append(f"Scores edited by hand: {endings.edited}.")
    if endings.cut > MANY_CUT:
        lines.append(
            f"{endings.cut:.0%} of the responses were cut off before their answer. Raise "
            "--max-tokens; if the model reasons, let its server split the reasoning (vLLM: "
            "--reasoning-parser) or lower its effort."
        )
    return "\n".join(lines)
