"""Precision, recall and F1 of a yes/no classifier, with clustered intervals.

All three are proportions of a subset of the cases, so they share the estimator of the other rates:

    precision = TP / (TP + FP)       of the flagged cases, those that are positive
    recall    = TP / (TP + FN)       of the positive cases, those that were flagged
    J         = TP / (TP + FP + FN)  of the cases that are either, those that are both

F1 = 2 TP / (2 TP + FP + FN) = 2 J / (1 + J) rises with J, so the ends of J's interval are those of
F1's. Which cases fall into a subset is random too; given the subset its proportion is an ordinary
one. Coverage is checked by simulation in the tests.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from scorers.statistics.estimate import Estimate, stratified_rate


@dataclass(frozen=True, slots=True)
class Measures:
    """How well flags agree with the truth; all in [0, 1], NaN where not established.

    Attributes:
        f1: Harmonic mean of precision and recall; not established without a positive case.
        precision: Share of the flagged cases that are positive; not established if none is flagged.
        recall: Share of the positive cases that are flagged; not established if none is positive.
        accuracy: Share of all cases flagged as they should be.
    """

    f1: Estimate
    precision: Estimate
    recall: Estimate
    accuracy: Estimate


def f_measures(
    truth: Sequence[bool],
    flagged: Sequence[bool],
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
) -> Measures:
    """Precision, recall, F1 and accuracy with the intervals of rates.

    Args:
        truth: Whether each case is positive.
        flagged: Whether the classifier called it positive, length as `truth`.
        clusters: The cluster of each case (its prompt); each its own by default.
        level: Confidence level, in (0, 1).

    Returns:
        The measures. With no case flagged but some positive, precision is not established and F1 is
        0. With no positive case F1 is not established: it would be 0 for every
        classifier. The standard error of F1 is that of J by the delta method.

    Raises:
        ValueError: Lengths differ.
    """
    keys = list(range(len(truth))) if clusters is None else clusters
    cases = list(zip(truth, flagged, keys, strict=True))

    def share(subset: list[tuple[bool, bool, Hashable]]) -> Estimate:
        hits = [float(positive == flag) for positive, flag, _ in subset]
        return stratified_rate(hits, ["all"] * len(hits), [key for *_, key in subset], level=level)

    positives = [case for case in cases if case[0]]
    return Measures(
        f1=_f1(share([case for case in cases if case[0] or case[1]] if positives else [])),
        precision=share([case for case in cases if case[1]]),
        recall=share(positives),
        accuracy=share(cases),
    )


def _f1(j: Estimate) -> Estimate:
    def f1(value: float) -> float:
        return 2 * value / (1 + value)

    stderr = 2 * j.stderr / (1 + j.mean) ** 2
    return Estimate(f1(j.mean), stderr, j.df, f1(j.lower), f1(j.upper), j.n)
