"""Drops from public seeds to private rounds, worked out by hand."""

from typing import Any

import pytest

from leaderboard.board.generated import levels_of, terms_of
from leaderboard.board.rows import Row
from leaderboard.display.drops import drop_lines
from leaderboard.reading.drops import UNKNOWN, difference, drops, mean_of
from leaderboard.results.parts import Figure
from tests.leaderboard.row_factory import figure, row

ROUND: dict[str, Any] = {
    "name": "autumn-2026",
    "closes": "2026-12-15T23:59:59Z",
    "revealed": "2026-12-16T08:00:00Z",
    "generator_version": 1,
    "levels": [1, 3],
    "knobs": {"prompts": 80},
}


def scores(**by_level: Figure) -> dict[str, Any]:
    found = row().metrics.model_dump()
    return found | {"by_group": {name.replace("_", " "): f for name, f in by_level.items()}}


def public(revision: str = "v1.level1+3.seed0", **changes: Any) -> Row:
    given = {"benchmark": "generated", "data_revision": revision, "id": "20260101T000000Z-00000001"}
    values = scores(level_1=figure(0.8, 0.03), level_3=figure(0.5, 0.06))
    return row(**{**given, "metrics": values, **changes})


def later(**changes: Any) -> Row:
    given = {"benchmark": "round autumn-2026", "data_revision": "a" * 12, "round": ROUND}
    values = scores(level_1=figure(0.7, 0.04), level_3=figure(0.1, 0.08))
    return row(**{**given, "metrics": values, **changes})


def test_a_difference_of_independent_scores() -> None:
    """Standard errors 0.03 and 0.04 make 0.05; arms 0.06 and 0.08 make 0.1."""
    first = Figure(mean=0.8, stderr=0.03, lower=0.74, upper=0.86, n=100)
    second = Figure(mean=0.5, stderr=0.04, lower=0.42, upper=0.58, n=60)
    found = difference(first, second)
    assert found.mean == pytest.approx(0.3)
    assert found.stderr == pytest.approx(0.05)
    assert (found.lower, found.upper) == (pytest.approx(0.2), pytest.approx(0.4))
    assert found.n == 160


def test_intervals_that_are_not_symmetric() -> None:
    """Below: 0.03 under the first, 0.04 over the second; above: 0.05 over, 0.12 under."""
    first = Figure(mean=0.8, stderr=0.0, lower=0.77, upper=0.85, n=10)
    second = Figure(mean=0.5, stderr=0.0, lower=0.38, upper=0.54, n=10)
    found = difference(first, second)
    assert found.lower == pytest.approx(0.3 - 0.05)
    assert found.upper == pytest.approx(0.3 + 0.13)


def test_the_mean_over_levels() -> None:
    """Arms 0.3 and 0.4 of two independent figures make 0.5; of their mean, half of it."""
    first = Figure(mean=0.2, stderr=0.06, lower=-0.1, upper=0.5, n=10)
    second = Figure(mean=0.4, stderr=0.08, lower=0.0, upper=0.8, n=20)
    found = mean_of([first, second])
    assert found.mean == pytest.approx(0.3)
    assert found.stderr == pytest.approx(0.05)
    assert (found.lower, found.upper) == (pytest.approx(0.05), pytest.approx(0.55))
    assert found.n == 30


def test_what_is_not_established_stays_so() -> None:
    assert difference(figure(0.5), figure(None)) == UNKNOWN
    assert mean_of([figure(0.5), UNKNOWN]) == UNKNOWN
    assert mean_of([]) == UNKNOWN
    bare = Figure(mean=0.5, stderr=None, lower=None, upper=None, n=10)
    found = difference(bare, figure(0.2))
    assert found.mean == pytest.approx(0.3)
    assert found.stderr is found.lower is found.upper is None


def test_a_model_on_a_seed_and_in_a_round() -> None:
    (found,) = drops([public(), later()])
    assert set(found.levels) == {1, 3}
    assert found.levels[1].mean == pytest.approx(0.1)
    assert found.levels[1].lower == pytest.approx(0.05)  # 0.03 and 0.04
    assert found.levels[3].mean == pytest.approx(0.4)
    assert found.levels[3].upper == pytest.approx(0.5)  # 0.06 and 0.08
    assert found.mean.mean == pytest.approx(0.25)
    lines = drop_lines([found])
    assert [line["level"] for line in lines] == ["1", "3", "mean"]
    assert [line["drop"] for line in lines] == ["+0.100", "+0.400", "+0.250"]
    assert lines[0]["95% interval"] == "[+0.050, +0.150]"


def test_only_the_levels_that_both_have() -> None:
    one = public("v1.level3+5.seed9", metrics=scores(level_3=figure(0.5, 0.06)))
    (found,) = drops([one, later()])
    assert list(found.levels) == [3]
    missing = later(metrics=scores(level_1=figure(0.7)))
    (found,) = drops([one, missing])
    (line,) = drop_lines([found])
    assert line["drop"] == line["95% interval"] == "not established"


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "openai/other"},
        {"method": {"name": "ica"}},
        {"template": "bare"},
        {"variant": {"placement": "user"}},
        {"judge_id": "e" * 12},
        {"latest": False},
        {"partial": "3 of 9 records"},
        {"kind": "reference"},
        {"data_revision": "v2.level1+3.seed0"},
        {"data_revision": "v1.level2.seed0"},
        {"data_revision": "v1.level1+3.seed0.depth4"},
        {"data_revision": "v1.level1+3.seed1000000"},
        {"data_revision": f"v1.level1+3.seed{2**127}"},
        {"data_revision": "main"},
        {"benchmark": "contrast"},
    ],
)
def test_what_is_not_compared(changes: dict[str, Any]) -> None:
    assert drops([public(**changes), later()]) == []


def test_size_does_not_matter() -> None:
    assert len(drops([public("v1.level1+3.seed0.worlds2.prompts9"), later()])) == 1


def test_levels_of_rows() -> None:
    assert levels_of(public()) == ("1", "3")
    assert levels_of(later()) == ("1", "3")
    assert levels_of(row()) == ()
    assert terms_of(row()) is None
