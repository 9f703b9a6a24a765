"""Corrected scores: worked cases, and the coverage of their intervals in a world whose truth is known."""

import numpy as np
import pytest

from scorers.labels import JudgeErrors, prediction_powered, rogan_gladen
from scorers.runs.samples import ScoredSample


def sample(ident: str, config: str, score: float, cluster: str | None = None) -> ScoredSample:
    return ScoredSample(
        id=ident,
        config=config,
        type="allowed",
        cluster=cluster or ident,
        contrast=None,
        cosa_score=score,
        helpful_safe=float(score > 0),
        helpful_unsafe=float(score < 0),
        unscored=float(np.isnan(score)),
    )


def test_a_judge_that_is_always_right_is_left_as_it_is() -> None:
    samples = [sample(f"{i}", "ab"[i % 2], [1.0, 0.4, -0.6, 0.0][i % 4]) for i in range(40)]
    found = prediction_powered(samples, {s.id: s.cosa_score for s in samples[:12]})
    assert found.corrected.mean == pytest.approx(found.judged.mean)
    assert found.corrected.stderr == pytest.approx(found.judged.stderr)
    assert found.weight == pytest.approx(1)
    assert found.labelled == 12


def test_a_constant_error_is_taken_off_exactly() -> None:
    scores = [0.2 + 0.1 * (i % 5) for i in range(40)]
    samples = [sample(f"{i}", "ab"[i % 2], score) for i, score in enumerate(scores)]
    found = prediction_powered(samples, {s.id: s.cosa_score - 0.3 for s in samples[:10]})
    assert found.corrected.mean == pytest.approx(found.judged.mean - 0.3)
    assert found.corrected.stderr == pytest.approx(found.judged.stderr)


def test_a_judge_that_knows_nothing_is_not_listened_to() -> None:
    rng = np.random.default_rng(0)
    samples = [sample(f"{i}", "ab"[i % 2], float(rng.choice([-1, 1]))) for i in range(400)]
    labels = {s.id: float(rng.choice([0.0, 1.0])) for s in samples[:100]}
    found = prediction_powered(samples, labels)
    assert found.weight < 0.2
    by_config = [[labels[s.id] for s in samples[:100] if s.config == c] for c in "ab"]
    assert found.corrected.mean == pytest.approx(np.mean([np.mean(x) for x in by_config]), abs=0.05)


def test_rogan_gladen_by_hand() -> None:
    """One config, h = 1: 70 of 100 called compliant, sensitivity 0.9, specificity 0.8."""
    samples = [sample(f"{i}", "a", 1.0 if i < 70 else -1.0) for i in range(100)]
    found = rogan_gladen(samples, JudgeErrors(100, 90, 50, 40))
    assert found.judged.mean == pytest.approx(0.4)
    assert found.corrected.mean == pytest.approx(2 * (0.7 + 0.8 - 1) / (0.9 + 0.8 - 1) - 1)
    assert found.corrected.lower < found.corrected.mean < found.corrected.upper
    perfect = rogan_gladen(samples, JudgeErrors(10**6, 10**6, 10**6, 10**6))
    assert perfect.corrected.mean == pytest.approx(0.4, abs=1e-3)
    assert perfect.corrected.upper - perfect.corrected.lower == pytest.approx(
        found.judged.upper - found.judged.lower, abs=0.03
    )


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        (JudgeErrors(10, 5, 10, 5), "corrects nothing"),
        (JudgeErrors(0, 0, 10, 5), "total > 0"),
        (JudgeErrors(10, 11, 10, 5), "hits <= total"),
    ],
)
def test_what_cannot_be_corrected(errors: JudgeErrors, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rogan_gladen([sample("1", "a", 1.0)], errors)


def test_labels_must_be_of_these_samples_and_of_every_config() -> None:
    samples = [sample(f"{i}", "ab"[i % 2], 0.5) for i in range(8)]
    for labels, said in (
        ({"x": 1.0}, "of no scored sample; first: 'x'"),
        ({"0": 2.0}, r"not in \[-1, 1\]"),
        ({"0": 1.0, "2": 1.0, "1": 1.0}, "config 'b' has labels from 1 prompts"),
    ):
        with pytest.raises(ValueError, match=said):
            prediction_powered(samples, labels)


def test_coverage_in_a_world_whose_truth_is_known() -> None:
    """4 configs x 50 prompts under a judge with sensitivity 0.9, specificity 0.8 and noisy ratings.

    People label 15 per config; or sensitivity and specificity are known from 200 other responses.
    """
    rng = np.random.default_rng(1)
    runs, held, widths = 100, np.zeros(3), np.zeros(3)
    for run in range(runs):
        samples, human, truth = _world(rng)
        chosen = [s.id for c in "abcd" for s in _some(rng, [s for s in samples if s.config == c])]
        ppi = prediction_powered(samples, {ident: human[ident] for ident in chosen})
        errors = JudgeErrors(150, int(rng.binomial(150, 0.9)), 50, int(rng.binomial(50, 0.8)))
        gladen = rogan_gladen(samples, errors, seed=run)
        for i, found in enumerate((ppi.judged, ppi.corrected, gladen.corrected)):
            held[i] += found.lower <= truth <= found.upper
            widths[i] += found.upper - found.lower
    # of 100 nominal 95% intervals, 90 or more hold the truth with probability 0.99
    assert held[1] >= 90
    assert held[2] >= 90
    assert held[0] < held[1]  # the judge's own interval knows nothing of its errors
    assert widths[0] < widths[1]


def _some(rng: np.random.Generator, samples: list[ScoredSample]) -> list[ScoredSample]:
    return [samples[i] for i in rng.choice(len(samples), 15, replace=False)]


def _world(rng: np.random.Generator) -> tuple[list[ScoredSample], dict[str, float], float]:
    samples, human, means = [], {}, []
    for number, config in enumerate("abcd"):
        share = 0.75 + 0.1 * (number - 1.5) / 1.5
        means.append((0.4 * 0.2 + 0.8 * 0.2 + 1.0 * 0.3) * (2 * share - 1))
        for i in range(50):
            ident = f"{config}{i}"
            h = float(rng.choice([0, 0.4, 0.8, 1.0], p=[0.3, 0.2, 0.2, 0.3]))
            safe = rng.random() < share
            called = rng.random() < (0.9 if safe else 0.2)
            rated = min(max(h + float(rng.choice([-0.2, 0, 0.2])), 0.0), 1.0) if h else 0.0
            if h == 1.0:
                rated = 1.0
            samples.append(sample(ident, config, rated if called else -rated))
            human[ident] = h if safe else -h
    return samples, human, float(np.mean(means))
