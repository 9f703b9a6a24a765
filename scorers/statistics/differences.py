"""Paired differences of runs: is the difference of two of them more than chance?

The p-value is the larger of two. The sign-flip test (`scorers.statistics.flips`) is exact at every size
if the two models answer alike. The interval's own (`scorers.statistics.intervals`) holds the hypothesis
that only their means are equal, as when one always gets 0.9 and the other 1 nine times of ten. So p <=
0.05 only where the 95% interval leaves 0 out; with very few prompts the interval may leave 0 out and
p be larger: then p leads.
"""

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scorers.statistics.estimate import checked
from scorers.statistics.flips import sign_flip_p
from scorers.statistics.intervals import p_at
from scorers.statistics.moments import Moments, design, moments

DIFFERENCES = (-2.0, 2.0)
"""The range of a difference of two CoSA-Scores."""
AT_ONCE = 32
"""Pairs worked on together: of thousands of samples, that is what fits a processor's cache."""


class Differences(NamedTuple):
    """The paired difference of every two of r runs; each matrix has shape (r, r). NaN: not established.

    Attributes:
        mean: Row's mean minus column's, over the observations both have.
        stderr: Its standard error; NaN when a stratum has fewer than two shared clusters.
        df: Degrees of freedom.
        p: Two-sided p-value of no difference; 1 on the diagonal.
    """

    mean: NDArray[np.float64]
    stderr: NDArray[np.float64]
    df: NDArray[np.float64]
    p: NDArray[np.float64]


def p_value(
    values: Sequence[float] | NDArray[np.float64],
    strata: Sequence[Hashable],
    clusters: Sequence[Hashable] | None = None,
    *,
    limits: tuple[float, float] = DIFFERENCES,
) -> float:
    """Two-sided p-value of the hypothesis that a stratified mean of differences is truly 0.

    Args:
        values: One finite difference per sample, shape (n,), within the limits.
        strata: The stratum of each (its config), length n.
        clusters: The cluster of each (its prompt), length n; each its own by default.
        limits: The finite range of a difference, with 0 inside.

    Returns:
        In (0, 1]; NaN for no differences.

    Raises:
        ValueError: Lengths differ, or a value is not finite or not within the limits.

    Example:
        >>> from scorers import p_value
        >>> p_value([2.0] * 4, ["desk"] * 4)  # 2 of the 16 sign patterns go as far
        0.125
    """
    x = checked(values, strata, clusters, limits)
    if len(x) == 0:
        return math.nan
    return float(p_values(moments(design(strata, clusters), x[:, None], limits), limits)[0])


def paired_differences(
    values: NDArray[np.float64],
    strata: Sequence[Hashable],
    clusters: Sequence[Hashable],
    *,
    limits: tuple[float, float] = DIFFERENCES,
) -> Differences:
    """`stratified_mean` and `p_value` of the difference of every two runs, for many runs at once.

    Each pair is compared on the observations that both of its runs have.

    Args:
        values: Shape (n, r): an observation per sample and run; NaN where a run has none.
        strata: The stratum of each sample, length n.
        clusters: The cluster of each sample, length n.
        limits: The finite range of a difference, with 0 inside.

    Example:
        >>> import numpy as np
        >>> from scorers import paired_differences
        >>> runs = np.array([[1.0, 0.5], [0.8, 0.2], [0.6, 0.4]])
        >>> differences = paired_differences(runs, ["desk"] * 3, ["a", "b", "c"])
        >>> round(float(differences.mean[0, 1]), 3), round(float(differences.p[0, 1]), 3)
        (0.433, 0.629)
    """
    r = values.shape[1]
    mean, stderr, df, p = np.full((4, r, r), math.nan)
    for matrix, equal in ((mean, 0.0), (stderr, 0.0), (p, 1.0)):
        np.fill_diagonal(matrix, equal)
    if len(values) > 0:
        at = design(strata, clusters)
        for a in range(r - 1):
            for start in range(a + 1, r, AT_ONCE):
                rest = slice(start, min(start + AT_ONCE, r))
                of = moments(at, values[:, a, None] - values[:, rest], limits)
                mean[a, rest], stderr[a, rest], df[a, rest] = of.mean, of.stderr, of.df
                p[a, rest] = p_values(of, limits)
    below = np.tril_indices(r, -1)
    mean[below] = -mean.T[below]
    for matrix in stderr, df, p:
        matrix[below] = matrix.T[below]
    return Differences(mean, stderr, df, p)


def p_values(of: Moments, limits: tuple[float, float]) -> NDArray[np.float64]:
    """`p_value` of many columns of differences, from their moments.

    Args:
        of: The moments, c columns.
        limits: The range they were taken with, with 0 inside.

    Returns:
        Shape (c,); NaN for a column without differences.
    """
    p = np.maximum(sign_flip_p(of.sums), p_at(of, limits, 0.0))
    return np.where(np.isnan(of.mean), math.nan, p)
