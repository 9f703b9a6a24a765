"""F measures: by hand, against independent formulas, as properties, and coverage by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from scorers.statistics.classification import Measures, f_measures


def cases(tp: int, fp: int, fn: int, tn: int) -> tuple[list[bool], list[bool]]:
    """Truth and flags with these counts."""
    truth = [True] * tp + [False] * fp + [True] * fn + [False] * tn
    flagged = [True] * tp + [True] * fp + [False] * fn + [False] * tn
    return truth, flagged


def means(measures: Measures) -> tuple[float, float, float, float]:
    parts = (measures.precision, measures.recall, measures.f1, measures.accuracy)
    return tuple(part.mean for part in parts)  # type: ignore[return-value]


def test_by_hand() -> None:
    # precision 6/8, recall 6/10, F1 = 2 * 0.75 * 0.6 / 1.35 = 2/3, accuracy 14/20
    got = f_measures(*cases(tp=6, fp=2, fn=4, tn=8))
    assert means(got) == pytest.approx((0.75, 0.6, 2 / 3, 0.7))
    assert (got.precision.n, got.recall.n, got.f1.n, got.accuracy.n) == (8, 10, 12, 20)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((5, 0, 0, 5), (1, 1, 1, 1)),
        ((0, 3, 4, 2), (0, 0, 0, 2 / 9)),
        ((0, 0, 4, 4), (math.nan, 0, 0, 0.5)),  # nothing flagged: no precision, F1 is 0
        ((0, 2, 0, 4), (0, math.nan, math.nan, 4 / 6)),  # no positive case: neither recall nor F1
        ((0, 0, 0, 4), (math.nan, math.nan, math.nan, 1)),
        ((0, 0, 0, 0), (math.nan, math.nan, math.nan, math.nan)),
    ],
)
def test_what_is_not_established_is_nan(
    counts: tuple[int, int, int, int], expected: tuple[float, ...]
) -> None:
    got = f_measures(*cases(*counts))
    assert means(got) == pytest.approx(expected, nan_ok=True)
    for estimate in (got.precision, got.recall, got.f1, got.accuracy):
        assert math.isnan(estimate.mean) is math.isnan(estimate.lower)
        assert math.isnan(estimate.mean) is math.isnan(estimate.upper)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
@settings(max_examples=150)
def test_against_the_harmonic_mean_and_statsmodels(pairs: list[tuple[bool, bool]]) -> None:
    truth, flagged = [t for t, _ in pairs], [f for _, f in pairs]
    got = f_measures(truth, flagged)
    # counts by arithmetic on arrays, not by the subsets under test
    t, f = np.array(truth, int), np.array(flagged, int)
    tp, fp, fn = int(t @ f), int((1 - t) @ f), int(t @ (1 - f))
    assert got.accuracy.mean == pytest.approx(np.mean(t == f))
    for estimate, hits, size in (
        (got.precision, tp, tp + fp),
        (got.recall, tp, tp + fn),
    ):
        assert math.isnan(estimate.mean) is (size == 0)
        if size:
            low, high = proportion_confint(hits, size, method="wilson")
            assert estimate.mean == pytest.approx(hits / size)
            # with few cases a little wider than Wilson's (docs/statistics.md)
            assert estimate.lower <= low + 1e-9 < high <= estimate.upper + 1e-9
    assert math.isnan(got.f1.mean) is (tp + fn == 0)
    if tp + fn:
        assert 0 <= got.f1.lower <= got.f1.mean <= got.f1.upper <= 1
        assert got.f1.lower < got.f1.upper
        low, high = proportion_confint(tp, tp + fp + fn, method="wilson")
        assert got.f1.lower <= 2 * low / (1 + low) + 1e-9
        assert got.f1.upper >= 2 * high / (1 + high) - 1e-9
    if tp:
        precision, recall = tp / (tp + fp), tp / (tp + fn)
        assert got.f1.mean == pytest.approx(2 * precision * recall / (precision + recall))


def test_the_interval_follows_the_level_and_the_size() -> None:
    small, large = f_measures(*cases(6, 2, 4, 8)), f_measures(*cases(60, 20, 40, 80))
    assert small.f1.lower < large.f1.lower < large.f1.upper < small.f1.upper
    narrow = f_measures(*cases(6, 2, 4, 8), level=0.8)
    assert small.f1.lower < narrow.f1.lower < narrow.f1.upper < small.f1.upper


def test_the_standard_error_is_the_delta_methods() -> None:
    # J = 30/60; its standard error is sqrt(0.25 / 59); dF1/dJ = 2 / (1 + J)^2
    got = f_measures(*cases(30, 10, 20, 40))
    assert got.f1.stderr == pytest.approx(math.sqrt(0.25 / 59) * 2 / 1.5**2)


def test_asking_everything_twice_adds_nothing() -> None:
    truth, flagged = cases(tp=12, fp=5, fn=7, tn=20)
    once = f_measures(truth, flagged)
    twice = f_measures(truth * 2, flagged * 2, [*range(44), *range(44)])
    for name in ("f1", "precision", "recall", "accuracy"):
        a, b = getattr(once, name), getattr(twice, name)
        assert (a.mean, a.lower, a.upper) == pytest.approx((b.mean, b.lower, b.upper))
    careless = f_measures(truth * 2, flagged * 2)
    assert careless.f1.upper - careless.f1.lower < 0.8 * (once.f1.upper - once.f1.lower)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="shorter"):
        f_measures([True, False], [True])
    with pytest.raises(ValueError, match="shorter"):
        f_measures([True], [True], [])


DRAWS = 3000


def covered(
    rng: np.random.Generator,
    n: int,
    prevalence: float,
    recall: float,
    false_alarm: float,
    pairs: bool,
) -> float:
    """Share of draws whose 95% interval holds the F1 of the population.

    With `pairs`, every prompt is asked under two configs that relate to it in the same way, and the
    guard answers the second one as the first nine times out of ten.
    """
    tp, fn, fp = prevalence * recall, prevalence * (1 - recall), (1 - prevalence) * false_alarm
    true_f1 = 2 * tp / (2 * tp + fn + fp)
    hits = 0
    for _ in range(DRAWS):
        truth = rng.random(n) < prevalence
        flagged = rng.random(n) < np.where(truth, recall, false_alarm)
        clusters = np.arange(n)
        if pairs:
            fresh = rng.random(n) < np.where(truth, recall, false_alarm)
            again = np.where(rng.random(n) < 0.9, flagged, fresh)
            truth, flagged = np.tile(truth, 2), np.concatenate([flagged, again])
            clusters = np.tile(clusters, 2)
        got = f_measures(truth.tolist(), flagged.tolist(), clusters.tolist()).f1
        hits += got.lower <= true_f1 <= got.upper
    return hits / DRAWS


@pytest.mark.parametrize(
    ("n", "prevalence", "recall", "false_alarm", "pairs"),
    [
        (200, 0.4, 0.8, 0.1, False),  # the size of CoSApien
        (60, 0.5, 0.6, 0.3, False),
        (400, 0.2, 0.9, 0.05, False),
        (100, 0.4, 0.75, 0.2, True),
    ],
)
def test_intervals_of_f1_cover_at_their_nominal_level(
    n: int, prevalence: float, recall: float, false_alarm: float, pairs: bool
) -> None:
    rng = np.random.default_rng(20250101)
    share = covered(rng, n, prevalence, recall, false_alarm, pairs)
    assert 0.93 <= share <= 0.97
