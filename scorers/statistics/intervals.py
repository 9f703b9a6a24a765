"""Intervals of bounded stratified means, and the p-values that belong to them.

Wilson's form (Journal of the American Statistical Association 22, 1927) with the effective number of
observations that the variance implies and Student's t in place of the normal quantile. It is never
of width 0, never leaves the range and always holds the estimate.

Near a limit, where the mean rests on a few observations away from it, Wilson's end on the side of the
limit is too near to the estimate (Brown, Cai and DasGupta, Statistical Science 16, 2001, who put the
Poisson's exact end in its place for counts up to 3). The same is done here with the exact end of a
weighted sum of Poisson counts (Fay and Feuer, Statistics in Medicine 16, 1997).
"""

import numpy as np
from scipy.special import gammaincinv, stdtr, stdtrit

from scorers.statistics.moments import Floats, Moments

FEW = 4.0
"""Effective observations away from a limit up to which its end is the Poisson's exact one."""


def interval(of: Moments, limits: tuple[float, float], level: float) -> tuple[Floats, Floats]:
    """Lower and upper ends of each column's mean, in the unit of the observations.

    Args:
        of: The moments, c columns.
        limits: The range they were taken with.
        level: Confidence level, in (0, 1).
    """
    low, width = limits[0], limits[1] - limits[0]
    m, n = of.position, _effective(of)
    square = stdtrit(of.df, 0.5 + level / 2) ** 2
    centre = (m + square / (2 * n)) / (1 + square / n)
    half = np.sqrt(square * (m * (1 - m) / n + square / (4 * n * n))) / (1 + square / n)
    above = np.maximum((of.sums - low * of.weights) / width, 0.0)
    lower = np.minimum(centre - half, _poisson_end(above, level))
    upper = np.maximum(centre + half, 1 - _poisson_end(np.maximum(of.weights - above, 0.0), level))
    # at 0 and 1 the ends meet the estimate exactly; rounding must not put them on its far side
    lower, upper = np.clip(lower, 0.0, 1.0), np.clip(upper, 0.0, 1.0)
    return (
        np.minimum(low + width * lower, of.mean),
        np.maximum(low + width * upper, of.mean),
    )


def p_at(of: Moments, limits: tuple[float, float], value: float) -> Floats:
    """Two-sided p-value of the hypothesis that each column's true mean is a value.

    It is at most 1 - level where the interval at that level leaves the value out (but for the ends
    near a limit).

    Args:
        of: The moments, c columns.
        limits: The range they were taken with.
        value: Strictly between the limits.
    """
    position = (value - limits[0]) / (limits[1] - limits[0])
    stderr = np.sqrt(position * (1 - position) / _effective(of))
    p: Floats = 2 * stdtr(of.df, -np.abs(of.position - position) / stderr)
    return p


def _effective(of: Moments) -> Floats:
    """How many independent 0/1 observations would be as certain."""
    n: Floats = of.smoothed * (1 - of.smoothed) / of.variance
    return n


def _poisson_end(parts: Floats, level: float) -> Floats:
    """The lower end of a mean, as the sum of its clusters' parts, if these are few; else 1.

    Args:
        parts: Distance of each cluster's part from the limit, at least 0, shape (clusters, c).
        level: Confidence level, in (0, 1).
    """
    total, squares = parts.sum(axis=0), (parts**2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        count = np.where(squares > 0, total**2 / squares, 1.0)
        end = total * gammaincinv(count, 0.5 - level / 2) / count
    return np.where((squares > 0) & (count <= FEW), end, 1.0)
