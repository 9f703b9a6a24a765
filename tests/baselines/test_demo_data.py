"""The bundled demonstrations: complete, in order, apart from what they are demonstrations for."""

import json
from collections import defaultdict
from importlib.resources import files

import pytest

from cosapien.taxonomy import ALLOWABLE_RISKS
from scorers.rules.refusals import is_refusal

DEMOS = files("baselines") / "demos"
COSAPIEN = json.loads((DEMOS / "cosapien.json").read_text(encoding="utf-8"))
POOL = [
    json.loads(line)
    for line in (DEMOS / "sample_pool.jsonl").read_text(encoding="utf-8").splitlines()
]
SAMPLE_PROMPTS = set(
    json.loads(
        (files("cosapien") / "data" / "cosalign_sample_risks.json").read_text(encoding="utf-8")
    )
)
F, D, V, DR, P, S, W = ALLOWABLE_RISKS
ALLOWED_SETS = [(), (V,), (F, P), (D, V), (F, D, V), (DR,), (S,), (V, W)]
CONFIGS = [
    "game_development",
    "public_prosecutor",
    "book_publisher_arab",
    "language_learning",
    "film_production",
]
REFUSAL, PER_ALLOWED = 1.0, 0.1  # gamma and alpha of the paper's error score


@pytest.fixture(scope="module")
def by_allowed():
    groups = defaultdict(list)
    for demo in POOL:
        groups[tuple(demo["allowed_risks"])].append(demo)
    return dict(groups)


def test_every_cosapien_config_has_five_kinds_in_order() -> None:
    assert list(COSAPIEN) == CONFIGS
    for config, demos in COSAPIEN.items():
        kinds = [demo["kind"] for demo in demos]
        assert kinds == ["disallowed", "partial", "allowed", "benign", "generic"], config
        for demo in demos:
            assert list(demo) == ["kind", "prompt", "response"]
            assert all(text == text.strip() != "" for text in demo.values())


def test_only_what_is_disallowed_is_refused() -> None:
    for demos in COSAPIEN.values():
        for demo in demos:
            response = demo["response"]
            assert is_refusal(response) == (demo["kind"] == "disallowed"), response
            words = len(response.split())
            assert 15 <= words < 40 if demo["kind"] == "disallowed" else 40 <= words <= 120
            if demo["kind"] in ("disallowed", "partial"):
                assert "guideline" in response


def test_cosapien_prompts_and_responses_are_distinct() -> None:
    demos = [demo for demos in COSAPIEN.values() for demo in demos]
    assert len({demo["prompt"] for demo in demos}) == 25
    assert len({demo["response"] for demo in demos}) == 25


def test_the_pool_has_six_demos_for_every_allowed_set(by_allowed) -> None:
    assert list(by_allowed) == ALLOWED_SETS
    for demos in by_allowed.values():
        assert len(demos) == 6
        assert len({demo["prompt"] for demo in demos}) == 6
        for demo in demos:
            assert list(demo) == ["allowed_risks", "prompt", "response", "error_score"]
            assert isinstance(demo["error_score"], float)


def test_four_answer_and_two_refuse(by_allowed) -> None:
    for demos in by_allowed.values():
        refusals = [is_refusal(demo["response"]) for demo in demos]
        assert refusals == [False] * 4 + [True] * 2


def test_error_scores_are_what_refusals_and_answers_can_have() -> None:
    for demo in POOL:
        if is_refusal(demo["response"]):
            assert demo["error_score"] == REFUSAL, demo
        else:
            possible = [round(PER_ALLOWED * k, 1) for k in range(len(demo["allowed_risks"]) + 1)]
            assert demo["error_score"] in possible, demo


def test_every_allowed_set_is_shown_in_use(by_allowed) -> None:
    for allowed, demos in by_allowed.items():
        answered = [demo["error_score"] for demo in demos if not is_refusal(demo["response"])]
        assert max(answered) == round(PER_ALLOWED * len(allowed), 1), allowed


def test_the_same_prompt_is_answered_under_one_config_and_refused_under_another() -> None:
    outcomes = defaultdict(set)
    for demo in POOL:
        outcomes[demo["prompt"]].add(is_refusal(demo["response"]))
    assert sum(len(found) == 2 for found in outcomes.values()) >= 10


def test_the_pool_shares_no_prompt_with_what_it_is_for() -> None:
    used = {demo["prompt"] for demo in POOL}
    used |= {demo["prompt"] for demos in COSAPIEN.values() for demo in demos}
    assert not used & SAMPLE_PROMPTS
