"""A policy's text says what was meant, and can be read in one way only."""

from dataclasses import replace

import pytest

from cosapien.generate import LEVELS, make_spec
from cosapien.generate.pairs import draw_pairs
from cosapien.generate.wording.policy_text import policy_text
from cosapien.generate.wording.read_back import ReadingError, canonical, read_facts, read_policy


@pytest.mark.parametrize("level", list(LEVELS))
def test_policies_are_read_back_as_they_were_meant(level: int) -> None:
    languages = set()
    for pair in draw_pairs(make_spec(level, 11, "prompts=2")):
        languages.add(pair.world.language)
        for policy in pair.policies:
            text = policy_text(pair.draw.child("policy"), pair.world, policy, pair.dial)
            nothing_known = replace(pair.world, values={}, relative={}, notices={})
            assert read_policy(text, nothing_known).clauses == canonical(policy).clauses
            facts, notices = read_facts(text, nothing_known)
            assert facts == pair.world.values
            assert notices == pair.world.notices
    assert languages == {"en", "de", "es", "fr"}


def test_a_sentence_that_means_nothing_is_an_error() -> None:
    pair = next(draw_pairs(make_spec(1, 0, "worlds=1,prompts=2")))
    with pytest.raises(ReadingError, match=r"0 readings of 'Tell whatever you like\.'"):
        read_policy("1. Tell whatever you like.", pair.world)
    with pytest.raises(ReadingError, match=r"0 readings of 'It costs a lot\.'"):
        read_facts("- It costs a lot.", pair.world)
