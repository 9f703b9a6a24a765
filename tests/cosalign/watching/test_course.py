"""The best of a training's scores."""

import math

from cosalign.watching.course import course


def log(*scores: float) -> list[dict[str, float]]:
    """A trainer's log with a score at steps 0, 5, 10, ... and other entries between."""
    found: list[dict[str, float]] = []
    for number, score in enumerate(scores):
        found += [{"loss": 1.0, "step": 5 * number}, {"score/cosa": score, "step": 5 * number}]
    return found


def test_the_earliest_of_the_best() -> None:
    found = course(log(0.1, 0.2, 0.4, 0.4, 0.3))
    assert found.best == (10, 0.4)
    assert found.since_best == 2
    assert found.facts == {"best step": 10, "best": 0.4, "at the start": 0.1}


def test_the_start_does_not_count() -> None:
    found = course(log(0.9, 0.2, 0.1))
    assert found.best == (5, 0.2)
    assert found.since_best == 1


def test_what_is_not_established_is_no_best() -> None:
    found = course(log(math.nan, math.nan, 0.0, math.nan))
    assert found.best == (10, 0.0)
    assert found.since_best == 1
    assert course(log(0.1, math.nan, math.nan)).best is None
    assert course(log(0.1, math.nan, math.nan)).since_best == 2
    assert course(log(math.nan)).facts == {"best step": None, "best": None, "at the start": None}


def test_no_scores() -> None:
    assert course([{"loss": 1.0, "step": 1}]).best is None
