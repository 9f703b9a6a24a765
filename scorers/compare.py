"""Comparing two runs on the samples both of them answered."""

import math
from dataclasses import dataclass

from scorers.logs import LogError, Run
from scorers.statistics import (
    Estimate,
    minimum_detectable_difference,
    p_value,
    stratified_mean,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The paired difference `a - b` of two runs.

    Attributes:
        difference: Mean over configs of the mean difference, with its interval.
        by_config: The difference within each config.
        p: Two-sided p-value of no difference.
        detectable: Smallest true difference such a comparison finds with 80% power.
        wins: Samples on which `a` scores higher.
        ties: Samples on which both score the same.
        losses: Samples on which `b` scores higher.
        only_one: Samples only one of the runs has.
        unscored: Shared samples that at least one run left unscored: not compared.
    """

    difference: Estimate
    by_config: dict[str, Estimate]
    p: float
    detectable: float
    wins: int
    ties: int
    losses: int
    only_one: int
    unscored: int


def compare(a: Run, b: Run) -> Comparison:
    """Compare two runs, sample by sample.

    Args:
        a: One run.
        b: Another run on the same data, judged by the same judge.

    Raises:
        LogError: Data, its revision or the judge differ, so that the difference would not be the
            models'; or the runs share no scored sample.
    """
    for what, one, other in (
        ("data", f"{a.benchmark} at {a.revision}", f"{b.benchmark} at {b.revision}"),
        (
            "judges",
            f"{a.judge_name} ({a.judge['id']})",
            f"{b.judge_name} ({b.judge['id']})",
        ),
    ):
        if one != other:
            raise LogError(f"{a.log} and {b.log} have different {what}: {one} / {other}")
    others = {sample.id: sample for sample in b.samples}
    shared = [(sample, others[sample.id]) for sample in a.samples if sample.id in others]
    pairs = [
        (x, y) for x, y in shared if not math.isnan(x.cosa_score) and not math.isnan(y.cosa_score)
    ]
    if not pairs:
        raise LogError(f"{a.log} and {b.log} share no scored sample")
    differences = [x.cosa_score - y.cosa_score for x, y in pairs]
    configs, clusters = [x.config for x, _ in pairs], [x.cluster for x, _ in pairs]

    def estimate(config: str | None) -> Estimate:
        chosen = [i for i, name in enumerate(configs) if config in (None, name)]
        return stratified_mean(
            [differences[i] for i in chosen],
            [configs[i] for i in chosen],
            [clusters[i] for i in chosen],
            limits=(-2.0, 2.0),
        )

    whole = estimate(None)
    return Comparison(
        difference=whole,
        by_config={name: estimate(name) for name in dict.fromkeys(configs)},
        p=p_value(whole),
        detectable=minimum_detectable_difference(whole),
        wins=sum(d > 0 for d in differences),
        ties=sum(d == 0 for d in differences),
        losses=sum(d < 0 for d in differences),
        only_one=len(a.samples) + len(b.samples) - 2 * len(shared),
        unscored=len(shared) - len(pairs),
    )
