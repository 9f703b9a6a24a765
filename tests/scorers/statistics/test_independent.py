"""Means of independent samples: against scipy's Welch test, and the coverage of several at once."""

import math

import numpy as np
import pytest
from scipy.stats import ttest_ind

from scorers.statistics import weighted_means


def test_the_difference_of_two_is_welchs() -> None:
    rng = np.random.default_rng(5)
    for sizes in ((2, 2), (3, 9), (6, 6), (40, 2)):
        a, b = rng.normal(0, 1, sizes[0]), rng.normal(1, 4, sizes[1])
        found = weighted_means([list(a), list(b)], [1, -1])
        expected = ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
        assert found.mean == pytest.approx(a.mean() - b.mean())
        assert (found.lower, found.upper) == (
            pytest.approx(expected.low),
            pytest.approx(expected.high),
        )


def test_the_mean_of_several_differences_covers_what_it_says() -> None:
    """Three levels of six worlds each on either side, as a drop over levels has."""
    rng = np.random.default_rng(7)
    held, times = 0, 4000
    for _ in range(times):
        spreads = (0.05, 0.1, 0.3)
        samples = [list(rng.normal(0.4, s, 6)) for s in spreads for _ in range(2)]
        found = weighted_means(samples, [1 / 3, -1 / 3] * 3)
        held += found.lower <= 0 <= found.upper
    assert 0.94 <= held / times <= 0.965


def test_what_cannot_be_established() -> None:
    assert math.isnan(weighted_means([[0.5], [0.2, 0.4]], [1, -1]).mean)
    assert math.isnan(weighted_means([], []).mean)
    alike = weighted_means([[0.5, 0.5], [0.2, 0.2]], [1, -1])
    assert (alike.mean, alike.stderr) == (pytest.approx(0.3), 0)
    assert math.isnan(alike.lower)
