"""The metrics of a run read its sample scores once between them."""

import gc
import math
from weakref import ref

import pytest
from inspect_ai.scorer import SampleScore, Score
from inspect_ai.scorer._metric import metric_scores

from scorers.cosa import metrics
from scorers.runs.samples import score_values


def sample_score(number, helpfulness=1.0):
    about = {
        "config": f"c{number % 2}",
        "type": "allowed",
        "prompt_hash": str(number),
        "group": "seen",
    }
    score = Score(value=score_values(helpfulness, number % 3 > 0))
    return SampleScore(score=score, sample_id=str(number), sample_metadata=about)


@pytest.fixture
def reads(monkeypatch):
    """Ids of the sample scores that were read, in order."""
    ids = []
    read = metrics.scored_values

    def counted(ident, *rest):
        ids.append(ident)
        return read(ident, *rest)

    monkeypatch.setattr(metrics, "scored_values", counted)
    return ids


def test_four_metrics_read_each_score_once(reads):
    scores = [sample_score(number) for number in range(12)]
    values = [compute(list(scores)) for compute in metrics.METRICS]  # a list of its own for each
    assert reads == [str(number) for number in range(12)]
    assert values[0]["cosa"] == values[1]["seen/cosa"] == pytest.approx(1 / 3)
    assert set(values[2]) == {
        "config/c0",
        "config/c1",
        "config/c0/compliance",
        "config/c1/compliance",
    }
    assert set(values[3]) == {"type/allowed", "type/allowed/compliance"}
    # numbers 0, 3, 6 and 9 violate: two of the six of each config
    assert values[0]["compliance"] == values[1]["seen/compliance"] == pytest.approx(2 / 3)
    assert values[2]["config/c1/compliance"] == pytest.approx(2 / 3)
    cells = ("helpful_safe", "helpful_unsafe", "unhelpful_safe", "unhelpful_unsafe")
    assert [values[0][name] for name in cells] == pytest.approx([2 / 3, 1 / 3, 0, 0])


def test_every_metric_is_given_every_epoch():
    assert [metric_scores(metric) for metric in metrics.METRICS] == ["unreduced"] * 4


def test_epochs_are_averaged_within_a_sample():
    """Two of three epochs of one sample are unhelpful violations, and its config has one more."""
    scores = [sample_score(1, helpfulness) for helpfulness in (1.0, 0.0, 0.0)]
    for score in scores[1:]:
        score.score.value = score_values(0.0, compliant=False)
    values = metrics.METRICS[0]([*scores, sample_score(5)])
    assert values["cosa"] == pytest.approx((1 / 3 + 1) / 2)
    assert values["compliance"] == pytest.approx((1 / 3 + 1) / 2)
    assert values["unhelpful_unsafe"] == pytest.approx(1 / 3)


def test_other_scores_are_read_anew(reads):
    overall, scores = metrics.METRICS[0], [sample_score(number) for number in range(4)]
    assert overall(scores[:2])["unscored"] == 0
    assert len(reads) == 2
    assert overall(scores)["unscored"] == 0
    assert len(reads) == 6
    scores[3] = sample_score(3, helpfulness=None)
    assert overall(scores)["unscored"] == 0.25
    assert math.isnan(overall([])["cosa"])
    assert overall(scores)["unscored"] == 0.25
    assert len(reads) == 10


def test_scores_are_not_kept_alive():
    scores = [sample_score(number) for number in range(4)]
    metrics.METRICS[0](scores)
    watched = ref(scores[0])
    del scores
    gc.collect()
    assert watched() is None
