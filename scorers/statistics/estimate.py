"""Stratified, clustered means and rates with confidence intervals.

The interval needs the range of an observation, since that is what bounds a spread which a few prompts
do not show: see `scorers.statistics.moments` and `scorers.statistics.intervals` for the method, and
docs/statistics.md for its coverage. Everything here is deterministic: no resampling, no random numbers.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from scorers.statistics.intervals import interval
from scorers.statistics.moments import Floats, design, moments


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its standard error and interval. NaN means: not established.

    Attributes:
        mean: The point estimate.
        stderr: Its classical standard error; 0 if all observations of each stratum are equal, NaN when
            a stratum has fewer than two clusters. The interval is not this error times a quantile.
        df: Degrees of freedom of the interval's t quantile.
        lower: Lower end of the interval; below the mean unless that is the low limit itself.
        upper: Upper end of the interval; above the mean unless that is the high limit itself.
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
    """The unweighted mean of stratum means, with an interval that holds at every size.

    The interval is never of width 0, stays in the limits and holds the mean. A stratum with a single
    cluster says nothing of its own spread: it is taken to be as wide as the limits allow.

    Args:
        values: One finite observation per sample, shape (n,), within the limits.
        strata: The stratum of each observation (its config), length n.
        clusters: The cluster of each observation (its prompt), length n; each its own by default.
        level: Confidence level, in (0, 1).
        limits: The range of an observation. If it has no end, (-inf, inf), the interval is Student's t
            with Satterthwaite's degrees of freedom, and not established without a spread.

    Returns:
        The estimate; all NaN for no observations.

    Raises:
        ValueError: Lengths differ, or a value is not finite or not within the limits.

    Example:
        >>> from scorers import stratified_mean
        >>> scores = [1.0, 0.6, -0.2, 0.2]
        >>> estimate = stratified_mean(scores, ["desk", "desk", "quay", "quay"])
        >>> round(estimate.mean, 3), round(estimate.stderr, 3)
        (0.4, 0.141)
    """
    x = checked(values, strata, clusters, limits)
    if len(x) == 0:
        return NOTHING
    bounded = math.isfinite(limits[0]) and math.isfinite(limits[1])
    within = limits if bounded else (float(x.min()) - 1.0, float(x.max()) + 1.0)
    of = moments(design(strata, clusters), x[:, None], within)
    mean, stderr = float(of.mean[0]), float(of.stderr[0])
    if bounded:
        lower, upper = (float(end[0]) for end in interval(of, limits, level))
        return Estimate(mean, stderr, float(of.df[0]), lower, upper, len(x))
    df = float(of.plain_df[0])
    half = float(stdtrit(df, 0.5 + level / 2)) * stderr
    return Estimate(
        mean, stderr, df, max(mean - half, limits[0]), min(mean + half, limits[1]), len(x)
    )


def stratified_rate(
    values: Sequence[float] | NDArray[np.float64],
    strata: Sequence[Hashable],
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
) -> Estimate:
    """A stratified mean of proportions: `stratified_mean` of observations in [0, 1].

    Args:
        values: Observations in [0, 1], shape (n,).
        strata: The stratum of each observation.
        clusters: The cluster of each observation.
        level: Confidence level, in (0, 1).

    Raises:
        ValueError: As for `stratified_mean`.

    Example:
        >>> from scorers import stratified_rate
        >>> estimate = stratified_rate([0] * 20, ["all"] * 20)
        >>> estimate.mean, round(estimate.upper, 3)
        (0.0, 0.178)
    """
    return stratified_mean(values, strata, clusters, level=level, limits=(0.0, 1.0))


def established(figures: Mapping[str, float]) -> dict[str, float]:
    """The figures that are established: those that are not NaN."""
    return {name: figure for name, figure in figures.items() if not math.isnan(figure)}


def minimum_detectable_difference(
    estimate: Estimate, *, power: float = 0.8, level: float = 0.95
) -> float:
    """The smallest true difference that a comparison of this precision would detect.

    Args:
        estimate: A paired difference; only its standard error and degrees of freedom are used.
        power: Probability of detecting it, in (0, 1).
        level: Confidence level of the two-sided test, in (0, 1).

    Returns:
        The difference; NaN without a standard error, or where it is 0: equal differences do not show
        how much others would spread.

    Example:
        >>> from scorers import minimum_detectable_difference, stratified_mean
        >>> difference = stratified_mean([0.4, 0.2, 0.1, 0.3], ["desk"] * 4)
        >>> round(minimum_detectable_difference(difference), 3)
        0.225
    """
    if not estimate.stderr > 0:
        return math.nan
    quantiles = stdtrit(estimate.df, 0.5 + level / 2) + stdtrit(estimate.df, power)
    return float(quantiles) * estimate.stderr


def checked(
    values: Sequence[float] | NDArray[np.float64],
    strata: Sequence[Hashable],
    clusters: Sequence[Hashable] | None,
    limits: tuple[float, float],
) -> Floats:
    """The values as an array, cut to the limits by rounding's worth.

    Raises:
        ValueError: Lengths differ, or a value is not finite or not within the limits.
    """
    x = np.asarray(values, dtype=np.float64)
    if len(strata) != len(x) or (clusters is not None and len(clusters) != len(x)):
        raise ValueError("values, strata and clusters must have the same length")
    if not np.isfinite(x).all():
        raise ValueError("values must be finite: leave unscored samples out")
    outside = x[(x < limits[0] - ROUNDING) | (x > limits[1] + ROUNDING)]
    if len(outside):
        raise ValueError(
            f"{len(outside)} values are not within [{limits[0]}, {limits[1]}], first: {outside[0]}; "
            "the interval needs the range of an observation: pass limits=(low, high)"
        )
    cut: Floats = np.clip(x, *limits)
    return cut


ROUNDING = 1e-9
"""How far a mean of epochs may be outside its range."""
