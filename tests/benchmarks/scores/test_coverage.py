"""The short form of the coverage simulation, held to the bars of docs/statistics.md.

400 runs a cell: a true coverage of 0.95 is seen below 0.915 less than once in 1,000 cells. Each bar
leaves room for chance; the long table is the evidence.
"""

import numpy as np
import pytest

from benchmarks.scores.coverage import (
    SCORES,
    SIZES,
    board_rows,
    claimed,
    coverage,
    crossed_rows,
    difference_rows,
    label_rows,
    score_rows,
    strata_of,
    unscored_rows,
)
from leaderboard.board.ranking import pairwise
from scorers.runs import ScoredSample
from scorers.statistics import stratified_mean


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(15)


def test_scores_and_rates_at_every_size(rng: np.random.Generator) -> None:
    cells = [(size, name, held) for size, name, held, _ in score_rows(rng, 400)]
    assert [cell for cell in cells if cell[2] < 0.915] == []
    assert np.mean([cell[2] for cell in cells if cell[0] == "12 x 24"]) < 0.975  # nor all too wide


def test_prompts_that_recur(rng: np.random.Generator) -> None:
    assert [row for row in crossed_rows(rng, 400) if row[2] < 0.915] == []


def test_differences(rng: np.random.Generator) -> None:
    cells = list(difference_rows(rng, 400))
    assert [cell for cell in cells if cell[2] > 0.09 or cell[3] < 0.915] == []
    assert np.mean([cell[2] for cell in cells]) <= 0.05
    large = [wrong for size, name, wrong, _ in cells if size == "8 x 400"]
    assert np.mean(large) > 0.02  # the tests are not merely asleep


def test_boards_of_identical_models(rng: np.random.Generator) -> None:
    assert sum(share for *_, share in board_rows(rng, 2)) <= 1  # of 78 boards, 4 are expected at 5%


def test_labels_and_unscored(rng: np.random.Generator) -> None:
    assert [row for row in label_rows(rng, 40) if row[2] < 0.85] == []
    rows = list(unscored_rows(rng, 40))
    assert all(bounds >= 0.9 for *_, bounds, _ in rows)
    assert rows[0][3] < 0.5  # what the bounds protect from


def test_a_column_is_a_stratified_mean(rng: np.random.Generator) -> None:
    of, strata = SCORES["mixed"], strata_of(SIZES["2, 3, 8, 40, 20"])
    draws = of.draw(rng, SIZES["2, 3, 8, 40, 20"], 100)
    one_by_one = [stratified_mean(column, strata) for column in draws.T]
    mean = of.mean(5)
    held = np.mean([e.lower <= mean <= e.upper for e in one_by_one])
    width = np.mean([e.upper - e.lower for e in one_by_one])
    assert coverage(draws, strata, None, of.limits, mean) == pytest.approx((held, width))


def test_a_claim_is_one_of_the_boards(rng: np.random.Generator) -> None:
    seen = set()
    for by in (0.0, 0.2, 0.3, 0.5, 1.0):
        scores = rng.choice([-0.5, 0.0, 0.5], size=(30, 4))
        scores[:, 0] = np.minimum(scores[:, 0] + by, 1.0)
        rows = {
            f"m{j}": [
                ScoredSample(f"s{i}", "c", "t", f"s{i}", None, float(v), 0.0, 0.0, 0.0)
                for i, v in enumerate(column)
            ]
            for j, column in enumerate(scores.T)
        }
        expected = bool(pairwise(rows).higher().any())
        assert claimed(scores, ["c"] * 30) == expected
        seen.add(expected)
    assert seen == {True, False}
