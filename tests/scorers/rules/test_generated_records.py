"""The rules judge and the evaluator of generated records agree on every reference response."""

import pytest

from cosapien.generate import LEVELS, generate, make_spec
from scorers import judge_by_rules

SEEDS = (0, 21)
"""A sample; `python benchmarks/scores/generated.py --agreement N` checks as many as one likes."""


@pytest.mark.parametrize("level", list(LEVELS))
def test_references_get_the_scores_they_were_made_for(level: int) -> None:
    for seed in SEEDS:
        for record in generate(make_spec(level, seed)).records:
            assert record.checks is not None
            assert record.references is not None
            assert judge_by_rules(record.checks, record.references.ideal) == (1.0, True), record.id
            assert judge_by_rules(record.checks, record.references.refusing) == (0.0, True), (
                record.id
            )
            helpfulness, compliant = judge_by_rules(record.checks, record.references.violating)
            assert helpfulness > 0, record.id
            assert not compliant, record.id
