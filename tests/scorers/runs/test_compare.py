"""The sentence about two runs: what p says, and why a detectable difference may not be known."""

import math

import pytest

from scorers.runs.compare import compare_samples
from scorers.runs.endings import Endings
from scorers.runs.logs import Run
from scorers.runs.report import verdict
from tests.scorers.runs.test_summary import sample

# five prompts (rows) under three configs, always better; found by search
DIFFERENCES = [[1.2, 2.0, 2.0], [1.2, 2.0, 0.6], [2.0, 0.8, 0.4], [0.2, 1.0, 0.6], [1.2, 1.2, 0.8]]


def run(name, samples):
    return Run(
        log=f"{name}.eval",
        model=name,
        method="plain",
        benchmark="b",
        revision="r",
        template="bare",
        variant={},
        judge={"kind": "rules", "id": "x"},
        samples=tuple(samples),
        judge_calls=0,
        usage=(),
        endings=Endings(),
    )


def compared(differences):
    """What is said of runs whose scores are half of each difference above and below 0."""
    a, b = (
        [
            sample(i, f"config {k}", sign * d / 2, prompt=f"prompt {i}")
            for i, row in enumerate(differences)
            for k, d in enumerate(row)
        ]
        for sign in (1, -1)
    )
    found = compare_samples(a, b)
    return found, verdict(run("a", a), run("b", b), found)


def test_p_leads_where_the_interval_leaves_0_out():
    found, text = compared(DIFFERENCES)
    assert found.difference.lower > 0
    assert found.p == 2 / 2**5  # of the sign patterns of five prompts only these two go as far
    assert "No difference established (p = 0.062)" in text
    assert "scores higher" not in text


def test_a_difference_is_established_by_p():
    _, text = compared([[1.9], [2.0], [2.0], [1.8], [2.0], [2.0], [1.9], [2.0], [2.0], [2.0]])
    assert "A scores higher (p = 0.00" in text


@pytest.mark.parametrize(
    ("differences", "reason"),
    [
        ([[0.4, 0.2]] * 7, "all differences within a config are equal"),
        ([[0.4]], "a config has a single prompt"),
        ([[0.4], [0.2], [-0.4], [0.0], [0.2]], "with fewer than 6 prompts"),
    ],
)
def test_why_a_detectable_difference_is_not_known(differences, reason):
    found, text = compared(differences)
    assert math.isnan(found.detectable)
    assert f"is not established: {reason}" in text
    assert "nan" not in text


def test_a_detectable_difference_is_said():
    found, text = compared([[0.4], [0.2], [-0.4], [0.0], [0.2], [-0.2]])
    assert found.not_detectable is None
    assert f"a true difference of {found.detectable:.2f} would be found 8 times out of 10" in text
