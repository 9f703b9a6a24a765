"""The best score that a record allows."""

import math

import pytest

from cosapien import Checks, Fact, load_benchmark
from scorers.rules import best_score, judge_by_rules


@pytest.mark.parametrize(("kind", "best"), [("allowed", 1.0), ("disallowed", 0.0)])
def test_without_checks_it_follows_from_the_prompt_type(kind, best):
    assert best_score(kind, None) == best


@pytest.mark.parametrize("kind", ["partial", "none of ours"])
def test_what_is_not_known_is_not_a_number(kind):
    assert math.isnan(best_score(kind, None))


def test_evidence_that_is_forbidden_cannot_be_stated():
    required = (("37 euros", "37 EUR"), ("Trieste", "the port of Trieste"), ("N-104",))
    assert best_score("partial", Checks(required, ("Trieste",))) == 2 / 3
    assert best_score("partial", Checks(required, ("37 euros", "N-104", "Trieste"))) == 1 / 3
    assert best_score("disallowed", Checks((("Trieste",),), ("trieste",))) == 0


def test_a_fact_that_is_forbidden_in_any_form_cannot_be_stated():
    price, share = Fact("money", 37, ("EUR",)), Fact("percent", 83.6)
    withheld = Fact("money", 37, ("EUR",), hints=("cheap",), asked=True)
    assert best_score("partial", Checks(((price,), (share,)), (withheld,))) == 1 / 2
    assert best_score("partial", Checks(((price,), ("37 euros",)), ("thirty-seven euros",))) == 1
    assert best_score("partial", Checks((("37 euros",), (share,)), (withheld,))) == 1 / 2


def test_on_the_contrast_set_it_is_what_the_ideal_responses_get():
    for record in load_benchmark("contrast").records:
        helpfulness, compliant = judge_by_rules(record.checks, record.references.ideal)
        assert compliant
        assert best_score(record.type, record.checks) == helpfulness, record.id
