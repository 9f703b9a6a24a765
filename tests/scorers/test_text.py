"""Titles and figures as text."""

import math

import pytest

from scorers.statistics.estimate import Estimate
from scorers.text import judge_name, run_title, unsigned_with_interval, with_interval

NAN = math.nan


@pytest.mark.parametrize(
    ("model", "method", "settings", "title"),
    [
        ("openai/a", "plain", {}, "openai/a"),
        ("openai/a", "cascade(shots=5)", {}, "openai/a + cascade(shots=5)"),
        ("none/none", "ideal", {}, "ideal"),
        ("none/none", "ideal", {"placement": "user"}, "ideal (placement=user)"),
        (
            "openai/a", "plain", {"placement": "user", "override": "seeded"},
            "openai/a (placement=user, override=seeded)",
        ),
    ],
)  # fmt: skip
def test_the_title_of_a_run(model, method, settings, title):
    assert run_title(model, method, settings) == title


def test_the_name_of_a_judge():
    panel = {"kind": "llm", "models": [{"name": "a/b"}, {"name": "c/d"}]}
    assert judge_name(panel) == "a/b + c/d"
    assert judge_name({"kind": "rules", "models": []}) == judge_name({"kind": "rules"}) == "rules"


def test_estimates():
    whole = Estimate(0.25, 0.1, 9.0, -0.5, 1.0, 10)
    assert with_interval(whole) == "+0.250 [-0.500, +1.000]"
    assert unsigned_with_interval(whole) == "0.250 [-0.500, 1.000]"
    bare = Estimate(0.25, NAN, NAN, NAN, NAN, 1)
    assert with_interval(bare) == "+0.250 –"
    assert unsigned_with_interval(bare) == "0.250"
    nothing = Estimate(NAN, NAN, NAN, NAN, NAN, 0)
    assert with_interval(nothing) == "–"
    assert unsigned_with_interval(nothing) == unsigned_with_interval(None) == "–"
