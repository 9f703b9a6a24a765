"""Weighted sums of means of independent samples: a difference, or the mean of several differences."""

import math
from collections.abc import Sequence

from scipy.special import stdtrit

from scorers.statistics.estimate import NOTHING, Estimate

FEWEST = 2
"""Observations of a sample; of one the spread is not known."""


def weighted_means(
    samples: Sequence[Sequence[float]], weights: Sequence[float], level: float = 0.95
) -> Estimate:
    """A weighted sum of the means of independent samples, with the interval of Welch and Satterthwaite.

    Args:
        samples: At least two finite observations each; the samples may differ in spread and size.
        weights: One for each sample: 1 and -1 for the difference of two.
        level: Confidence of the interval, in (0, 1).

    Returns:
        The sum; NaN throughout if a sample has fewer than two observations. Where no sample varies, the
        standard error is 0 and the interval is not established.

    Example:
        >>> from scorers.statistics import weighted_means
        >>> found = weighted_means([[0.7, 0.9], [0.2, 0.4]], [1, -1])
        >>> round(found.mean, 3), round(found.stderr, 3), round(found.df, 3)
        (0.5, 0.141, 2.0)
    """
    if not samples or any(len(sample) < FEWEST for sample in samples):
        return NOTHING
    mean = variance = spread = 0.0
    for sample, weight in zip(samples, weights, strict=True):
        count = len(sample)
        centre = math.fsum(sample) / count
        own = math.fsum((value - centre) ** 2 for value in sample) / (count - 1) / count
        mean += weight * centre
        variance += weight**2 * own
        spread += (weight**2 * own) ** 2 / (count - 1)
    total, stderr = sum(map(len, samples)), math.sqrt(variance)
    if not spread:
        return Estimate(mean, stderr, math.nan, math.nan, math.nan, total)
    df = variance**2 / spread
    half = stderr * float(stdtrit(df, (1 + level) / 2))
    return Estimate(mean, stderr, df, mean - half, mean + half, total)
