"""Agreement against independent implementations, worked examples and simulation."""

import csv
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from statsmodels.stats.inter_rater import cohens_kappa

from scorers.statistics.agreement import (
    agreement,
    cohen_kappa,
    krippendorff_alpha,
    rank_correlation,
)

XSTEST = Path(__file__).resolve().parents[4] / "shared" / "data" / "xstest"


def test_a_table_worked_by_hand() -> None:
    # 40 responses: 20 truly positive, of which 15 found; 20 negative, of which 18 found
    truth = [True] * 20 + [False] * 20
    judged = [True] * 15 + [False] * 5 + [False] * 18 + [True] * 2
    found = agreement(truth, judged)
    assert found.accuracy.mean == pytest.approx(33 / 40)
    assert found.sensitivity.mean == pytest.approx(15 / 20)
    assert found.specificity.mean == pytest.approx(18 / 20)
    # chance: 17/40 called positive of 20/40, so 0.5 whatever the other margin is
    assert found.kappa.mean == pytest.approx((33 / 40 - 0.5) / 0.5)
    assert (found.n, found.positive) == (40, 20)
    for measure in (found.accuracy, found.kappa, found.sensitivity, found.specificity):
        assert measure.lower < measure.mean < measure.upper


tables = st.lists(st.integers(0, 30), min_size=9, max_size=9).filter(lambda c: sum(c) > 1)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_kappa_is_that_of_statsmodels(cells: list[int]) -> None:
    table = np.array(cells, dtype=float).reshape(3, 3)
    ours = cohen_kappa(table[None])[0]
    chance = (table.sum(0) * table.sum(1)).sum() / table.sum() ** 2
    if chance == 1:
        assert np.isnan(ours)
    else:
        assert ours == pytest.approx(cohens_kappa(table).kappa, abs=1e-9)


ratings = st.lists(
    st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=3, max_size=3),
    min_size=2,
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(ratings, st.sampled_from(["nominal", "interval"]))
def test_alpha_is_that_of_the_krippendorff_package(
    rows: list[list[int | None]], metric: str
) -> None:
    pairable = [row for row in rows if sum(label is not None for label in row) > 1]
    values = {label for row in pairable for label in row if label is not None}
    ours = krippendorff_alpha(rows, metric=metric)
    if len(values) < 2:
        assert np.isnan(ours.mean)
        return
    data = np.array([[np.nan if x is None else x for x in row] for row in pairable]).T
    theirs = krippendorff.alpha(reliability_data=data, level_of_measurement=metric)
    assert ours.mean == pytest.approx(theirs, abs=1e-9)
    assert ours.n == len(pairable)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=20))
def test_rank_correlation_is_that_of_scipy(pairs: list[tuple[int, int]]) -> None:
    a, b = zip(*pairs, strict=True)
    ours = rank_correlation(a, b)
    if len(set(a)) < 2 or len(set(b)) < 2:
        assert np.isnan(ours.mean)
    else:
        assert ours.mean == pytest.approx(spearmanr(a, b).statistic, abs=1e-9)


def test_no_interval_where_most_draws_say_nothing() -> None:
    found = agreement([True, False, False, False], [True, False, False, False])
    assert found.kappa.mean == 1
    assert np.isnan(found.kappa.lower)  # a quarter of the draws has negatives only, or is all alike
    assert found.accuracy.upper == 1
    assert 0.2 < found.accuracy.lower < 0.8  # four of four is not certainty
    nothing = agreement([], [])
    assert np.isnan(nothing.accuracy.mean)
    assert nothing.n == 0


def test_the_same_labels_give_the_same_interval_and_clusters_widen_it() -> None:
    rng = np.random.default_rng(5)
    truth = rng.random(40) < 0.5
    judged = np.where(rng.random(40) < 0.85, truth, ~truth)
    once = agreement(truth.tolist(), judged.tolist())
    assert agreement(truth.tolist(), judged.tolist()) == once
    # every response four times over is no more information
    repeated = agreement(
        np.repeat(truth, 4).tolist(),
        np.repeat(judged, 4).tolist(),
        np.repeat(range(40), 4).tolist(),
    )
    assert repeated.kappa.mean == pytest.approx(once.kappa.mean)
    assert repeated.kappa.lower == pytest.approx(once.kappa.lower, abs=0.02)
    assert repeated.accuracy.lower == pytest.approx(once.accuracy.lower, abs=0.02)


@pytest.mark.parametrize("measure", ["kappa", "alpha", "correlation"])
def test_bootstrap_intervals_cover(measure: str) -> None:
    """Of 200 nominal 95% intervals over 90% hold what is true of the population."""
    rng = np.random.default_rng(11)

    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        truth = rng.integers(0, 2, n) if measure != "correlation" else rng.integers(0, 6, n)
        if measure == "correlation":
            return truth, np.clip(truth + rng.integers(-2, 3, n), 0, 5)
        return truth, np.where(rng.random(n) < 0.8, truth, 1 - truth)

    def estimate(truth: np.ndarray, judged: np.ndarray) -> object:
        if measure == "kappa":
            return agreement((truth == 1).tolist(), (judged == 1).tolist()).kappa
        if measure == "alpha":
            return krippendorff_alpha(np.stack([truth, judged], axis=1).tolist())
        return rank_correlation(truth.tolist(), judged.tolist())

    many, same = draw(200_000)
    # otherwise 80% agreement of balanced labels, half of it by chance
    true = spearmanr(many, same).statistic if measure == "correlation" else 0.6
    held = [(found := estimate(*draw(120))).lower <= true <= found.upper for _ in range(200)]
    assert np.mean(held) > 0.9


@pytest.mark.skipif(not XSTEST.exists(), reason="needs XSTest's completions (CC-BY-4.0)")
@pytest.mark.parametrize("model", ["gpt4", "llama2new", "mistralinstruct"])
def test_xstest_from_its_columns(model: str) -> None:
    """GPT-4's and the string match's labels against the people's, by two routes each."""
    with (XSTEST / f"{model}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    refused = {
        column: np.array([row[column].startswith("2") for row in rows])
        for column in (
            "final_label",
            "gpt4_label",
            "strmatch_label",
            "annotation_1",
            "annotation_2",
        )
    }
    human = refused["final_label"]
    for judge in ("gpt4_label", "strmatch_label"):
        found = agreement(human.tolist(), refused[judge].tolist())
        assert found.accuracy.mean == pytest.approx(np.mean(human == refused[judge]))
        table = np.array(
            [
                [np.sum((human == x) & (refused[judge] == y)) for y in (True, False)]
                for x in (True, False)
            ]
        )
        assert found.kappa.mean == pytest.approx(cohens_kappa(table).kappa)
        assert found.sensitivity.mean == pytest.approx(table[0, 0] / table[0].sum())
        assert found.specificity.mean == pytest.approx(table[1, 1] / table[1].sum())
    people = np.stack([refused["annotation_1"], refused["annotation_2"]]).astype(float)
    assert krippendorff_alpha(people.T.tolist()).mean == pytest.approx(
        krippendorff.alpha(reliability_data=people, level_of_measurement="nominal")
    )
