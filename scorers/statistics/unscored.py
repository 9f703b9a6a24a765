"""Intervals of means some of whose observations are missing, for reasons that may matter."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from scorers.statistics.estimate import Estimate, stratified_mean


class Bounds(NamedTuple):
    """What can be said whatever the missing observations would have been.

    Attributes:
        worst: The estimate if every missing observation were the least it can be.
        best: The estimate if every one were the most it can be.
        lower: Lower end of the interval of `worst`.
        upper: Upper end of the interval of `best`.
    """

    worst: Estimate
    best: Estimate
    lower: float
    upper: float


def stratified_bounds(
    worst: Sequence[float],
    best: Sequence[float],
    strata: Sequence[Hashable],
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    limits: tuple[float, float] = (-1.0, 1.0),
) -> Bounds:
    """Bounds of a stratified mean with their sampling error.

    An interval over what was scored is only right if what was not is as what was. Where it may depend
    on the outcome (long answers are cut, refusals have no verdict), these bounds lead: between their
    outer ends lies the truth with at least the given confidence, whatever the reason (Horowitz and
    Manski, Journal of the American Statistical Association 95, 2000).

    Args:
        worst: Every observation, missing ones at the low limit, shape (n,). An observation of which a
            part is missing (an epoch) is between.
        best: The same with missing ones at the high limit.
        strata: The stratum of each observation, length n.
        clusters: The cluster of each observation, length n; each its own by default.
        level: Confidence level, in (0, 1).
        limits: The range of an observation.

    Returns:
        The bounds; all NaN for no observations.

    Raises:
        ValueError: As for `stratified_mean`, or an observation is better at worst than at best.

    Example:
        >>> from scorers.statistics import stratified_bounds
        >>> bounds = stratified_bounds([1, 1, -1, 0], [1, 1, 1, 0], ["desk"] * 4)
        >>> bounds.worst.mean, bounds.best.mean
        (0.25, 0.75)
    """
    if any(low > high for low, high in zip(worst, best, strict=True)):
        raise ValueError("an observation is better at worst than at best: are the two swapped?")
    low = stratified_mean(worst, strata, clusters, level=level, limits=limits)
    high = stratified_mean(best, strata, clusters, level=level, limits=limits)
    return Bounds(low, high, low.lower, high.upper)
