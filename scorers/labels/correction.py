"""A CoSA-Score corrected by people's labels of some of its responses.

Prediction-powered inference (Angelopoulos et al., Science 382, 2023; power tuning: PPI++, arXiv
2311.01453): the judge's score on all responses plus the mean of human minus judge on the labelled ones.
Unbiased for any judge, if the labelled responses were drawn at random within each config. Where no
response was labelled, but the judge's error rates are known: `scorers.labels.known_errors`.

The corrected score never replaces the judge's own: both are reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot, isnan, sqrt

import numpy as np

from scorers.runs.samples import ScoredSample
from scorers.statistics.bootstrap import Floats
from scorers.statistics.estimate import Estimate, stratified_mean


@dataclass(frozen=True, slots=True)
class Corrected:
    """A score before and after.

    Attributes:
        judged: The judge's score, as reported everywhere else.
        corrected: The corrected one; its interval includes the uncertainty of the labels.
        labelled: How many labels it is based on.
        weight: Weight of the judge's own scores, in [0, 1]; at 0 they do not help to predict people's
            and `corrected` is the mean of the labels alone. 1 for Rogan-Gladen.
    """

    judged: Estimate
    corrected: Estimate
    labelled: int
    weight: float


def prediction_powered(
    samples: Sequence[ScoredSample], labels: Mapping[str, float], *, level: float = 0.95
) -> Corrected:
    """The CoSA-Score people would give, from all of a judge's scores and some of theirs.

    Configs are strata and prompts clusters, as everywhere; the judge's weight is the one that makes
    the standard error smallest.

    Args:
        samples: A run's samples as judged; unscored ones do not count.
        labels: CoSA-Score by people, in [-1, 1], by sample id, for a random part of every config.
        level: Confidence level, in (0, 1).

    Raises:
        ValueError: A label is of no scored sample or out of range, or a config has labels from
            fewer than two prompts.
    """
    scored = [s for s in samples if not isnan(s.cosa_score)]
    _check_labels(scored, labels)
    labelled = [s for s in scored if s.id in labels]
    order = {cluster: i for i, cluster in enumerate(dict.fromkeys(s.cluster for s in scored))}

    def moments(part: Sequence[ScoredSample], values: Sequence[float]) -> tuple[float, Floats]:
        return _moments(part, np.array(values), order)

    everywhere, all_errors = moments(scored, [s.cosa_score for s in scored])
    here, here_errors = moments(labelled, [s.cosa_score for s in labelled])
    human, human_errors = moments(labelled, [labels[s.id] for s in labelled])
    gain = all_errors - here_errors
    size = float(gain @ gain)
    weight = min(max(-float(human_errors @ gain) / size, 0.0), 1.0) if size > 0 else 1.0
    errors = human_errors + weight * gain
    mean = min(max(human + weight * (everywhere - here), -1.0), 1.0)
    lower, upper, df = _powered_interval(scored, labels, weight, level)
    corrected = Estimate(
        mean, sqrt(float(errors @ errors)), df, min(lower, mean), max(upper, mean), len(scored)
    )
    return Corrected(judged_score(scored, level), corrected, len(labelled), weight)


def _powered_interval(
    scored: Sequence[ScoredSample], labels: Mapping[str, float], weight: float, level: float
) -> tuple[float, float, float]:
    """Lower end, upper end and degrees of freedom of the prediction-powered mean.

    With u the share of a config's samples that nobody labelled, its mean is that of (label - weight * u
    * judged) over the labelled ones plus weight * u times that of judged over the others: two
    independent means, each bounded, whose intervals combine by the method of variance estimates
    recovery (Zou and Donner, Statistics in Medicine 27, 2008).
    """
    configs = {s.config: [0, 0] for s in scored}
    for s in scored:
        configs[s.config][s.id in labels] += 1
    factor = {name: weight * others / (others + own) for name, (others, own) in configs.items()}
    own = [s for s in scored if s.id in labels]
    others = [s for s in scored if s.id not in labels]
    widest = max(factor.values())
    rest = stratified_mean(
        [labels[s.id] - factor[s.config] * s.cosa_score for s in own],
        [s.config for s in own],
        [s.cluster for s in own],
        level=level,
        limits=(-1 - widest, 1 + widest),
    )
    if not others or widest == 0:
        return max(rest.lower, -1.0), min(rest.upper, 1.0), rest.df
    share = len({s.config for s in others}) / len(configs)  # a config may be labelled throughout
    judged = stratified_mean(
        [factor[s.config] * s.cosa_score for s in others],
        [s.config for s in others],
        [s.cluster for s in others],
        level=level,
        limits=(-widest, widest),
    )
    mean = rest.mean + share * judged.mean
    below = hypot(rest.mean - rest.lower, share * (judged.mean - judged.lower))
    above = hypot(rest.upper - rest.mean, share * (judged.upper - judged.mean))
    return max(mean - below, -1.0), min(mean + above, 1.0), rest.df


def _check_labels(scored: Sequence[ScoredSample], labels: Mapping[str, float]) -> None:
    known = {s.id for s in scored}
    if unknown := sorted(set(labels) - known):
        raise ValueError(f"{len(unknown)} labels of no scored sample; first: {unknown[0]!r}")
    if wrong := [key for key, value in labels.items() if not -1 <= value <= 1]:
        raise ValueError(f"the label of {wrong[0]!r} is {labels[wrong[0]]}, not in [-1, 1]")
    for config in sorted({s.config for s in scored}):
        prompts = {s.cluster for s in scored if s.config == config and s.id in labels}
        if len(prompts) < 2:
            raise ValueError(
                f"config {config!r} has labels from {len(prompts)} prompts; at least 2 are needed"
            )


def judged_score(scored: Sequence[ScoredSample], level: float) -> Estimate:
    """The judge's own score."""
    return stratified_mean(
        [s.cosa_score for s in scored],
        [s.config for s in scored],
        [s.cluster for s in scored],
        level=level,
    )


def _moments(
    samples: Sequence[ScoredSample], values: Floats, order: Mapping[str, int]
) -> tuple[float, Floats]:
    """A mean over configs, and what each cluster adds to its error (as in `stratified_mean`).

    Args:
        samples: Some samples of a run, of all its configs.
        values: One value per sample, shape (n,).
        order: The position of every cluster of the run.
    """
    configs = sorted({s.config for s in samples})
    errors, means = np.zeros(len(order)), []
    for config in configs:
        rows = [i for i, s in enumerate(samples) if s.config == config]
        groups = len({samples[i].cluster for i in rows})
        mean = float(values[rows].mean())
        means.append(mean)
        scale = sqrt(groups / max(groups - 1, 1)) / (len(rows) * len(configs))
        np.add.at(errors, [order[samples[i].cluster] for i in rows], (values[rows] - mean) * scale)
    return float(np.mean(means)), errors
