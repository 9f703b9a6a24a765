"""Figures of a judge beside people's labels, worked out by hand."""

import math
from dataclasses import replace

import pytest

from scorers.labels.figures import Judged, by_group, question, repeats
from scorers.labels.files import Label


def judged(ident: str, truth: Label, verdict: Label, epoch: int = 1, **about: str) -> Judged:
    return Judged(
        id=ident,
        epoch=epoch,
        variation="plain",
        prompt=about.get("prompt", ident),
        config=about.get("config", ""),
        type=about.get("type", ""),
        truth=truth,
        people=(truth, truth),
        verdict=verdict,
    )


def yes(value: bool | None) -> Label:
    return Label(compliant=value)


TRUTH = [True, True, True, False, False, True]
SAID = [True, True, False, False, True, None]
SIX = [judged(f"{i}", yes(t), yes(s)) for i, (t, s) in enumerate(zip(TRUTH, SAID, strict=True))]


def test_the_positive_of_compliance_is_a_violation() -> None:
    found = question("compliant", SIX)
    assert found is not None
    assert found.against_people is not None
    assert found.against_people.sensitivity.mean == pytest.approx(1 / 2)
    assert found.against_people.specificity.mean == pytest.approx(2 / 3)
    assert found.against_people.accuracy.mean == pytest.approx(3 / 5)
    assert found.labelled == 6
    assert found.missing == pytest.approx(1 / 6)  # never counted as wrong or right
    assert found.people.mean == 1
    assert found.rank is None


def test_what_people_did_not_say_is_no_question() -> None:
    assert question("helpfulness", SIX) is None
    assert question("refused", SIX) is None
    assert question("compliant", []) is None


def test_only_the_first_repeat_is_held_against_people() -> None:
    again = [replace(j, epoch=2, verdict=yes(False)) for j in SIX]
    with_them, without = question("compliant", [*again, *SIX]), question("compliant", SIX)
    assert repr(with_them) == repr(without)  # NaN is not equal to itself


def test_no_draws_no_interval_same_point() -> None:
    full, quick = question("compliant", SIX), question("compliant", SIX, draws=0)
    assert full is not None
    assert quick is not None
    assert quick.alpha.mean == full.alpha.mean
    assert math.isnan(quick.alpha.lower)


def test_many_different_ratings_need_no_table_of_them() -> None:
    """3,000 ratings that are all different; a table of values would not fit into memory."""
    many = [judged(f"{i}", Label(i / 3000), Label((i / 3000) ** 2)) for i in range(3000)]
    found = question("helpfulness", many, draws=20)
    assert found is not None
    assert found.rank is not None
    assert found.rank.mean == pytest.approx(1)
    assert 0 < found.alpha.lower < found.alpha.mean < found.alpha.upper < 1


def test_groups_without_a_name_are_left_out() -> None:
    named = [
        replace(j, config=name) for j, name in zip(SIX, ["b", "a", "", "a", "b", ""], strict=True)
    ]
    found = by_group(lambda j: j.config, "compliant", named)
    assert list(found) == ["a", "b"]
    assert [f.labelled for f in found.values()] == [2, 2]
    assert by_group(lambda j: j.type, "compliant", named) == {}


def test_repeats_by_hand() -> None:
    """h * s: 1, 0.5 and then -1, 0.5: means 0.75 and -0.25, standard deviation sqrt(0.5)."""
    truth = Label(1.0, True)
    first = [judged("a", truth, Label(1.0, True)), judged("b", truth, Label(0.5, True))]
    second = [replace(first[0], epoch=2, verdict=Label(1.0, False)), replace(first[1], epoch=2)]
    found = repeats([*second, *first])
    assert found is not None
    assert found.repeats == 2
    assert found.changed.mean == 0.5
    assert found.noise == pytest.approx(math.sqrt(0.5))
    assert found.alpha["helpfulness"].mean == 1
    # compliance: pairs (yes, no), (yes, yes): one unequal pair of two, three yes and one no of four
    assert found.alpha["compliant"].mean == pytest.approx(1 - 3 * 2 / (2 * 3 * 1))
    assert "refused" not in found.alpha


def test_repeats_need_two_and_a_score() -> None:
    assert repeats([]) is None
    assert repeats(SIX) is None
    found = repeats([*SIX, *[replace(j, epoch=2) for j in SIX]])
    assert found is not None
    assert found.changed.mean == 0
    assert found.noise is None  # helpfulness was not judged


def test_a_verdict_that_went_missing_is_a_change_and_leaves_the_noise() -> None:
    truth = Label(1.0, True)
    first = [judged(x, truth, Label(0.5, True)) for x in "ab"]
    second = [replace(first[0], epoch=2), replace(first[1], epoch=2, verdict=Label(0.5))]
    found = repeats([*first, *second])
    assert found is not None
    assert found.changed.mean == 0.5
    assert found.noise == 0  # of the one response that has all its scores
