"""Drops from public seeds to private rounds, worked out by hand."""

from typing import Any

import pytest

from leaderboard.board.generated import levels_of, terms_of
from leaderboard.board.rows import Row
from leaderboard.display.drops import drop_lines
from leaderboard.reading.drops import UNKNOWN, difference, drops
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


def scores(**by_level: tuple[Figure, list[float]]) -> dict[str, Any]:
    """A level's figure, and the mean scores of its worlds (both policies of a world the same)."""
    found = row().metrics.model_dump()
    configs = {
        f"{name.replace('_', '')}-w{number}{side}": figure(mean)
        for name, (_, worlds) in by_level.items()
        for number, mean in enumerate(worlds)
        for side in "ab"
    }
    groups = {name.replace("_", " "): level for name, (level, _) in by_level.items()}
    return found | {"by_group": groups, "by_config": configs}


def public(revision: str = "v1.level1+3.seed0", **changes: Any) -> Row:
    given = {"benchmark": "generated", "data_revision": revision, "id": "20260101T000000Z-00000001"}
    values = scores(
        level_1=(figure(0.8, 0.03), [0.7, 0.9]), level_3=(figure(0.5, 0.06), [0.5, 0.5])
    )
    return row(**{**given, "metrics": values, **changes})


def later(**changes: Any) -> Row:
    given = {"benchmark": "round autumn-2026", "data_revision": "a" * 12, "round": ROUND}
    values = scores(
        level_1=(figure(0.7, 0.04), [0.6, 0.8]), level_3=(figure(0.1, 0.08), [0.1, 0.1])
    )
    return row(**{**given, "metrics": values, **changes})


FLAT = ([0.5, 0.5], [0.5, 0.5])
"""Worlds that do not differ: then the interval is that over prompts."""


def test_worlds_that_differ_widen_the_interval() -> None:
    """Means 0.8 and 0.3, each with a variance of 0.02 over two worlds.

    The error is the root of 0.02 / 2 + 0.02 / 2, which is 0.141421; the degrees of freedom are
    0.02^2 / (0.01^2 + 0.01^2), which is 2; the quantile of t is then 4.302653.
    """
    found = difference([figure(0.8)], [figure(0.3)], [([0.7, 0.9], [0.2, 0.4])])
    assert found.mean == pytest.approx(0.5)
    assert found.stderr == pytest.approx(0.1414214)
    assert found.lower == pytest.approx(0.5 - 0.6084870)
    assert found.upper == pytest.approx(0.5 + 0.6084870)


def test_it_is_never_narrower_than_over_prompts() -> None:
    """Arms 0.06 and 0.08 make 0.1."""
    found = difference([figure(0.8, 0.06)], [figure(0.5, 0.08)], [FLAT])
    assert found.stderr == 0
    assert (found.lower, found.upper) == (pytest.approx(0.2), pytest.approx(0.4))


def test_intervals_that_are_not_symmetric() -> None:
    """Below: 0.03 under the first, 0.04 over the second; above: 0.05 over, 0.12 under."""
    first = Figure(mean=0.8, stderr=0.0, lower=0.77, upper=0.85, n=10)
    second = Figure(mean=0.5, stderr=0.0, lower=0.38, upper=0.54, n=10)
    found = difference([first], [second], [FLAT])
    assert found.lower == pytest.approx(0.3 - 0.05)
    assert found.upper == pytest.approx(0.3 + 0.13)
    assert found.n == 20


def test_the_mean_over_levels() -> None:
    """Four arms of 0.1, 0.1, 0.1 and 0.1 make 0.2; of the mean over two levels, half of it."""
    found = difference(
        [figure(0.6, 0.1), figure(0.9, 0.1)], [figure(0.5, 0.1), figure(0.6, 0.1)], [FLAT, FLAT]
    )
    assert found.mean == pytest.approx(0.2)
    assert (found.lower, found.upper) == (pytest.approx(0.1), pytest.approx(0.3))


def test_what_is_not_established_stays_so() -> None:
    assert difference([figure(0.5)], [figure(None)], [FLAT]) == UNKNOWN
    assert difference([], [], []) == UNKNOWN
    one_world = difference([figure(0.5)], [figure(0.2)], [([0.5], [0.2, 0.2])])
    assert one_world.mean == pytest.approx(0.3)
    assert one_world.stderr is one_world.lower is one_world.upper is None


def test_a_model_on_a_seed_and_in_a_round() -> None:
    (found,) = drops([public(), later()])
    assert set(found.levels) == {1, 3}
    assert found.levels[1].mean == pytest.approx(0.1)
    assert found.levels[1].stderr == pytest.approx(0.1414214)  # worlds 0.2 apart in both
    assert found.levels[3].mean == pytest.approx(0.4)
    assert found.levels[3].upper == pytest.approx(0.5)  # worlds alike; 0.06 and 0.08
    assert found.mean.mean == pytest.approx(0.25)
    lines = drop_lines([found])
    assert [line["level"] for line in lines] == ["1", "3", "mean"]
    assert [line["drop"] for line in lines] == ["+0.100", "+0.400", "+0.250"]
    assert lines[1]["95% interval"] == "[+0.300, +0.500]"


def test_only_the_levels_that_both_have() -> None:
    one = public("v1.level3+5.seed9", metrics=scores(level_3=(figure(0.5, 0.06), [0.5, 0.5])))
    (found,) = drops([one, later()])
    assert list(found.levels) == [3]
    missing = later(metrics=scores(level_1=(figure(0.7), [0.7, 0.7])))
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
