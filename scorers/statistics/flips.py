"""Sign-flip tests of paired differences.

If two models answer alike, each cluster's difference is as likely to have the opposite sign. Under that
hypothesis the share of sign patterns whose sum is as far from 0 as the observed one is an exact
p-value at every size, whatever the values are: Fisher (The Design of Experiments, 1935, section 21)
and Pitman (Supplement to the Journal of the Royal Statistical Society 4, 1937). Clusters are flipped as
one, and each adds to the stratified mean what it weighs there, so the test is stratified too.

Up to ten clusters that differ are flipped in all patterns. Of more, the ten that weigh most are,
and the sum of the rest is taken as normal with its exact variance and a correction for continuity:
the few heavy clusters of a small config decide the tail and are not approximated.
"""

import numpy as np
from scipy.special import ndtr

from scorers.statistics.moments import Floats

EXACT = 10
"""Clusters that are flipped in all 2^10 patterns."""
TOLERANCE = 1e-9
"""Sums closer than this, relative to the largest, are equal but for rounding."""
PATTERNS = 1.0 - 2.0 * ((np.arange(2**EXACT)[:, None] >> np.arange(EXACT)) & 1)


def sign_flip_p(sums: Floats) -> Floats:
    """Two-sided p-values of no difference; 1 where all sums are 0.

    Args:
        sums: What each cluster adds to the difference, shape (clusters, c).

    Returns:
        Shape (c,), at least 2^(1 - clusters that differ).
    """
    size = np.abs(sums)
    scale = size.sum(axis=0)
    size = np.where(size > TOLERANCE * scale, size, 0.0)
    observed = np.abs(sums.sum(axis=0))
    heavy = np.zeros((EXACT, sums.shape[1]))
    if len(size) > EXACT:
        size = np.partition(size, len(size) - EXACT, axis=0)
        heavy, light = size[-EXACT:], size[:-EXACT]
    else:
        heavy[: len(size)], light = size, np.zeros_like(heavy)
    spread = np.sqrt((light**2).sum(axis=0))
    step = np.min(np.where(light > 0, light, np.inf), axis=0)
    flipped = PATTERNS @ heavy
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = ndtr((flipped - observed + np.where(spread > 0, step, 0.0)) / spread)
    exact = flipped >= observed - TOLERANCE * scale
    p = 2 * np.where(spread > 0, beyond, exact).mean(axis=0)
    return np.where(observed <= TOLERANCE * scale, 1.0, np.minimum(p, 1.0))
