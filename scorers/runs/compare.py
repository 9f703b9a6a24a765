"""Comparing two runs on the samples both of them answered."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from scorers.runs.logs import LogError, Run
from scorers.runs.samples import ScoredSample
from scorers.statistics.differences import DIFFERENCES, p_value
from scorers.statistics.estimate import Estimate, minimum_detectable_difference, stratified_mean

FEWEST_PROMPTS = 6
"""With fewer that differ no sign-flip test reaches 0.05: 2 of 2^5 patterns are 0.0625."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The paired difference `a - b` of two runs.

    Attributes:
        difference: Mean over configs of the mean difference, with its interval.
        by_config: The difference within each config.
        p: Two-sided p-value of no difference. It leads where it and the interval disagree about 0, as
            they may with very few prompts (`scorers.statistics.differences`).
        detectable: Smallest true difference that such a comparison detects with 80% power; NaN where
            it can detect none (fewer than 6 prompts) or no difference was seen at all.
        wins: Samples on which `a` scores higher.
        ties: Samples on which both score the same.
        losses: Samples on which `b` scores higher.
        only_one: Samples that only one of the runs has.
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

    @property
    def not_detectable(self) -> str | None:
        """Why `detectable` is not established; None where it is."""
        if not math.isnan(self.detectable):
            return None
        if self.difference.stderr == 0:
            return "all differences within a config are equal, so their spread is not known"
        if math.isnan(self.difference.stderr):
            return "a config has a single prompt, so the spread within it is not known"
        return f"with fewer than {FEWEST_PROMPTS} prompts no difference can be established"


def compare(a: Run, b: Run) -> Comparison:
    """Compare two runs, sample by sample.

    Args:
        a: One run.
        b: Another run on the same data, judged by the same judge.

    Raises:
        LogError: Data, its revision or the judge differ, so that the difference would not be the
            models'; or the runs share no scored sample.

    Example:
        >>> from scorers import compare, read_run
        >>> a, b = read_run("logs/ideal.eval"), read_run("logs/comply_all.eval")
        >>> comparison = compare(a, b)
        >>> comparison.wins, comparison.ties, comparison.losses
        (16, 8, 0)
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
    comparison = compare_samples(a.samples, b.samples)
    if comparison is None:
        raise LogError(f"{a.log} and {b.log} share no scored sample")
    return comparison


def compare_samples(a: Sequence[ScoredSample], b: Sequence[ScoredSample]) -> Comparison | None:
    """Compare two runs on the same data by the same judge; the caller has checked that they are.

    Args:
        a: Samples of one run.
        b: Samples of the other.

    Returns:
        The paired difference, or None if they share no scored sample.
    """
    pairs = _pairs(a, b)
    scored = [pair for pair in pairs if not _unscored(pair)]
    if not scored:
        return None
    differences = [x.cosa_score - y.cosa_score for x, y in scored]
    by_config: dict[str, list[ScoredPair]] = defaultdict(list)
    for pair in scored:
        by_config[pair[0].config].append(pair)
    whole = _difference(scored)
    prompts = [x.cluster for x, _ in scored]
    detectable = minimum_detectable_difference(whole)
    if len(set(prompts)) < FEWEST_PROMPTS:
        detectable = math.nan
    return Comparison(
        difference=whole,
        by_config={name: _difference(group) for name, group in by_config.items()},
        p=p_value(differences, [x.config for x, _ in scored], prompts),
        detectable=detectable,
        wins=sum(d > 0 for d in differences),
        ties=sum(d == 0 for d in differences),
        losses=sum(d < 0 for d in differences),
        only_one=len(a) + len(b) - 2 * len(pairs),
        unscored=len(pairs) - len(scored),
    )


def pooled_difference(a: Sequence[ScoredSample], b: Sequence[ScoredSample]) -> Estimate:
    """Mean difference `a - b` on the scored samples both have, without strata.

    For a few samples from many configs, where a mean over configs would not be established.

    Args:
        a: Samples of one run, or some of them.
        b: Samples of the other.
    """
    pairs = [pair for pair in _pairs(a, b) if not _unscored(pair)]
    return _estimate(pairs, ["all"] * len(pairs))


ScoredPair = tuple[ScoredSample, ScoredSample]


def _pairs(a: Sequence[ScoredSample], b: Sequence[ScoredSample]) -> list[ScoredPair]:
    others = {sample.id: sample for sample in b}
    return [(sample, others[sample.id]) for sample in a if sample.id in others]


def _unscored(pair: ScoredPair) -> bool:
    return any(math.isnan(sample.cosa_score) for sample in pair)


def _difference(pairs: Sequence[ScoredPair]) -> Estimate:
    return _estimate(pairs, [x.config for x, _ in pairs])


def _estimate(pairs: Sequence[ScoredPair], strata: Sequence[str]) -> Estimate:
    return stratified_mean(
        [x.cosa_score - y.cosa_score for x, y in pairs],
        strata,
        [x.cluster for x, _ in pairs],
        limits=DIFFERENCES,
    )
