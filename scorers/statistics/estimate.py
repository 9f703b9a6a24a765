"""Stratified, clustered means and rates with confidence intervals.

CoSA-Score is an unweighted mean over configs. Configs were chosen, not sampled, so they are fixed
strata, and only the prompts within them have sampling error. A prompt may be asked under several
configs; its observations are dependent and form one cluster. The variance is the linearised (sandwich)
estimator for stratified means with each stratum's clusters inflated by G/(G-1); without clusters it
is exactly the classical stratified variance sum(s_k^2 / n_k) / K^2. Degrees of freedom are clusters
minus strata (survey statistics; Cochran, Sampling Techniques, chapter 5). Everything here is
deterministic: no resampling, no random numbers.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr, stdtrit


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its standard error and interval. NaN means: not established.

    Attributes:
        mean: The point estimate.
        stderr: Its standard error; NaN when a stratum has fewer than two clusters.
        df: Degrees of freedom of the t interval.
        lower: Lower end of the interval.
        upper: Upper end of the interval.
        n: Observations.
    """

    mean: float
    stderr: float
    df: float
    lower: float
    upper: float
    n: int


NOTHING = Estimate(math.nan, math.nan, math.nan, math.nan, math.nan, 0)


def stratified_mean(
    values: Sequence[float] | NDArray[np.float64],
    strata: Sequence[Hashable],
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    limits: tuple[float, float] = (-1.0, 1.0),
) -> Estimate:
    """The unweighted mean of stratum means, with a Student-t interval.

    Args:
        values: One finite observation per sample, shape (n,).
        strata: The stratum of each observation (its config), length n.
        clusters: The cluster of each observation (its prompt), length n; each its own by default.
        level: Confidence level, in (0, 1).
        limits: The range the mean can take; the interval is cut to it.

    Returns:
        The estimate; all NaN for no observations.

    Raises:
        ValueError: Lengths differ, or a value is not finite.

    Example:
        >>> from scorers import stratified_mean
        >>> scores = [1.0, 0.6, -0.2, 0.2]
        >>> estimate = stratified_mean(scores, ["desk", "desk", "quay", "quay"])
        >>> round(estimate.mean, 3), round(estimate.stderr, 3)
        (0.4, 0.141)
    """
    groups = _group(values, strata, clusters)
    return NOTHING if groups is None else _mean(groups, level, limits)


def stratified_rate(
    values: Sequence[float] | NDArray[np.float64],
    strata: Sequence[Hashable],
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
) -> Estimate:
    """A stratified mean of proportions in [0, 1], with a Wilson interval.

    A t interval collapses near 0 and 1: 0 of 200 is not "0 +- 0". Wilson's score interval does not.
    Its sample size here is the effective one, given the weights of strata and clusters, or less if
    the observed variance between clusters is larger. For one stratum of
    independent 0/1 observations it is Wilson's interval exactly.

    Args:
        values: Observations in [0, 1], shape (n,).
        strata: The stratum of each observation.
        clusters: The cluster of each observation.
        level: Confidence level, in (0, 1).

    Example:
        >>> from scorers import stratified_rate
        >>> estimate = stratified_rate([0] * 20, ["all"] * 20)
        >>> estimate.mean, round(estimate.upper, 3)
        (0.0, 0.161)
    """
    groups = _group(values, strata, clusters)
    if groups is None:
        return NOTHING
    plain = _mean(groups, level, (0.0, 1.0))
    shares, totals = groups.by_cluster(groups.weight), groups.by_cluster(groups.deviation)
    p, n, variance = plain.mean, 1 / float(shares @ shares), float(totals @ totals)
    if variance > 0 and 0 < p < 1:
        n = min(n, p * (1 - p) / variance)
    z2 = float(ndtri(0.5 + level / 2)) ** 2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    # at 0 and 1 the ends meet the estimate exactly; rounding must not put them on its far side
    lower, upper = min(max(centre - half, 0.0), p), max(min(centre + half, 1.0), p)
    return Estimate(p, plain.stderr, plain.df, lower, upper, plain.n)


def established(figures: Mapping[str, float]) -> dict[str, float]:
    """The figures that are established: those that are not NaN."""
    return {name: figure for name, figure in figures.items() if not math.isnan(figure)}


def p_value(estimate: Estimate) -> float:
    """Two-sided p-value of the hypothesis that an estimate's true mean is 0 (Student-t).

    Example:
        >>> from scorers import minimum_detectable_difference, p_value, stratified_mean
        >>> difference = stratified_mean([0.4, 0.2, 0.1, 0.3], ["desk"] * 4)
        >>> round(p_value(difference), 3), round(minimum_detectable_difference(difference), 3)
        (0.03, 0.269)
    """
    mean, stderr, df = (np.array([x]) for x in (estimate.mean, estimate.stderr, estimate.df))
    return float(p_values(mean, stderr, df)[0])


def minimum_detectable_difference(
    estimate: Estimate, *, power: float = 0.8, level: float = 0.95
) -> float:
    """The smallest true difference that a comparison of this precision would detect.

    Args:
        estimate: A paired difference; only its standard error and degrees of freedom are used.
        power: Probability of detecting it, in (0, 1).
        level: Confidence level of the two-sided test, in (0, 1).
    """
    if math.isnan(estimate.stderr):
        return math.nan
    quantiles = stdtrit(estimate.df, 0.5 + level / 2) + stdtrit(estimate.df, power)
    return float(quantiles) * estimate.stderr


def p_values(
    mean: NDArray[np.float64], stderr: NDArray[np.float64], df: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`p_value` of many estimates; arrays of one shape."""
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stdtr(df, -np.abs(mean) / stderr)
    p = np.where(stderr == 0, np.where(mean == 0, 1.0, 0.0), p)
    return np.where(np.isnan(stderr), math.nan, p)


class _Groups(NamedTuple):
    """Observations by stratum and cluster; arrays have one entry per observation.

    Attributes:
        stratum: Number of its stratum, from 0.
        cluster: Number of its cluster, from 0.
        weight: What it counts in the mean of stratum means.
        deviation: Its weighted distance from its stratum's mean.
        strata: How many strata there are.
        clusters: How many clusters there are.
        mean: The mean of the stratum means.
    """

    stratum: NDArray[np.intp]
    cluster: NDArray[np.intp]
    weight: NDArray[np.float64]
    deviation: NDArray[np.float64]
    strata: int
    clusters: int
    mean: float

    def by_cluster(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum of some values within each cluster."""
        sums = np.bincount(self.cluster, weights=values, minlength=self.clusters)
        return sums.astype(np.float64, copy=False)


def _group(
    values: Sequence[float] | NDArray[np.float64],
    strata: Sequence[Hashable],
    clusters: Sequence[Hashable] | None,
) -> _Groups | None:
    """The observations grouped, or None if there are none."""
    x = np.asarray(values, dtype=np.float64)
    if len(strata) != len(x) or (clusters is not None and len(clusters) != len(x)):
        raise ValueError("values, strata and clusters must have the same length")
    if not np.isfinite(x).all():
        raise ValueError("values must be finite: leave unscored samples out")
    if len(x) == 0:
        return None
    k, k_count = numbered(strata)
    g, g_count = (np.arange(len(x)), len(x)) if clusters is None else numbered(clusters)
    size = np.bincount(k, minlength=k_count)
    first = x[np.unique(k, return_index=True)[1]]
    above = x - first[k]  # equal observations give exactly their value and a spread of exactly 0
    offset = np.bincount(k, weights=above, minlength=k_count) / size
    weight = 1 / (size[k] * k_count)
    mean = math.fsum(first + offset) / k_count
    return _Groups(k, g, weight, (above - offset[k]) * weight, k_count, g_count, mean)


def _mean(groups: _Groups, level: float, limits: tuple[float, float]) -> Estimate:
    n, mean = len(groups.weight), groups.mean
    # the stratum of each distinct (stratum, cluster)
    pairs = np.unique(groups.stratum * groups.clusters + groups.cluster) // groups.clusters
    clusters_in = np.bincount(pairs, minlength=groups.strata)
    if (clusters_in < 2).any():
        return Estimate(mean, math.nan, math.nan, math.nan, math.nan, n)
    inflation = np.sqrt(clusters_in / (clusters_in - 1))[groups.stratum]
    totals = groups.by_cluster(groups.deviation * inflation)
    stderr = math.sqrt(float(totals @ totals))
    df = float(max(groups.clusters - groups.strata, 1))
    half = float(stdtrit(df, 0.5 + level / 2)) * stderr
    low, high = limits
    return Estimate(mean, stderr, df, max(mean - half, low), min(mean + half, high), n)


def numbered(labels: Sequence[Hashable]) -> tuple[NDArray[np.intp], int]:
    """Labels as numbers from 0, in order of appearance, and how many different ones there are."""
    index: dict[Hashable, int] = {}
    numbers = np.array([index.setdefault(label, len(index)) for label in labels], dtype=np.intp)
    return numbers, len(index)
