"""Agreement of a judge with people, or with itself.

Point estimates are the textbook ones. Shares have the intervals of rates (docs/statistics.md). Kappa,
alpha and the rank correlation have bootstrap intervals over clusters (`scorers.statistics.bootstrap`).

Sources: Cohen, Educational and Psychological Measurement 20 (1960); Krippendorff, Content Analysis
(3rd edition, 2013), section 12.3.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from scorers.statistics.bootstrap import (
    DRAWS,
    Floats,
    bootstrap,
    by_cluster,
    cluster_numbers,
    ratio,
)
from scorers.statistics.estimate import Estimate, stratified_rate


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a judge's labels agree with the truth, for a yes/no question.

    Attributes:
        accuracy: Share of equal labels.
        kappa: Cohen's kappa; 1 is perfect, 0 what chance gives.
        sensitivity: Share of the truly positive that the judge calls positive.
        specificity: Share of the truly negative that the judge calls negative.
        n: Labelled by both.
        positive: How many of them are truly positive.
    """

    accuracy: Estimate
    kappa: Estimate
    sensitivity: Estimate
    specificity: Estimate
    n: int
    positive: int


def agreement(
    truth: Sequence[bool],
    judged: Sequence[bool],
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    seed: int = 0,
    draws: int = DRAWS,
) -> Agreement:
    """Agreement of a judge with the truth on a yes/no question.

    Args:
        truth: The true label of each response, length n.
        judged: The judge's label of each response, length n.
        clusters: The prompt of each response, whose labels are dependent; each its own by default.
        level: Confidence level, in (0, 1).
        seed: Seed of the bootstrap.
        draws: Draws of the bootstrap; 0 for no interval.

    Raises:
        ValueError: Lengths differ.

    Example:
        >>> from scorers.statistics import agreement
        >>> result = agreement([True, True, False, False], [True, False, False, False])
        >>> result.accuracy.mean, result.sensitivity.mean, result.specificity.mean, result.kappa.mean
        (0.75, 0.5, 1.0, 0.5)
    """
    pairs = list(zip(truth, judged, strict=True))
    keys = list(range(len(pairs))) if clusters is None else list(clusters)
    cells = np.zeros((len(pairs), 4))
    cells[np.arange(len(pairs)), [2 * (not t) + (not j) for t, j in pairs]] = 1

    def share(subset: Callable[[bool], bool]) -> Estimate:
        """The share of equal labels where the truth is in a subset."""
        hits = [
            (float(bool(t) == bool(j)), key)
            for (t, j), key in zip(pairs, keys, strict=True)
            if subset(t)
        ]
        return stratified_rate(
            [h for h, _ in hits], ["all"] * len(hits), [k for _, k in hits], level=level
        )

    return Agreement(
        accuracy=share(lambda t: True),
        kappa=bootstrap(
            lambda c: cohen_kappa(c.reshape(-1, 2, 2)),
            by_cluster(cells, keys),
            len(pairs),
            level=level,
            seed=seed,
            draws=draws,
            limits=(-1.0, 1.0),
        ),
        sensitivity=share(bool),
        specificity=share(lambda t: not t),
        n=len(pairs),
        positive=sum(map(bool, truth)),
    )


def cohen_kappa(confusion: Floats) -> Floats:
    """Cohen's kappa of confusion matrices.

    Args:
        confusion: Counts (or weights), shape (m, k, k).

    Returns:
        Shape (m,); NaN where one label alone occurs.
    """
    total = confusion.sum(axis=(1, 2))
    observed = ratio(np.trace(confusion, axis1=1, axis2=2), total)
    rows, columns = confusion.sum(axis=2), confusion.sum(axis=1)
    expected = ratio((rows * columns).sum(axis=1), total**2)
    return ratio(observed - expected, 1 - expected)


def krippendorff_alpha(
    labels: Sequence[Sequence[float | None]],
    clusters: Sequence[Hashable] | None = None,
    *,
    metric: str = "nominal",
    level: float = 0.95,
    seed: int = 0,
    draws: int = DRAWS,
) -> Estimate:
    """Krippendorff's alpha of any number of raters, with missing labels.

    Args:
        labels: Per response what each rater says, as numbers; None is missing. Responses with fewer
            than two labels do not count.
        clusters: The cluster of each response (its prompt); each its own by default.
        metric: Distance of two labels: `nominal` (0 or 1) or `interval` (squared difference).
        level: Confidence level, in (0, 1).
        seed: Seed of the bootstrap.
        draws: Draws of the bootstrap; 0 for no interval.

    Returns:
        The estimate; NaN if only one label occurs, or no response has two.

    Raises:
        ValueError: The metric is unknown, or lengths differ.

    Example:
        >>> from scorers.statistics import krippendorff_alpha
        >>> round(krippendorff_alpha([[1, 1], [0, 0], [1, 0]]).mean, 3)
        0.444
    """
    if metric not in ("nominal", "interval"):
        raise ValueError(f"metric must be nominal or interval, not {metric!r}")
    known = [[float(label) for label in row if label is not None] for row in labels]
    keys = list(range(len(known))) if clusters is None else list(clusters)
    if len(keys) != len(known):
        raise ValueError("labels and clusters must have the same length")
    pairable = [(row, key) for row, key in zip(known, keys, strict=True) if len(row) > 1]
    rows = [row for row, _ in pairable]
    measure, cells = _nominal_alpha(rows) if metric == "nominal" else _interval_alpha(rows)
    counts = by_cluster(cells, [key for _, key in pairable])
    return bootstrap(
        measure,
        counts,
        len(pairable),
        level=level,
        seed=seed,
        draws=draws,
        limits=(-1.0, 1.0),
    )


def _nominal_alpha(rows: Sequence[Sequence[float]]) -> tuple[Callable[[Floats], Floats], Floats]:
    """Alpha as a function of coincidence counts, and what each response adds to these."""
    values = sorted({label for row in rows for label in row})
    k = len(values)
    cells = np.zeros((len(rows), k * k))
    for unit, row in enumerate(rows):
        count = np.array([row.count(value) for value in values], dtype=np.float64)
        cells[unit] = ((np.outer(count, count) - np.diag(count)) / (len(row) - 1)).ravel()

    def alpha(counts: Floats) -> Floats:
        matrix = counts.reshape(-1, k, k)
        marginal = matrix.sum(axis=2)
        n = marginal.sum(axis=1)
        observed = n - np.trace(matrix, axis1=1, axis2=2)
        return 1 - ratio(observed * (n - 1), n**2 - (marginal**2).sum(axis=1))

    return alpha, cells


def _interval_alpha(rows: Sequence[Sequence[float]]) -> tuple[Callable[[Floats], Floats], Floats]:
    """The same for squared differences, which need no table of values but their moments."""
    zero = rows[0][0] if rows else 0.0
    cells = np.zeros((len(rows), 4))
    for unit, row in enumerate(rows):
        x = np.array(row) - zero
        differences = 2 * (len(x) * float(x @ x) - float(x.sum()) ** 2)
        cells[unit] = len(x), x.sum(), x @ x, max(differences, 0.0) / (len(x) - 1)

    def alpha(sums: Floats) -> Floats:
        n, total, squares, observed = sums.T
        chance = 2 * (n * squares - total**2)
        chance = np.where(chance > 1e-12 * n * squares, chance, 0.0)  # all labels equal
        return 1 - ratio(observed * (n - 1), chance)

    return alpha, cells


def rank_correlation(
    truth: Sequence[float],
    judged: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    seed: int = 0,
    draws: int = DRAWS,
) -> Estimate:
    """Spearman's rank correlation of two ratings, ties given their mean rank.

    Args:
        truth: People's rating of each response (helpfulness), length n.
        judged: The judge's, length n.
        clusters: The cluster of each response (its prompt); each its own by default.
        level: Confidence level, in (0, 1).
        seed: Seed of the bootstrap.
        draws: Draws of the bootstrap; 0 for no interval.

    Raises:
        ValueError: Lengths differ.
    """
    if len(truth) != len(judged):
        raise ValueError("both ratings must have the same length")
    cluster = cluster_numbers(len(truth), clusters)
    ratings = [
        np.unique(np.asarray(r, dtype=np.float64), return_inverse=True)[1] for r in (truth, judged)
    ]

    def spearman(drawn: Floats) -> Floats:
        """Of draws, shape (m, clusters): how often each cluster is in."""
        weight = drawn[:, cluster]
        n = weight.sum(axis=1)[:, None]
        centred = []
        for level_of in ratings:
            of_level = weight @ np.eye(int(level_of.max(initial=-1)) + 1)[level_of]
            ranks = np.cumsum(of_level, axis=1) - of_level / 2  # the middle of a level's ranks
            centred.append((ranks - n / 2)[:, level_of])
        x, y = centred
        spread = np.sqrt((weight * x**2).sum(axis=1) * (weight * y**2).sum(axis=1))
        return ratio((weight * x * y).sum(axis=1), spread)

    return bootstrap(
        spearman,
        np.eye(int(cluster.max(initial=-1)) + 1),
        len(truth),
        level=level,
        seed=seed,
        draws=draws,
        limits=(-1.0, 1.0),
    )
