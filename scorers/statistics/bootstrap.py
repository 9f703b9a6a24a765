"""Percentile bootstraps over clusters, for measures that are functions of sums over clusters.

Such sums are confusion or coincidence counts, moments, or weights: all draws are one matrix product.
The draws are seeded, so that the same labels give the same interval. A draw in which a measure is
undefined (one label only) is left out; if more than one in twenty is, there is no interval.

Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from scorers.statistics.estimate import NOTHING, Estimate
from scorers.statistics.moments import numbered

DRAWS = 2_000
Floats = NDArray[np.float64]


def bootstrap(
    measure: Callable[[Floats], Floats],
    sums: Floats,
    n: int,
    *,
    level: float,
    seed: int,
    draws: int,
    limits: tuple[float, float],
) -> Estimate:
    """A measure of sums over clusters, with a percentile interval of a bootstrap over clusters.

    Args:
        measure: From sums, shape (m, k), to m values; NaN where it is not defined.
        sums: What each cluster adds, shape (clusters, k).
        n: Observations, as the estimate reports them.
        level: Confidence level, in (0, 1).
        seed: Of the draws.
        draws: How many; 0 for no interval.
        limits: The range the measure can take.

    Returns:
        The estimate; its standard error is the standard deviation of the draws. Without an interval
        if there are fewer than two clusters, or the measure is undefined in over 5% of the draws.
    """
    count = len(sums)
    if count == 0:
        return NOTHING
    mean = float(measure(sums.sum(axis=0, keepdims=True))[0])
    if count < 2 or draws == 0 or np.isnan(mean):
        return Estimate(mean, math.nan, math.nan, math.nan, math.nan, n)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)
    values = measure(drawn @ sums)
    values = values[~np.isnan(values)]
    if len(values) < 0.95 * draws:
        return Estimate(mean, math.nan, math.nan, math.nan, math.nan, n)
    lower, upper = np.quantile(values, [0.5 - level / 2, 0.5 + level / 2]).tolist()
    low, high = max(min(lower, mean), limits[0]), min(max(upper, mean), limits[1])
    return Estimate(mean, float(values.std(ddof=1)), float(count - 1), low, high, n)


def by_cluster(rows: Floats, clusters: Sequence[Hashable] | None) -> Floats:
    """Rows summed within their clusters.

    Args:
        rows: One row per response, shape (n, k).
        clusters: The cluster of each; each its own by default.
    """
    code = cluster_numbers(len(rows), clusters)
    sums = np.zeros((int(code.max(initial=-1)) + 1, rows.shape[1]))
    np.add.at(sums, code, rows)
    return sums


def cluster_numbers(n: int, clusters: Sequence[Hashable] | None) -> NDArray[np.intp]:
    """The cluster of each response as a number from 0, in order of appearance.

    Args:
        n: Responses.
        clusters: The cluster of each; each its own by default.

    Raises:
        ValueError: There are not n of them.
    """
    if clusters is None:
        return np.arange(n)
    if len(clusters) != n:
        raise ValueError("labels and clusters must have the same length")
    return numbered(clusters)[0]


def ratio(a: Floats, b: Floats) -> Floats:
    """The ratio a / b; NaN where b is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: Floats = np.where(b != 0, a / b, np.nan)
    return quotient
