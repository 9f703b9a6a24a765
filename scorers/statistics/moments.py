"""Stratified means of many columns of observations at once, and the variance of each.

CoSA-Score is an unweighted mean over configs. Configs were chosen, not sampled, so they are fixed
strata, and only the prompts within them have sampling error. A prompt may be asked under several
configs; its observations are dependent and form one cluster.

Two variances are kept. `stderr` is the classical one: the linearised (sandwich) estimator for
stratified means with each stratum's clusters inflated by G/(G-1); without clusters it is exactly
sum(s_k^2 / n_k) / K^2 (Cochran, Sampling Techniques, chapter 5). It is 0 where all observations are
equal, so no interval is built on it alone. `variance` blends it, stratum by stratum, with the largest
variance that values between the limits can have given their mean, m(1 - m) (Bhatia and Davis 2000):
a stratum of few prompts, or one whose scores are all alike, says little about its own spread. Its
degrees of freedom are Satterthwaite's (Biometrics Bulletin 2, 1946), so that a stratum of two
prompts counts as two and not as the sum over all strata.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PRIOR_OBSERVATIONS = 1.0
"""Added at each end of the range before a variance is taken from a mean (Agresti and Coull 1998)."""
PRIOR_CLUSTERS = 2.0
"""How many clusters the largest possible variance counts for, over all strata."""
CERTAINTY = 4.0
"""Scales m(1 - m) to 1 at the middle: a stratum near a limit has seen few of its rare values."""


class Moments(NamedTuple):
    """Figures of each column; NaN where it has no observation. Shape (c,) if not said otherwise.

    Attributes:
        mean: The mean of the stratum means.
        stderr: Its classical standard error; NaN when a stratum has fewer than two clusters.
        position: The mean on the scale from 0 (low limit) to 1 (high limit).
        smoothed: The same, moved a little to the middle: strictly between 0 and 1.
        variance: Of `position`, never 0.
        df: Degrees of freedom of `variance`.
        plain_df: Those of `stderr` squared; NaN where it is, or where it is 0.
        sums: What each cluster adds to the mean, shape (clusters, c).
        weights: What each cluster counts in the mean, shape (clusters, c); 1 in sum.
    """

    mean: Floats
    stderr: Floats
    position: Floats
    smoothed: Floats
    variance: Floats
    df: Floats
    plain_df: Floats
    sums: Floats
    weights: Floats


class Sums(NamedTuple):
    """Sums rows within groups.

    Attributes:
        order: Rows group by group; None if they are so already.
        starts: Where each group starts.
    """

    order: NDArray[np.intp] | None
    starts: NDArray[np.intp]

    def __call__(self, rows: Floats) -> Floats:
        """The sums, shape (groups, c), of rows, shape (n, c)."""
        if len(rows) == len(self.starts):
            return rows  # each row its own group; the order of groups has no meaning
        ordered = rows if self.order is None else rows[self.order]
        sums: Floats = np.add.reduceat(ordered, self.starts, axis=0)
        return sums


@dataclass(frozen=True, slots=True)
class Design:
    """Which stratum and cluster each observation is in.

    Attributes:
        order: The observations by stratum, and by cluster within it.
        stratum: Of each of them, from 0.
        cell_stratum: The stratum of each cell: of each cluster's part in one stratum.
        by_stratum: Sums observations within strata.
        by_cell: Sums observations within cells.
        cells_by_stratum: Sums cells within strata.
        cells_by_cluster: Sums cells within clusters.
    """

    order: NDArray[np.intp]
    stratum: NDArray[np.intp]
    cell_stratum: NDArray[np.intp]
    by_stratum: Sums
    by_cell: Sums
    cells_by_stratum: Sums
    cells_by_cluster: Sums


def design(strata: Sequence[Hashable], clusters: Sequence[Hashable] | None) -> Design:
    """The strata and clusters of n >= 1 observations; each its own cluster by default."""
    k = numbered(strata)[0]
    g = np.arange(len(k)) if clusters is None else numbered(clusters)[0]
    order = np.lexsort((g, k))
    k, g = k[order], g[order]
    new_cell = np.flatnonzero(np.r_[True, (np.diff(k) != 0) | (np.diff(g) != 0)])
    cell_k, cell_g = k[new_cell], g[new_cell]
    by_cluster = np.argsort(cell_g, kind="stable")
    return Design(
        order,
        k,
        cell_k,
        Sums(None, _starts(k)),
        Sums(None, new_cell),
        Sums(None, _starts(cell_k)),
        Sums(by_cluster, _starts(cell_g[by_cluster])),
    )


def moments(at: Design, columns: Floats, limits: tuple[float, float]) -> Moments:
    """The moments of columns of observations.

    Args:
        at: Strata and clusters of the n rows.
        columns: Shape (n, c), within the limits; NaN where a column has no observation.
        limits: The finite range of an observation.
    """
    x = columns[at.order]
    cell, width = at.cell_stratum, limits[1] - limits[0]
    unseen = np.isnan(x)
    # one column stands for all where none lacks an observation
    seen = 1.0 - unseen if unseen.any() else np.ones((len(x), 1))
    n_cell = at.by_cell(seen)
    size = at.cells_by_stratum(n_cell)
    present = size > 0
    empty = ~present.any(axis=0)
    strata = np.maximum(present.sum(axis=0), 1.0)
    per_row = 1 / np.maximum(size, 1.0)
    # measured from an observed value, so that equal observations have a spread of exactly 0
    x[unseen] = np.inf
    least = np.where(present, np.minimum.reduceat(x, at.by_stratum.starts, axis=0), 0.0)
    x[unseen] = 0.0
    above = (x - least[at.stratum]) * seen
    offset = at.by_stratum(above) * per_row
    means = least + offset
    mean = np.array([math.fsum(column) for column in means.T.tolist()]) / strata
    share = n_cell * per_row[cell] / strata  # of each cell in the mean
    counts = at.cells_by_stratum((n_cell > 0).astype(np.float64))
    short = (present & (counts < 2)).any(axis=0) | empty
    error = at.by_cell((above - offset[at.stratum]) * seen) * per_row[cell] / strata
    sums = at.cells_by_cluster(means[cell] * share + error)
    error *= np.sqrt(counts / np.maximum(counts - 1, 1.0))[cell]
    own = at.cells_by_stratum(error**2)
    total = (at.cells_by_cluster(error) ** 2).sum(axis=0)
    # Kish's effective number of clusters, and each stratum's part in the uncertainty of the mean
    concentration = at.cells_by_stratum(share**2) * strata**2
    clusters = 1 / np.where(present, concentration, 1.0)
    all_strata = np.where(empty, 1.0, concentration.sum(axis=0))
    whole, part = strata**2 / all_strata, concentration / all_strata

    position = np.clip((mean - limits[0]) / width, 0.0, 1.0)
    smoothed = (whole * position + PRIOR_OBSERVATIONS) / (whole + 2 * PRIOR_OBSERVATIONS)
    positions = np.clip((means - limits[0]) / width, 0.0, 1.0)
    added = PRIOR_OBSERVATIONS * part
    centre = (clusters * positions + added) / (clusters + 2 * added)
    largest = centre * (1 - centre)
    # one cluster says nothing of its stratum: that is as the others
    alone = np.maximum(largest, smoothed * (1 - smoothed))
    largest = np.where(counts < 2, alone, largest)
    possible = positions * (1 - positions)
    evidence = CERTAINTY * np.maximum(clusters - 1, 0.0) * possible
    prior = PRIOR_CLUSTERS * part
    blend = np.where(present, prior / np.where(present, evidence + prior, 1.0), 0.0)
    rise = np.where(
        possible > 0, np.maximum(largest / np.where(possible > 0, possible, 1.0), 1.0), 0.0
    )
    observed = np.sqrt((1 - blend) * rise) / width
    variance = (at.cells_by_cluster(observed[cell] * error) ** 2).sum(axis=0)
    variance += (at.cells_by_cluster(np.sqrt(blend * largest)[cell] * share) ** 2).sum(axis=0)
    # what each cluster adds to the variance if its parts in several strata move together
    spread = np.sqrt(observed**2 * own * clusters * strata**2 + blend * largest)
    parts = at.cells_by_cluster(spread[cell] * share) ** 2
    spread *= np.sqrt(np.sqrt(clusters / (clusters + 1)))
    corrected = at.cells_by_cluster(spread[cell] * share) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        df = parts.sum(axis=0) ** 2 / (corrected**2).sum(axis=0)
        own_df = (own**2 / np.maximum(clusters - 1, 1e-9)).sum(axis=0)
        plain_df = np.where(short, np.nan, own.sum(axis=0) ** 2 / own_df)
    return Moments(
        mean=np.where(empty, np.nan, mean),
        stderr=np.where(short, np.nan, np.sqrt(total)),
        position=position,
        smoothed=smoothed,
        variance=np.where(empty, np.nan, variance),
        df=df,
        plain_df=plain_df,
        sums=sums,
        weights=at.cells_by_cluster(share),
    )


def numbered(labels: Sequence[Hashable]) -> tuple[NDArray[np.intp], int]:
    """Labels as numbers from 0, in order of appearance, and how many different ones there are."""
    index: dict[Hashable, int] = {}
    numbers = np.array([index.setdefault(label, len(index)) for label in labels], dtype=np.intp)
    return numbers, len(index)


def _starts(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Where each group starts among rows in the order of their groups."""
    return np.flatnonzero(np.r_[True, np.diff(groups) != 0])
