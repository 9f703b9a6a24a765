"""Paired differences of many runs at once."""

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from scorers.statistics.estimate import numbered, p_values


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


def paired_differences(
    values: NDArray[np.float64], strata: Sequence[Hashable], clusters: Sequence[Hashable]
) -> Differences:
    """`stratified_mean` of the difference of every two runs, for many runs at once.

    Each pair is compared on the observations that both of its runs have.

    Args:
        values: Shape (n, r): an observation per sample and run; NaN where a run has none.
        strata: The stratum of each sample, length n.
        clusters: The cluster of each sample, length n.

    Example:
        >>> import numpy as np
        >>> from scorers import paired_differences
        >>> runs = np.array([[1.0, 0.5], [0.8, 0.2], [0.6, 0.4]])
        >>> differences = paired_differences(runs, ["desk"] * 3, ["a", "b", "c"])
        >>> round(float(differences.mean[0, 1]), 3), round(float(differences.p[0, 1]), 3)
        (0.433, 0.069)
    """
    k, k_count = numbered(strata)
    order = np.argsort(k, kind="stable")
    x, k, g = values[order], k[order], numbered(clusters)[0][order]
    starts = np.searchsorted(k, np.arange(k_count))
    cells, cell = np.unique(np.column_stack([k, g]), axis=0, return_inverse=True)
    by_stratum, by_cluster, by_cell = _sums(k), _sums(g), _sums(cell)
    cells_by_stratum = _sums(cells[:, 0])
    r = x.shape[1]
    mean, stderr, df = np.full((3, r, r), math.nan)
    for matrix in mean, stderr:
        np.fill_diagonal(matrix, 0.0)
    for a in range(r - 1 if len(x) else 0):
        d = x[:, a, None] - x[:, a + 1 :]
        seen = ~np.isnan(d)
        size = by_stratum @ seen.astype(np.float64)
        # measured from an observed value, so that equal observations have a spread of exactly 0
        least = np.fmin.reduceat(d, starts, axis=0)
        above = np.where(seen, d - least[k], 0.0)
        offset = (by_stratum @ above) / np.maximum(size, 1)
        count = (size > 0).sum(axis=0)
        sums = [math.fsum(column) for column in np.where(size > 0, least + offset, 0.0).T.tolist()]
        clusters_in = cells_by_stratum @ (by_cell @ seen.astype(np.float64) > 0).astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            inflation = np.sqrt(clusters_in / (clusters_in - 1))
            weight = np.where(clusters_in > 1, inflation / (size * count), 0.0)
            mean[a, a + 1 :] = np.array(sums) / count
        totals = by_cluster @ (np.where(seen, above - offset[k], 0.0) * weight[k])
        short = ((size > 0) & (clusters_in < 2)).any(axis=0) | (count == 0)
        stderr[a, a + 1 :] = np.where(short, math.nan, np.sqrt((totals**2).sum(axis=0)))
        present = (by_cluster @ seen.astype(np.float64) > 0).sum(axis=0)
        df[a, a + 1 :] = np.where(short, math.nan, np.maximum(present - count, 1))
    below = np.tril_indices(r, -1)
    mean[below], stderr[below], df[below] = -mean.T[below], stderr.T[below], df.T[below]
    return Differences(mean, stderr, df, p_values(mean, stderr, df))


def _sums(group: NDArray[np.intp]) -> csr_array:
    """The matrix that sums rows within their groups (numbered from 0)."""
    shape = (int(group.max(initial=-1)) + 1, len(group))
    return csr_array((np.ones(len(group)), (group, np.arange(len(group)))), shape=shape)
