"""Sign-flip tests and p-values of differences, against enumeration, scipy and simulation."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from scorers.statistics.differences import p_value
from scorers.statistics.estimate import stratified_mean
from scorers.statistics.flips import sign_flip_p


def enumerated(sums):
    """Every sign pattern, counted one by one."""
    observed = abs(sum(sums))
    patterns = list(itertools.product((1, -1), repeat=len(sums)))
    far = [abs(sum(s * v for s, v in zip(signs, sums, strict=True))) for signs in patterns]
    return sum(f >= observed - 1e-9 for f in far) / len(patterns)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 10])
def test_up_to_ten_clusters_every_pattern_counts(n):
    rng = np.random.default_rng(n)
    for sums in (rng.normal(0.5, 1, n), rng.choice([-1.0, 0.0, 1.0], n), np.ones(n)):
        assert sign_flip_p(sums[:, None])[0] == pytest.approx(enumerated(sums.tolist()))


@pytest.mark.parametrize("n", [11, 14, 16])
def test_of_more_the_tail_is_close_to_enumeration(n):
    """Where all weigh alike the correction for continuity errs to the safe side, far out most."""
    rng = np.random.default_rng(n)
    for sums in (np.ones(n), np.r_[np.ones(n - 1), -1.0], np.r_[np.ones(n - 3), -np.ones(3)]):
        exact = enumerated(sums.tolist())
        assert exact <= sign_flip_p(sums[:, None])[0] <= (1.6 if exact > 1e-3 else 3.5) * exact
    sums = rng.normal(0.7, 0.6, n)
    assert sign_flip_p(sums[:, None])[0] == pytest.approx(enumerated(sums.tolist()), rel=0.3)


def test_heavy_clusters_of_a_small_config_are_not_taken_as_normal():
    """Two clusters weigh as much as a hundred: one pattern in four has both signs as observed."""
    sums = np.r_[1.0, 1.0, np.tile([0.001, -0.001], 50)]
    assert sign_flip_p(sums[:, None])[0] == pytest.approx(0.5, abs=0.26)
    normal = 2 * stats.norm.sf(2 / math.sqrt((sums**2).sum()))
    assert normal < sign_flip_p(sums[:, None])[0]


def test_against_scipys_permutation_test():
    d = np.random.default_rng(3).normal(0.3, 1, 9)
    found = stats.permutation_test(
        (d,), lambda x, axis: x.mean(axis=axis), permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip_p(d[:, None] / 9)[0] == pytest.approx(found.pvalue)


def test_clusters_are_flipped_as_one_and_weigh_what_they_do_in_the_mean():
    # cluster p: 1 of 2 in a, 1 of 1 in b; q: 1 of 2 in a
    strata, clusters = ["a", "a", "b"], ["p", "q", "p"]
    sums = [0.8 / 4 + 0.2 / 2, 0.4 / 4]
    assert p_value([0.8, 0.4, 0.2], strata, clusters) >= enumerated(sums) == 0.5


def test_no_difference_and_no_spread():
    assert p_value([0.0] * 50, ["a"] * 50) == 1
    assert 0 < p_value([-0.1] * 9, ["a"] * 9) >= 2 / 2**9
    assert 0 < p_value([2.0] * 300, ["a"] * 300) < 1e-6
    assert p_value([0.5], ["a"]) == 1
    assert math.isnan(p_value([], []))


def test_many_differences_are_near_the_paired_t_test():
    rng = np.random.default_rng(4)
    for shift in (0.0, 0.03, 0.06):
        d = rng.choice([-2.0, -1.0, 0.0, 1.0, 2.0], 2000) * 0.7 + shift
        expected = stats.ttest_1samp(d, 0).pvalue
        assert p_value(d, ["all"] * 2000) == pytest.approx(expected, rel=0.15, abs=0.002)


def test_p_is_at_most_a_twentieth_only_where_the_interval_leaves_zero_out():
    rng = np.random.default_rng(5)
    seen = set()
    for n in (6, 12, 40, 120):
        for _ in range(100):
            d = rng.choice([-1.0, 0.0, 1.0, 2.0], n, p=[0.1, 0.4, 0.3, 0.2])
            strata = [i % 2 for i in range(n)]
            got = stratified_mean(d, strata, limits=(-2.0, 2.0))
            excludes = got.lower > 0 or got.upper < 0
            significant = p_value(d, strata) <= 0.05
            assert excludes or not significant
            seen.add((excludes, significant))
    assert {(True, True), (False, False)} <= seen


def test_the_sign_flip_alone_would_call_equal_means_different():
    """-0.1 nine times of ten and +0.9 once: mean 0, and all ten negative in a third of runs."""
    ten = [-0.1] * 10
    assert sign_flip_p(np.array(ten)[:, None])[0] < 0.01
    assert p_value(ten, ["a"] * 10) > 0.05
