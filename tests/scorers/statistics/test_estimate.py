"""Means, rates and their intervals against scipy, statsmodels, evalsig, and simulation."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from evalsig.inference.cluster_bootstrap import cluster_bootstrap_ci
from evalsig.inference.mde import estimate_icc
from evalsig.inference.mde import mde as evalsig_mde
from evalsig.inference.paired import paired_t_test
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from scorers.statistics.estimate import (
    Estimate,
    minimum_detectable_difference,
    stratified_mean,
    stratified_rate,
)

WIDE = (-10.0, 10.0)
OPEN = (-math.inf, math.inf)


def close(value, rel=1e-12):
    return pytest.approx(value, rel=rel, abs=1e-14)


def uneven(seed=1):
    """Three strata of 7, 20 and 55 observations with different means and spreads."""
    rng = np.random.default_rng(seed)
    strata = np.repeat(["a", "b", "c"], [7, 20, 55])
    spread = {"a": 0.1, "b": 0.3, "c": 0.2}
    return np.array([rng.normal(-0.2, spread[k]) for k in strata]), strata


def crossing(seed=2, prompts=600):
    """Prompts asked under one to three of four configs, with correlated scores."""
    rng = np.random.default_rng(seed)
    x, strata, clusters = [], [], []
    for prompt in range(prompts):
        shared = rng.normal(0, 0.3)
        for k in rng.choice(4, size=rng.integers(1, 4), replace=False):
            x.append(0.1 * k + shared + rng.normal(0, 0.2))
            strata.append(int(k))
            clusters.append(prompt)
    return np.array(x), np.array(strata), np.array(clusters)


def test_unclustered_variance_is_the_classical_stratified_variance():
    x, strata = uneven()
    groups = [x[strata == k] for k in "abc"]
    variance = sum(np.var(g, ddof=1) / len(g) for g in groups) / 3**2
    got = stratified_mean(x, strata, limits=WIDE)
    assert got.mean == close(np.mean([g.mean() for g in groups]))
    assert got.stderr == close(math.sqrt(variance))
    assert got.n == len(x)


def test_without_limits_the_interval_is_students_with_satterthwaites_degrees_of_freedom():
    x, strata = uneven()
    parts = [np.var(x[strata == k], ddof=1) / (strata == k).sum() for k in "abc"]
    sizes = [(strata == k).sum() for k in "abc"]
    df = sum(parts) ** 2 / sum(v**2 / (n - 1) for v, n in zip(parts, sizes, strict=True))
    half = stats.t.ppf(0.975, df) * math.sqrt(sum(parts)) / 3
    got = stratified_mean(x, strata, limits=OPEN)
    assert got.df == close(df)
    assert (got.lower, got.upper) == (close(got.mean - half), close(got.mean + half))
    two = [x[strata == k] for k in "ab"]  # of two strata that is Welch's test
    welch = stats.ttest_ind(two[0], -two[1], equal_var=False).confidence_interval()
    got = stratified_mean(np.concatenate(two), ["a"] * 7 + ["b"] * 20, limits=OPEN)
    assert (2 * got.lower, 2 * got.upper) == (close(welch.low, 1e-9), close(welch.high, 1e-9))


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("n", [2, 5, 200])
def test_a_single_stratum_gets_the_one_sample_t_interval(n, level):
    x = np.random.default_rng(n).normal(0.1, 0.2, n)
    expected = stats.ttest_1samp(x, 0).confidence_interval(level)
    got = stratified_mean(x, ["only"] * n, level=level, limits=OPEN)
    assert (got.lower, got.upper) == (close(expected.low, 1e-10), close(expected.high, 1e-10))
    assert got.stderr == close(stats.sem(x))


def test_clusters_of_one_equal_no_clusters():
    x, strata = uneven()
    names = [f"prompt {i}" for i in range(len(x))]
    assert stratified_mean(x, strata, names, limits=WIDE) == stratified_mean(x, strata, limits=WIDE)
    rates = (x > -0.2).astype(float)
    assert stratified_rate(rates, strata, names) == stratified_rate(rates, strata)


def test_unclustered_stderr_is_statsmodels_ols_on_stratum_dummies_with_hc2():
    x, strata = uneven()
    dummies = (strata[:, None] == np.unique(strata)).astype(float)
    fit = sm.OLS(x, dummies).fit(cov_type="HC2")
    weights = np.full(3, 1 / 3)
    got = stratified_mean(x, strata, limits=WIDE)
    assert got.mean == close(weights @ fit.params)
    assert got.stderr == close(math.sqrt(weights @ fit.cov_params() @ weights))


def test_clustered_stderr_is_close_to_statsmodels_cluster_robust_covariance():
    x, strata, clusters = crossing()
    dummies = (strata[:, None] == np.arange(4)).astype(float)
    fit = sm.OLS(x, dummies).fit(cov_type="cluster", cov_kwds={"groups": clusters})
    weights = np.full(4, 1 / 4)
    expected = math.sqrt(weights @ fit.cov_params() @ weights)
    got = stratified_mean(x, strata, clusters, limits=WIDE)
    assert got.stderr == pytest.approx(expected, rel=0.005)
    assert stratified_mean(x, strata, limits=WIDE).stderr < 0.8 * expected  # what it protects from


def test_clustered_variance_by_the_definition_of_the_sandwich():
    x = [0.2, 0.6, -0.4, 1.0, 0.0, 0.5, -0.1]
    strata = ["a", "a", "a", "b", "b", "b", "b"]
    clusters = ["p", "p", "q", "p", "r", "r", "s"]
    mean = {"a": 0.4 / 3, "b": 1.4 / 4}
    inflate = {"a": 2 / 1, "b": 3 / 2}  # p, q / p, r, s
    size = {"a": 3, "b": 4}
    variance = 0.0
    for name in "pqrs":
        total = sum(
            math.sqrt(inflate[k]) * (v - mean[k]) / (2 * size[k])
            for v, k, g in zip(x, strata, clusters, strict=True)
            if g == name
        )
        variance += total**2
    got = stratified_mean(x, strata, clusters)
    assert got.mean == close((mean["a"] + mean["b"]) / 2)
    assert got.stderr == close(math.sqrt(variance))


def test_whole_clusters_in_one_stratum_equal_a_t_test_on_cluster_means():
    rng = np.random.default_rng(3)
    means = rng.normal(0, 0.2, 30)
    x = np.repeat(means, 4)
    expected = stats.ttest_1samp(means, 0).confidence_interval()
    got = stratified_mean(x, ["all"] * 120, np.repeat(np.arange(30), 4), limits=OPEN)
    assert (got.lower, got.upper) == (close(expected.low, 1e-10), close(expected.high, 1e-10))


def by_definition(x, strata, limits, level=0.95):
    """The interval of unclustered observations as docs/statistics.md defines it, in plain loops."""
    low, high = limits
    y = [(v - low) / (high - low) for v in x]
    groups = {}
    for v, k in zip(y, strata, strict=True):
        groups.setdefault(k, []).append(v)
    count = len(groups)
    inverse = sum(1 / len(g) for g in groups.values())
    m = sum(sum(g) / len(g) for g in groups.values()) / count
    whole = count**2 / inverse
    near = (whole * m + 1) / (whole + 2)
    variance = below = 0.0
    for g in groups.values():
        n, mean = len(g), sum(g) / len(g)
        part = 1 / n / inverse
        smooth = (n * mean + part) / (n + 2 * part)
        most = smooth * (1 - smooth)
        if n == 1:
            most, spread = max(most, near * (1 - near)), 0.0
        else:
            spread = sum((v - mean) ** 2 for v in g) / (n - 1)
        most_here = mean * (1 - mean)
        if most_here > 0:
            spread *= max(most / most_here, 1)
        evidence = 4 * (n - 1) * most_here
        blended = (evidence * spread + 2 * part * most) / (evidence + 2 * part)
        variance += blended / n / count**2
        below += (blended / n / count**2) ** 2 / (n + 1)
    t2 = stats.t.ppf(0.5 + level / 2, variance**2 / below) ** 2
    n = near * (1 - near) / variance
    centre = (m + t2 / (2 * n)) / (1 + t2 / n)
    half = math.sqrt(t2) * math.sqrt(m * (1 - m) / n + t2 / (4 * n * n)) / (1 + t2 / n)
    ends = []
    for side in (1, -1):  # the exact end of few Poisson counts, by scipy's gamma distribution
        parts = [(v if side == 1 else 1 - v) / len(g) / count for g in groups.values() for v in g]
        total, squares = sum(parts), sum(v * v for v in parts)
        shape = total**2 / squares if squares else math.inf
        end = total / shape * stats.gamma.ppf(0.5 - level / 2, shape) if shape <= 4 else 1.0
        ends.append(end)
    lower, upper = max(min(centre - half, ends[0]), 0), min(max(centre + half, 1 - ends[1]), 1)
    return low + (high - low) * lower, low + (high - low) * upper


@pytest.mark.parametrize(
    ("x", "strata"),
    [
        ([1.0, 1.0, 1.0], "aaa"),
        ([1.0, 0.6, -0.2, 0.2], "aabb"),
        ([1.0] * 19 + [-1.0], "a" * 20),
        ([0.0] * 5 + [1.0], "aaaabb"),
        ([0.2, 1.0, -1.0, 0.4], "abcd"),
        ([1.0, -1.0] + [0.8, 1.0, 0.0, 1.0, 0.6] * 6, "ab" + "c" * 30),
    ],
)
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_interval_by_its_definition(x, strata, level):
    for limits in ((-1.0, 1.0), (-2.0, 2.0)):
        got = stratified_mean(x, list(strata), level=level, limits=limits)
        assert (got.lower, got.upper) == pytest.approx(
            by_definition(x, strata, limits, level), rel=1e-9, abs=1e-12
        )
        assert got.lower < got.upper


def test_five_perfect_scores_by_hand():
    """m = 1, n = 5: smoothed (5 + 1) / 7 = .8571, largest variance .12245, all of it prior.

    V = .12245 / 5, so n_eff = 5; df = V^2 / (V^2 / 6) = 6, t = 2.44691, t^2 = 5.98738. Wilson's lower end
    of 5 of 5: 5 / (5 + 5.98738) = .45507, as a score 2 * .45507 - 1 = -.08986. The upper end is 1.
    """
    got = stratified_mean([1.0] * 5, ["desk"] * 5)
    assert (got.mean, got.stderr, got.upper) == (1.0, 0.0, 1.0)
    assert got.lower == pytest.approx(-0.08986, abs=1e-5)


def test_three_perfect_scores_have_the_exact_end_of_three_counts():
    """Half of chi-square's 2.5% point with 6 degrees, 1.2373: .6187 of 3, as a score -.5876."""
    got = stratified_mean([1.0] * 3, ["desk"] * 3)
    assert (got.lower, got.upper) == (pytest.approx(-0.5876, abs=1e-4), 1.0)


@pytest.mark.parametrize(("n", "power"), [(12, 0.8), (60, 0.8), (60, 0.9), (288, 0.5)])
def test_a_difference_of_the_detectable_size_is_found_as_often_as_promised(n, power):
    sigma, draws = 0.4, 20_000
    known = Estimate(0.0, sigma / math.sqrt(n), n - 1.0, -1.0, 1.0, n)
    size = minimum_detectable_difference(known, power=power)
    d = np.random.default_rng(n).normal(size, sigma, (draws, n))
    t = d.mean(axis=1) / (d.std(axis=1, ddof=1) / math.sqrt(n))
    found = np.mean(np.abs(t) > stats.t.ppf(0.975, n - 1))
    assert found == pytest.approx(power, abs=0.015)


def test_a_detectable_difference_needs_a_standard_error():
    assert math.isnan(minimum_detectable_difference(stratified_mean([0.5], ["a"])))


@pytest.mark.parametrize(("hits", "n"), [(60, 400), (200, 400), (390, 400), (1500, 2000)])
def test_rate_of_many_independent_answers_in_one_stratum_is_near_wilsons_interval(hits, n):
    expected = proportion_confint(hits, n, method="wilson")
    got = stratified_rate([1.0] * hits + [0.0] * (n - hits), ["all"] * n)
    width = expected[1] - expected[0]
    assert (got.lower, got.upper) == pytest.approx(expected, abs=0.05 * width)


@pytest.mark.parametrize(("hits", "n"), [(0, 20), (1, 20), (3, 10), (10, 20), (5, 5), (1, 1)])
def test_rate_of_few_answers_is_a_little_wider_than_wilsons_interval(hits, n):
    lower, upper = proportion_confint(hits, n, method="wilson")
    got = stratified_rate([1.0] * hits + [0.0] * (n - hits), ["all"] * n)
    assert got.mean == close(hits / n)
    assert got.lower <= lower + 1e-9
    assert got.upper >= upper - 1e-9
    assert got.upper - got.lower < 1.3 * (upper - lower)


def test_rate_of_none_and_of_all_keep_a_margin():
    none = stratified_rate([0] * 200, ["a", "b"] * 100)
    every = stratified_rate([1] * 200, ["a", "b"] * 100)
    assert (none.mean, none.lower) == (0, 0)
    assert 0 < none.upper < 0.05
    assert (every.mean, every.upper) == (1, 1)
    assert 0.95 < every.lower < 1


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"p": 0.0, "q": 1.0, "r": 0.0}, id="some"),
        pytest.param({"p": 0.0, "q": 0.0}, id="none"),
        pytest.param({"p": 1.0, "q": 1.0, "r": 1.0}, id="all"),
    ],
)
def test_asking_the_same_prompts_again_does_not_narrow_a_rate(answers):
    """Copies inside a cluster carry no information: 3 prompts answered 100 times are 3 prompts."""
    once = stratified_rate(list(answers.values()), ["all"] * len(answers), list(answers))
    often = stratified_rate(
        list(answers.values()) * 100, ["all"] * len(answers) * 100, list(answers) * 100
    )
    assert (often.lower, often.upper) == pytest.approx((once.lower, once.upper), abs=1e-9)


def test_one_prompt_asked_many_times_does_not_establish_a_narrow_rate():
    got = stratified_rate([0.0, 1.0] * 50, ["all"] * 100, ["the prompt"] * 100)
    assert math.isnan(got.stderr)
    widest = proportion_confint(0.5, 1, method="wilson")
    assert math.isnan(got.lower) or (got.lower <= widest[0] and got.upper >= widest[1])


def test_a_large_clean_stratum_does_not_hide_a_small_one():
    """Macro rate 0.25 (a coin in the small stratum) gives two zeros with probability 1/4."""
    got = stratified_rate([0] * 1002, ["small"] * 2 + ["large"] * 1000)
    assert got.upper > 0.25


@settings(max_examples=300, deadline=None)
@given(data=st.data(), n=st.integers(1, 30))
def test_a_rate_stays_in_its_range_and_holds_its_estimate(data, n):
    value = st.sampled_from([0.0, 1.0]) | st.floats(0, 1, allow_subnormal=False)
    x = data.draw(st.lists(value, min_size=n, max_size=n))
    strata = data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    clusters = data.draw(st.none() | st.lists(st.integers(0, 9), min_size=n, max_size=n))
    got = stratified_rate(x, strata, clusters)
    assert math.isnan(got.lower) == math.isnan(got.upper)
    if not math.isnan(got.lower):
        assert 0 <= got.lower <= got.mean <= got.upper <= 1


@settings(max_examples=200, deadline=None)
@given(data=st.data(), n=st.integers(2, 40), shift=st.floats(-3, 3))
def test_a_mean_ignores_order_and_names_and_follows_a_shift(data, n, shift):
    x = np.array(data.draw(st.lists(st.floats(-1, 1), min_size=n, max_size=n)))
    strata = data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    clusters = data.draw(st.lists(st.integers(0, 12), min_size=n, max_size=n))
    order = data.draw(st.permutations(range(n)))
    first = stratified_mean(x, strata, clusters, limits=WIDE)
    assert repr(first) == repr(stratified_mean(x, strata, clusters, limits=WIDE))

    def same(other, shift=0.0):
        mine = (first.mean + shift, first.stderr, first.df, first.lower + shift)
        theirs = (other.mean, other.stderr, other.df, other.lower)
        clipped = first.lower == WIDE[0] or other.lower == WIDE[0]
        ends = slice(0, 3 if clipped else 4)
        assert theirs[ends] == pytest.approx(mine[ends], rel=1e-6, abs=1e-6, nan_ok=True)
        assert other.n == first.n

    same(
        stratified_mean(
            x[order], [strata[i] for i in order], [clusters[i] for i in order], limits=WIDE
        )
    )
    same(
        stratified_mean(
            x,
            [("config", 7 - k) for k in strata],
            [f"prompt {99 - g}" for g in clusters],
            limits=WIDE,
        )
    )
    same(
        stratified_mean(x + shift, strata, clusters, limits=(WIDE[0] + shift, WIDE[1] + shift)),
        shift,
    )


def test_no_observations_give_an_estimate_of_nothing():
    for got in (stratified_mean([], []), stratified_rate([], [], [])):
        assert all(math.isnan(v) for v in (got.mean, got.stderr, got.df, got.lower, got.upper))
        assert got.n == 0


@pytest.mark.parametrize(
    ("strata", "clusters"),
    [(["a", "a", "b"], None), (["a", "a", "b"], ["p", "q", "p"]), (["a"] * 3, ["p"] * 3)],
)
def test_a_stratum_with_one_cluster_has_no_standard_error_but_a_wide_interval(strata, clusters):
    got = stratified_mean([0.2, 0.4, 0.9], strata, clusters)
    assert got.mean == close(0.6 if "b" in strata else 0.5)
    assert math.isnan(got.stderr)
    assert got.upper - got.lower > 1
    assert got.n == 3


def test_values_outside_the_limits_are_an_error_but_for_rounding():
    with pytest.raises(ValueError, match=r"1 values are not within \[-1.0, 1.0\], first: 1.5"):
        stratified_mean([0.5, 1.5], ["a", "a"])
    assert stratified_mean([0.5, 1 + 1e-12], ["a", "a"]).mean == close(0.75)


@pytest.mark.parametrize("estimator", [stratified_mean, stratified_rate])
@pytest.mark.parametrize(
    ("x", "strata", "clusters"),
    [
        ([0.1, 0.2], ["a"], None),
        ([0.1, 0.2], ["a", "a"], ["p"]),
        ([0.1], ["a", "a"], None),
        ([], ["a"], None),
        ([0.1, float("nan")], ["a", "a"], None),
        ([0.1, float("inf")], ["a", "a"], None),
    ],
)
def test_unequal_lengths_and_values_that_are_not_numbers_are_errors(estimator, x, strata, clusters):
    with pytest.raises(ValueError, match=r"same length|finite"):
        estimator(x, strata, clusters)


def test_without_limits_and_spread_nothing_bounds_the_mean():
    got = stratified_mean([3.0, 3.0], ["a", "a"], limits=OPEN)
    assert (got.mean, got.stderr) == (3, 0)
    assert math.isnan(got.lower)
    assert math.isnan(got.upper)


# Coverage. Scores are fifths with a sign, skewed, with other odds in every config.

SCORES = np.array([-1, -0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1])
ODDS = np.array(
    [
        [1, 1, 0, 0, 0, 2, 0, 1, 3, 12, 40],
        [8, 1, 1, 0, 0, 4, 1, 1, 2, 3, 20],
        [0, 0, 0, 1, 0, 30, 1, 1, 1, 2, 4],
        [3, 0, 0, 0, 1, 1, 0, 2, 10, 10, 10],
        [20, 4, 1, 0, 0, 10, 1, 0, 1, 1, 6],
    ],
    dtype=float,
)
CUMULATIVE = np.cumsum(ODDS / ODDS.sum(axis=1, keepdims=True), axis=1)
TRUTH = float((ODDS / ODDS.sum(axis=1, keepdims=True) @ SCORES).mean())
DRAWS, BAND = 3_000, (0.93, 0.97)


def scores(uniform, strata):
    """Scores by inverse transform: equal uniforms give the same rank in every config."""
    return SCORES[(uniform[:, :, None] > CUMULATIVE[strata][None, :, :-1]).sum(axis=2)]


def coverage(draws, strata, clusters=None):
    hits = 0
    for x in draws:
        got = stratified_mean(x, strata, clusters)
        hits += got.lower <= TRUTH <= got.upper
    return hits / len(draws)


def test_intervals_cover_the_macro_mean_of_skewed_scores():
    strata = np.repeat(np.arange(5), 40)
    uniform = np.random.default_rng(10).uniform(size=(DRAWS, 200))
    assert BAND[0] <= coverage(scores(uniform, strata), strata.tolist()) <= BAND[1]


def test_intervals_cover_when_prompts_recur_and_would_not_without_clusters():
    prompts = np.repeat(np.arange(100), 2)  # prompt i under configs i and i + 1 (modulo 5)
    strata = (prompts + np.tile([0, 1], 100)) % 5
    assert np.bincount(strata).tolist() == [40] * 5
    rng = np.random.default_rng(11)
    shared = rng.uniform(size=(DRAWS, 100))[:, prompts]
    own = rng.uniform(size=(DRAWS, 200))
    together = (rng.uniform(size=(DRAWS, 100)) < 0.8)[:, prompts]
    draws = scores(np.where(together, shared, own), strata)
    assert BAND[0] <= coverage(draws, strata.tolist(), prompts.tolist()) <= BAND[1]
    assert coverage(draws, strata.tolist()) < BAND[0]


def test_rate_intervals_cover_rare_events():
    p = np.array([0.02, 0.05, 0.02, 0.1, 0.06])
    strata = np.repeat(np.arange(5), 40)
    draws = (np.random.default_rng(12).uniform(size=(DRAWS, 200)) < p[strata]).astype(float)
    covered = 0
    for x in draws:
        got = stratified_rate(x, strata.tolist())
        covered += got.lower <= p.mean() <= got.upper
    assert 0.93 <= covered / DRAWS <= 0.985


# evalsig: an independent implementation, one stratum only.


def test_a_paired_difference_equals_evalsigs_paired_t_test():
    rng = np.random.default_rng(20)
    a = rng.uniform(-1, 1, 288)
    b = a + rng.normal(0.03, 0.3, 288)
    other = paired_t_test(a, b)
    got = stratified_mean(b - a, ["all"] * 288, limits=OPEN)
    assert got.mean == close(other.delta)
    assert (got.lower, got.upper) == (close(other.ci[0], 1e-9), close(other.ci[1], 1e-9))


def test_a_clustered_difference_is_close_to_evalsigs_cluster_bootstrap():
    d, prompts = clustered_differences()
    other = cluster_bootstrap_ci(np.zeros(len(d)), d, prompts, n_resamples=5_000, rng=1)
    got = stratified_mean(d, ["all"] * len(d), prompts.tolist(), limits=OPEN)
    assert got.mean == close(other.delta)
    width, theirs = got.upper - got.lower, other.ci[1] - other.ci[0]
    assert width == pytest.approx(theirs, rel=0.05)


def test_the_detectable_difference_is_close_to_evalsigs():
    d, prompts = clustered_differences()
    n, sd = len(d), float(np.std(d, ddof=1))
    plain = minimum_detectable_difference(stratified_mean(d, ["all"] * n, limits=WIDE))
    # evalsig takes normal quantiles, we take Student's: a hair more with 599 degrees of freedom
    assert plain == pytest.approx(evalsig_mde(sd, n).mde, rel=0.005)
    clustered = minimum_detectable_difference(
        stratified_mean(d, ["all"] * n, prompts.tolist(), limits=WIDE)
    )
    other = evalsig_mde(sd, n, n_clusters=200, icc=estimate_icc(d, prompts)).mde
    assert clustered == pytest.approx(other, rel=0.02)
    assert clustered > 1.3 * plain


def clustered_differences():
    rng = np.random.default_rng(21)
    prompts = np.repeat(np.arange(200), 3)
    return rng.normal(0.05, 0.3, 200)[prompts] + rng.normal(0, 0.2, 600), prompts
