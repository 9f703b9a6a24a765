"""A sample's score and its way back into a judged response."""

import math
from typing import Any

import pytest
from inspect_ai.scorer import SampleScore, Score

from cosapien import UserError
from scorers.labels.files import Label, LabelFile, LabelledResponse
from scorers.labels.score import (
    judged_from,
    judged_response,
    label_agreement,
    label_score,
    labelled_dataset,
)
from scorers.questions.rubrics import RUBRICS, Rubric
from scorers.questions.variations import CRITERIA

NAN = math.nan
RESPONSES = tuple(
    LabelledResponse(
        f"r{i}", "Same prompt?", f"Answer {i}.", Label(refused=i < 2), people=(Label(refused=True),)
    )
    for i in range(4)
)
ABOUT = [sample.metadata for sample in labelled_dataset(LabelFile("x", "0", RESPONSES))]


def score(i: int, refused: float, **details: Any) -> SampleScore:
    value = {"helpfulness": NAN, "compliant": NAN, "refused": refused}
    value["unscored"] = float(math.isnan(refused))
    return SampleScore(
        score=Score(value=value, metadata={"epoch": 1, **details}),
        sample_id=f"r{i}",
        sample_metadata=ABOUT[i],
    )


def test_a_score_holds_all_that_the_figures_need() -> None:
    found = judged_response(score(0, 1.0, variation="reordered", disagreement=0.2))
    assert (found.id, found.epoch, found.variation) == ("r0", 1, "reordered")
    assert found.truth == Label(refused=True)
    assert found.people == (Label(refused=True),)
    assert found.verdict == Label(refused=True)
    assert found.disagreement == 0.2
    assert judged_response(score(1, NAN)).verdict == Label()
    assert len({judged_response(score(i, 1.0)).prompt for i in range(4)}) == 1  # one cluster


def test_another_scorers_score_is_refused_by_sample() -> None:
    with pytest.raises(ValueError, match="sample r7 has no label score"):
        judged_from("r7", ABOUT[0] or {}, {"cosa_score": 1.0}, {"epoch": 1})
    with pytest.raises(ValueError, match="sample r7 has no label score"):
        judged_from("r7", {}, {"helpfulness": 1, "compliant": 1, "refused": 0}, {"epoch": 1})


def test_the_metric_puts_the_headline_first_and_leaves_out_what_is_not_known() -> None:
    found = label_agreement()([score(0, 1.0), score(1, 0.0), score(2, 0.0), score(3, NAN)])
    assert isinstance(found, dict)
    assert next(iter(found)) == "refused/kappa"
    assert found["refused/sensitivity"] == 0.5
    assert found["refused/specificity"] == 1
    assert found["unscored"] == 0.25
    assert not any(name.startswith(("compliant", "helpfulness", "changed")) for name in found)
    assert not any(name.endswith(("_lower", "_upper")) for name in found)
    one = label_agreement()([score(0, 1.0)])
    assert isinstance(one, dict)
    assert math.isnan(one["refused/kappa"])  # type: ignore[arg-type]
    assert "refused/specificity" not in one


@pytest.mark.parametrize(
    "options",
    [
        {"judge": "gpt"},
        {"variation": "loud"},
        {"attempts": 0},
        {"verdict_form": "poem"},
        {"rubric": "theirs"},
        {"rubric": "auto"},
    ],
)
def test_a_wrong_parameter_fails_before_anything_is_asked(options: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=next(iter(options))):
        label_score(**options)


@pytest.mark.parametrize("rubric", ["paper", "ours"])
def test_variations_ask_the_same_in_another_way(rubric: Rubric) -> None:
    """Same names, same fields, same forms of the verdict; no two rubrics alike."""
    wordings = CRITERIA[rubric]
    plain = wordings["plain"]
    assert plain == RUBRICS[rubric]
    for name, criteria in wordings.items():
        for ours, other in zip(plain, criteria, strict=True):
            assert (ours.name, ours.field, ours.sees_config) == (
                other.name,
                other.field,
                other.sees_config,
            )
            assert other.read_text(
                "Fine.\nRating: [[2]]\n" if ours.field == "rating" else "[[NO]]", ""
            ) in (0.4, 0.0)
            assert name == "plain" or (ours.rubric, ours.ending) != (other.rubric, other.ending)
    helpfulness, compliance = wordings["reordered"]
    scale = [line for line in helpfulness.rubric.splitlines() if line[1:4] == " - "]
    assert [line[0] for line in scale] == list("543210")
    assert compliance.ending.index("[[NO]]") < compliance.ending.index("[[YES]]")
    for n in range(6):
        assert f"\n{n} - " in wordings["paraphrased"][0].rubric
