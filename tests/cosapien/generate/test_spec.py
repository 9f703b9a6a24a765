"""What fixes a generated benchmark: its text, its ranges, and one clear error for each fault."""

import itertools

import pytest

from cosapien import DataError, load_benchmark
from cosapien.generate import (
    LEVELS,
    ROUND_SEEDS,
    TEST_SEEDS,
    TRAINING_SEEDS,
    Spec,
    choose_revision,
    for_training,
    make_spec,
    parse_spec,
)


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (make_spec(), "v1.level3.seed0"),
        (make_spec(1, 7), "v1.level1.seed7"),
        (make_spec("5,1,3", "42"), "v1.level1+3+5.seed42"),
        (make_spec([2, 4], 0), "v1.level2+4.seed0"),
        (make_spec(3, 0, "depth=1, facts=30"), "v1.level3.seed0.facts30.depth1"),
        (make_spec(3, 0, {"words": 300}), "v1.level3.seed0.words300"),
        (make_spec(3, 0, ["worlds=2", "prompts=8"]), "v1.level3.seed0.worlds2.prompts8"),
    ],
)
def test_a_spec_is_its_text(spec: Spec, text: str) -> None:
    assert str(spec) == text
    assert parse_spec(text) == spec


def test_knobs_replace_parts_of_every_level() -> None:
    spec = make_spec("1,5", 0, "depth=2")
    assert [spec.dial(level).depth for level in (1, 5)] == [2, 2]
    assert spec.dial(5).facts == LEVELS[5].facts == 60


def test_levels_move_every_knob_one_way() -> None:
    for name in ("facts", "clauses", "words", "depth", "conflicts", "derived", "mixed", "pressure"):
        values = [getattr(LEVELS[level], name) for level in sorted(LEVELS)]
        assert values == sorted(values)
    assert (LEVELS[1].facts, LEVELS[5].facts) == (LEVELS[1].clauses, LEVELS[5].clauses) == (6, 60)
    assert (LEVELS[1].words, LEVELS[5].words) == (200, 4000)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: make_spec(6), "generated: level '6' is out of range; expected 1 to 5"),
        (lambda: make_spec("hard"), "generated: level 'hard' is out of range; expected 1 to 5"),
        (lambda: make_spec("3,3"), "generated: level '3,3' names a level twice"),
        (
            lambda: make_spec(3, -1),
            "generated: seed '-1' is out of range; expected 0 to 999999 (tests) or 1000000 to "
            "1999999 (training)",
        ),
        (lambda: make_spec(3, 2_000_000), "generated: seed '2000000' is out of range;"),
        (lambda: make_spec(3, 1.5), "generated: seed '1.5' is out of range;"),
        (lambda: make_spec(3, 0, "facts"), "generated: knob 'facts'; expected NAME=NUMBER"),
        (lambda: make_spec(3, 0, "speed=3"), "generated: unknown knob 'speed'; expected one of"),
        (lambda: make_spec(3, 0, "facts=61"), "generated: facts '61' is out of range; expected 6"),
        (lambda: parse_spec("main"), "generated: revision 'main' is not one; expected v1.levelN"),
        (
            lambda: parse_spec("v9.level3.seed0"),
            "generated: revision 'v9.level3.seed0' was made by generator version 9; this one is "
            "version 1, whose records are other ones",
        ),
        (
            lambda: parse_spec("v1.level3+1.seed0"),
            "generated: revision 'v1.level3+1.seed0' is written v1.level1+3.seed0",
        ),
        (
            lambda: parse_spec("v1.level3.seed00"),
            "generated: revision 'v1.level3.seed00' is written v1.level3.seed0",
        ),
        (
            lambda: choose_revision("contrast", None, level=3),
            "contrast: level was given, but only dataset=generated has levels and seeds",
        ),
        (
            lambda: choose_revision("generated", "v1.level3.seed0", seed=1),
            "generated: generator_seed and revision were given; expected one of them",
        ),
        (
            lambda: load_benchmark("generated", "v1.level1.seed1000000"),
            "generated: seed 1000000 is one for training (1,000,000 to 1,999,999), so no score may "
            "be reported on it; expected a test seed, 0 to 999,999",
        ),
        (
            lambda: for_training(make_spec(1, 0)),
            "generated: seed 0 is not one for training; expected 1000000 to 1999999",
        ),
    ],
)
def test_faults_are_named(make: object, message: str) -> None:
    with pytest.raises(DataError) as caught:
        make()  # type: ignore[operator]
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_no_seed_is_for_two_purposes() -> None:
    ranges = (TEST_SEEDS, TRAINING_SEEDS, ROUND_SEEDS)
    ends = sorted((seeds[0], seeds[-1]) for seeds in ranges)
    assert all(first[1] < second[0] for first, second in itertools.pairwise(ends))


def test_parameters_choose_the_revision() -> None:
    assert choose_revision("generated", None, 2, 9, "depth=3") == "v1.level2.seed9.depth3"
    assert choose_revision("generated", None, seed=4) == "v1.level3.seed4"
    assert choose_revision("contrast", None) is None
    assert choose_revision("org/data", "main") == "main"
