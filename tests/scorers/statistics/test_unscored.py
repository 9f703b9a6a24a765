"""Bounds of a mean with missing observations."""

import pytest

from scorers.statistics import stratified_bounds, stratified_mean


def test_bounds_are_the_outer_ends_of_both_extremes() -> None:
    worst, best, strata = [1.0, -1.0, 0.0, 0.4], [1.0, 1.0, 0.0, 0.4], ["a", "a", "b", "b"]
    found = stratified_bounds(worst, best, strata)
    assert (found.worst.mean, found.best.mean) == (pytest.approx(0.1), pytest.approx(0.6))
    assert found.lower == stratified_mean(worst, strata).lower
    assert found.upper == stratified_mean(best, strata).upper
    assert found.lower < found.worst.mean < found.best.mean < found.upper


def test_swapped_bounds_are_an_error() -> None:
    with pytest.raises(ValueError, match="swapped"):
        stratified_bounds([1.0], [0.0], ["a"])
