"""The course of a training: its scores so far, and the best of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

COSA = "score/cosa"
"""Name of the CoSA-Score among a training's metrics."""


@dataclass(frozen=True, slots=True)
class Course:
    """The CoSA-Scores of a training so far.

    Attributes:
        scores: Step and score, by step. NaN: not established.
    """

    scores: tuple[tuple[int, float], ...]

    @property
    def start(self) -> float | None:
        """The score at the start; None if there is none."""
        return next((score for step, score in self.scores if step == 0), None)

    @property
    def best(self) -> tuple[int, float] | None:
        """Step and score of the best, of equal ones the earliest; the start does not count."""
        known = [(step, score) for step, score in self._trained if not math.isnan(score)]
        return max(known, key=lambda entry: entry[1], default=None)

    @property
    def since_best(self) -> int:
        """Number of scores after the best one."""
        best = 0 if self.best is None else self.best[0]
        return sum(step > best for step, _ in self._trained)

    @property
    def facts(self) -> dict[str, float | int | None]:
        """Best step, its score, and the score at the start, for a training's record."""
        step, score = self.best or (None, None)
        start = None if self.start is None or math.isnan(self.start) else self.start
        return {"best step": step, "best": score, "at the start": start}

    @property
    def _trained(self) -> list[tuple[int, float]]:
        return [(step, score) for step, score in self.scores if step > 0]


def course(history: Iterable[Mapping[str, Any]]) -> Course:
    """The scores in a trainer's log, which its checkpoints hold too.

    Args:
        history: `trainer.state.log_history`.
    """
    return Course(tuple((int(e["step"]), float(e[COSA])) for e in history if COSA in e))
