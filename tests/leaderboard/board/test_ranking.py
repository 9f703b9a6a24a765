"""Ranks and ties against pairwise tests, statsmodels, hand work and simulation."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.stats.multitest import multipletests

from leaderboard.board.ranking import pairwise, standings, tie_letters
from scorers.runs.samples import ScoredSample
from scorers.statistics import p_value, paired_differences, stratified_mean

NAN = math.nan
SCORES = st.sampled_from([-1.0, -0.7, -0.1, 0.0, 0.1, 0.3, 0.5, 1.0, NAN])


def samples(values, configs, clusters):
    return [
        ScoredSample(f"s{i}", config, "t", cluster, None, float(value), 0.0, 0.0, 0.0)
        for i, (value, config, cluster) in enumerate(zip(values, configs, clusters, strict=True))
    ]


def board(matrix, configs=None, clusters=None):
    """Rows of a track from a matrix of shape (samples, rows)."""
    n = len(matrix)
    configs = configs or ["c"] * n
    clusters = clusters or [f"p{i}" for i in range(n)]
    columns = np.asarray(matrix).T
    return {f"r{i:03}": samples(column, configs, clusters) for i, column in enumerate(columns)}


@st.composite
def tables(draw):
    n, r = draw(st.integers(1, 14)), draw(st.integers(0, 5))
    values = draw(arrays(np.float64, (n, r), elements=SCORES))
    configs = draw(st.lists(st.sampled_from("xyz"), min_size=n, max_size=n))
    clusters = draw(st.lists(st.sampled_from("abcdefgh"), min_size=n, max_size=n))
    return values, configs, clusters


@st.composite
def noisy_boards(draw):
    """Rows some of which are surely apart, with unscored samples."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    r = draw(st.integers(2, 7))
    matrix = rng.normal(size=(40, r)) * 0.15 + rng.choice([-0.3, 0.0, 0.1, 0.3], size=r)
    matrix = np.clip(matrix, -1, 0.75)  # a test moves them by 0.25
    matrix[rng.random(matrix.shape) < 0.05] = NAN
    return board(matrix, ["x", "y"] * 20, [f"p{i // 2}" for i in range(40)])


@settings(deadline=None, max_examples=300)
@given(tables())
def test_paired_differences_are_the_stratified_mean_of_every_pair(table):
    values, configs, clusters = table
    found = paired_differences(values, configs, clusters)
    for a, b in itertools.permutations(range(values.shape[1]), 2):
        d = values[:, a] - values[:, b]
        at = np.flatnonzero(~np.isnan(d))
        within = [configs[i] for i in at], [clusters[i] for i in at]
        one = stratified_mean(d[at], *within, limits=(-2.0, 2.0))
        if len(at) == 0:
            assert np.isnan([found.mean[a, b], found.stderr[a, b], found.p[a, b]]).all()
            continue
        expected = [one.mean, one.stderr, one.df]
        got = [found.mean[a, b], found.stderr[a, b], found.df[a, b]]
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)
        p = p_value(d[at], *within)
        np.testing.assert_allclose(found.p[a, b], p, rtol=1e-6)


@settings(deadline=None, max_examples=50)
@given(tables())
def test_rows_without_a_score_are_left_out_and_pairs_that_share_too_little_are_ties(table):
    values, configs, clusters = table
    rows = board(values, configs, clusters)
    pairs = pairwise(rows)
    for name, own in rows.items():
        whole = {s.config for s in own} == {s.config for s in own if not math.isnan(s.cosa_score)}
        assert (name in pairs.ids) == whole
    for i, j in itertools.combinations(range(len(pairs.ids)), 2):
        shared = [
            x.config
            for x, y in zip(rows[pairs.ids[i]], rows[pairs.ids[j]], strict=True)
            if not math.isnan(x.cosa_score + y.cosa_score)
        ]
        if set(shared) != set(configs):
            assert math.isnan(pairs.p[i, j])
            assert pairs.adjusted[i, j] == 1


def test_adjustment_is_holm_over_the_one_sided_claims_of_all_pairs():
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(60, 9)) * 0.3 + np.linspace(-0.3, 0.3, 9)
    pairs = pairwise(board(np.clip(scores, -1, 1)))
    upper = np.triu_indices(9, 1)
    p = pairs.p[upper]
    expected = multipletests(np.concatenate([p / 2, 1 - p / 2]), method="holm")[1][: len(p)]
    assert 5 < (expected < 0.05).sum() < 30  # the example has both kinds
    np.testing.assert_allclose(pairs.adjusted[upper], expected, rtol=1e-12)
    # never more liberal than Holm over two-sided tests, never less than Bonferroni
    assert (pairs.adjusted[upper] >= multipletests(p, method="holm")[1] - 1e-15).all()
    assert (pairs.adjusted[upper] <= multipletests(p, method="bonferroni")[1] + 1e-15).all()


def test_three_rows_by_hand():
    """One config, twelve prompts; a scores 1 everywhere, b and c -1 but for one prompt each.

    a - b: eleven differences of 2 and one of 0. The sign-flip test has .0014; the interval's own p is
    larger and counts. On the scale from 0 to 1: m = .9583, smoothed (11.5 + 1) / 14 = .8929, largest
    variance .09566; observed variance .02083, raised by .09566 / (.9583 * .0417) to .0499; evidence
    44 * .03993 = 1.757 against 2: (1.757 * .0499 + 2 * .09566) / 3.757 = .07427. V = .07427 / 12,
    n = .09566 / V = 15.46, t(13) = .4583 / sqrt(.25 / 15.46) = 3.604, p = .0032. Six claims:
    .0032 / 2 * 6 = .0096, and the next one no less.
    b - c: one difference of 2 and one of -2, sum 0: p = 1.
    """
    a, b, c = np.full(12, 1.0), np.full(12, -1.0), np.full(12, -1.0)
    b[0], c[1] = 1.0, 1.0
    rows = board(np.column_stack([b, a, c]))
    pairs = pairwise(rows)
    assert pairs.ids == ("r001", "r000", "r002")
    np.testing.assert_allclose(pairs.difference[0], [0, 22 / 12, 22 / 12])
    np.testing.assert_allclose(pairs.p[0], [1, 0.00321, 0.00321], rtol=5e-3)
    np.testing.assert_allclose(pairs.adjusted[0], [1, 0.00962, 0.00962], rtol=5e-3)
    assert pairs.p[1, 2] == pairs.adjusted[1, 2] == 1
    found = {n: (s.rank, s.low, s.high, s.tie, s.of) for n, s in standings(rows).items()}
    assert found == {
        "r001": (1, 1, 1, "a", 3),
        "r000": (2, 2, 3, "b", 3),
        "r002": (2, 2, 3, "b", 3),
    }
    assert standings(rows, level=0.997)["r000"].tie == "a"  # .0096 is not


def test_no_row_and_one_row():
    assert standings({}) == {}
    only = standings(board([[0.5], [0.7]]))["r000"]
    assert (only.rank, only.low, only.high, only.tie, only.of) == (1, 1, 1, "a", 1)
    assert standings({"empty": [], "unscored": samples([NAN], "c", "p")}) == {}


def test_a_row_that_mislabels_samples_cannot_change_the_others():
    rng = np.random.default_rng(5)
    rows = board(rng.normal(size=(30, 2)) * 0.1 + [0.0, 0.5])
    wrong = samples(np.full(30, 0.9), [f"other{i % 2}" for i in range(30)], "p" * 30)
    before, after = standings(rows), standings({**rows, "wrong": wrong})
    assert (before["r001"].rank, before["r000"].rank) == (1, 2)
    assert (after["wrong"].low, after["wrong"].high) == (1, 3)  # comparable to no one
    assert (after["r001"].rank, after["r000"].rank) == (1, 2)


@settings(deadline=None, max_examples=60)
@given(noisy_boards(), st.randoms())
def test_intervals_hold_the_rank_and_depend_on_nothing_but_the_scores(rows, random):
    found, pairs = standings(rows), pairwise(rows)
    n = len(rows)
    for standing in found.values():
        assert 1 <= standing.low == standing.rank <= standing.high <= n == standing.of
    assert (pairs.difference == -pairs.difference.T).all()
    assert (pairs.p == pairs.p.T).all()
    assert (pairs.adjusted == pairs.adjusted.T).all()
    assert not (pairs.higher() & pairs.higher().T).any()
    # a claim "i above j" raises one row's low end and lowers the other's high end
    claims = int(pairs.higher().sum())
    assert (
        sum(s.low - 1 for s in found.values()) == claims == sum(n - s.high for s in found.values())
    )
    order = random.sample(list(rows), n)
    assert standings({name: rows[name] for name in order}) == found
    moved = {
        name: samples([s.cosa_score + 0.25 for s in own], ["x", "y"] * 20, [s.cluster for s in own])
        for name, own in rows.items()
    }
    assert standings(moved) == found


@settings(deadline=None, max_examples=60)
@given(noisy_boards())
def test_identical_rows_always_tie(rows):
    found = standings({**rows, "twin": rows["r000"]})
    pairs = pairwise({**rows, "twin": rows["r000"]})
    i, j = pairs.ids.index("r000"), pairs.ids.index("twin")
    assert (pairs.difference[i, j], pairs.p[i, j]) == (0, 1)
    assert set(found["twin"].tie) & set(found["r000"].tie)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 9), st.integers(0, 2**32), st.floats(0, 1))
def test_rows_share_a_letter_exactly_if_they_cannot_be_told_apart(n, seed, share):
    same = np.random.default_rng(seed).random((n, n)) < share
    same = np.triu(same, 1) | np.triu(same, 1).T | np.eye(n, dtype=bool)
    letters = [set(tie) for tie in tie_letters(same)]
    for i, j in itertools.product(range(n), repeat=2):
        assert bool(letters[i] & letters[j]) == same[i, j]
    for letter in set().union(*letters):  # and each letter's rows could not be one more
        members = [i for i in range(n) if letter in letters[i]]
        assert not any(same[i, members].all() for i in range(n) if i not in members)


def test_letters_run_from_the_best_row_on():
    assert tie_letters(np.eye(3, dtype=bool)) == ["a", "b", "c"]
    distance = np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    assert tie_letters(distance <= 1) == ["a", "ab", "bc", "c"]
    many = tie_letters(np.abs(np.subtract.outer(np.arange(29), np.arange(29))) <= 1)
    assert many[:3] == ["a", "a b", "b c"]
    assert many[25:] == ["y z", "z aa", "aa ab", "ab"]
    many = tie_letters(np.eye(703, dtype=bool))
    assert many[701:] == ["zz", "aaa"]


def test_surely_better_variants_of_inseparable_models_need_few_letters():
    """100 couples, told apart within and nowhere else: 2^100 maximal sets."""
    same = np.full((200, 200), True)
    couples = np.arange(0, 200, 2)
    same[couples, couples + 1] = same[couples + 1, couples] = False
    letters = [set(tie.split() if " " in tie else tie) for tie in tie_letters(same)]
    assert all(
        bool(letters[i] & letters[j]) == same[i, j]
        for i, j in itertools.combinations(range(200), 2)
    )
    assert len(set().union(*letters)) < 200  # of at most 19,900 pairs


@pytest.mark.parametrize("truth", [[0.0] * 6, [0.0, 0.0, 0.0, 0.1, 0.1, 0.3]])
def test_all_intervals_hold_at_once_in_95_of_100_boards(truth):
    """The family-wise error, wrong directions included, and the coverage of all true ranks."""
    rng = np.random.default_rng(11)
    configs, clusters = ["x"] * 20 + ["y"] * 40, [f"p{i % 50}" for i in range(60)]
    truth, boards, misses, false_claims = np.array(truth), 300, 0, 0
    apart = truth[:, None] > truth
    best, worst = 1 + apart.sum(axis=0), 6 - apart.sum(axis=1)
    for _ in range(boards):
        prompts = rng.normal(size=(50, 6)) * 0.2  # an observation is its prompt's and its own
        scores = truth + rng.normal(size=(60, 1)) * 0.3 + rng.normal(size=(60, 6)) * 0.2
        scores = np.clip(scores + prompts[np.arange(60) % 50], -1, 1)
        rows = board(scores, configs, clusters)
        pairs, found = pairwise(rows), standings(rows)
        at = [int(name[1:]) for name in pairs.ids]
        false_claims += bool((pairs.higher() & ~apart[np.ix_(at, at)]).any())
        low = np.array([found[f"r{i:03}"].low for i in range(6)])
        high = np.array([found[f"r{i:03}"].high for i in range(6)])
        misses += bool(((low > best) | (high < worst)).any())
    limit = 0.05 + 3 * math.sqrt(0.05 * 0.95 / boards)
    assert false_claims / boards <= limit
    assert misses <= false_claims
    if truth.any():
        assert (low[0], high[5]) != (1, 6)  # nor is a true difference missed
