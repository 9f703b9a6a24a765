"""Coverage of the intervals, and errors of the tests, by simulation of runs whose truth is known.

    python benchmarks/scores/coverage.py            # 2,000 runs a cell, 50 boards: about 3 minutes
    python benchmarks/scores/coverage.py --short    # 400 runs a cell, 2 boards: seconds

Prints Markdown tables: how often nominal 95% intervals hold the truth and how wide they are, how often
two models with equal means are told apart at p <= 0.05 (type I), on how many boards of 30 identical
models any rank claim is made, and coverage of scores corrected by people's labels and of bounds.
docs/statistics.md holds the long form.

Sizes are prompts per config: `2, 100 x4` is a config of 2 prompts and four of 100.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scorers.labels import prediction_powered
from scorers.runs import ScoredSample
from scorers.statistics import paired_differences, stratified_bounds
from scorers.statistics.differences import p_values
from scorers.statistics.intervals import interval
from scorers.statistics.moments import design, moments
from scorers.text import table

Floats = NDArray[np.float64]
SIZES: dict[str, list[int]] = {
    "12 x 24": [24] * 12,
    "5 x 40": [40] * 5,
    "8 x 400": [400] * 8,
    "2, 100 x4": [2] + [100] * 4,
    "3, 200 x4": [3] + [200] * 4,
    "2, 3, 8, 40, 20": [2, 3, 8, 40, 20],
    "4 x 3": [3] * 4,
    "12 x 1": [1] * 12,
    "12 x 2": [2] * 12,
    "1 x 3": [3],
    "1 x 5": [5],
    "1 x 10": [10],
    "1 x 20": [20],
    "1 x 50": [50],
}

OTHER_SIZES: dict[str, list[int]] = {
    "3 x 7": [7] * 3,
    "4, 4, 60": [4, 4, 60],
    "6 x 15": [15] * 6,
    "1, 300": [1, 300],
    "4, 100 x4": [4] + [100] * 4,
    "5, 150 x3": [5] + [150] * 3,
    "2 x 2": [2] * 2,
    "20 x 6": [6] * 20,
    "1 x 35": [35],
}
"""Sizes that the method was not chosen on, with `OTHER_SCORES`."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A distribution of scores.

    Attributes:
        values: What a score can be.
        odds: How often, shape (configs or 1, values).
        limits: The range of an observation.
    """

    values: Floats
    odds: Floats
    limits: tuple[float, float] = (-1.0, 1.0)

    def draw(self, rng: np.random.Generator, sizes: Sequence[int], runs: int) -> Floats:
        """Scores of independent prompts, shape (samples, runs)."""
        return np.vstack(
            [
                rng.choice(self.values, size=(n, runs), p=self.odds[min(k, len(self.odds) - 1)])
                for k, n in enumerate(sizes)
            ]
        )

    def mean(self, configs: int) -> float:
        """The true macro mean."""
        means = self.odds @ self.values
        return float(np.mean([means[min(k, len(means) - 1)] for k in range(configs)]))


def truth(values: Sequence[float], *odds: Sequence[float], difference: bool = False) -> Truth:
    """A distribution; with several rows of odds, the last one is that of all further configs."""
    limits = (-2.0, 2.0) if difference else (-1.0, 1.0)
    return Truth(np.array(values, dtype=np.float64), np.array(odds), limits)


SCORES = {
    "mixed": truth([-1, -0.6, 0, 0.6, 0.8, 1], [0.08, 0.06, 0.2, 0.12, 0.2, 0.34]),
    "-1, 0, +1": truth([-1, 0, 1], [0.15, 0.35, 0.5]),
    "-1 or +1": truth([-1, 1], [0.3, 0.7]),
    "90% right": truth([-1, 0, 1], [0.05, 0.05, 0.9]),
    "97% right": truth([-1, 0, 1], [0.015, 0.015, 0.97]),
    "99% right": truth([-1, 0, 1], [0.005, 0.005, 0.99]),
    "graded": truth([0.2, 0.4, 0.6, 0.8, 1], [0.1, 0.2, 0.3, 0.2, 0.2]),
    "refuser": truth([-1, 0, 1], [0.02, 0.9, 0.08]),
    "first config bad": truth([-1, 0, 1], [0.6, 0.2, 0.2], [0.01, 0.03, 0.96]),
    "rates 0 or 1": Truth(np.array([0.0, 1.0]), np.array([[0.1, 0.9]]), (0.0, 1.0)),
}
OTHER_SCORES = {
    "mostly violating": truth([-1, -0.4, 0, 0.4, 1], [0.45, 0.2, 0.2, 0.1, 0.05]),
    "third config bad": truth([-1, 0, 1], *[[0.02, 0.03, 0.95]] * 2, [0.5, 0.3, 0.2]),
    "93% right": truth([-1, 0, 1], [0.02, 0.05, 0.93]),
    "half -1, half +1": truth([-1, 1], [0.5, 0.5]),
    "mostly -1": truth([-1, -0.2, 1], [0.95, 0.03, 0.02]),
    "all mild": truth([-0.2, 0.2, 0.6], [0.3, 0.4, 0.3]),
}
DIFFERENCES = {
    "mostly equal": truth([-1, 0, 1], [0.03, 0.94, 0.03], difference=True),
    "often apart": truth([-1, 0, 1], [0.2, 0.6, 0.2], difference=True),
    "graded": truth(
        [-2, -1, -0.4, 0, 0.4, 1, 2], [0.03, 0.1, 0.2, 0.34, 0.2, 0.1, 0.03], difference=True
    ),
    "equal means only": truth([-0.2, 0.8], [0.8, 0.2], difference=True),
}


def strata_of(sizes: Sequence[int]) -> list[int]:
    """The config of each sample."""
    return [k for k, n in enumerate(sizes) for _ in range(n)]


def parts(draws: Floats) -> Iterator[Floats]:
    """Some columns at a time, as many as fit a processor's cache."""
    yield from np.array_split(draws, max(draws.shape[1] // 64, 1), axis=1)


def coverage(
    draws: Floats,
    strata: Sequence[int],
    clusters: Sequence[int] | None,
    limits: tuple[float, float],
    mean: float,
) -> tuple[float, float]:
    """Share of runs whose interval holds the mean, and the mean width; draws of shape (n, runs)."""
    at = design(strata, clusters)
    held = width = 0.0
    for part in parts(draws):
        lower, upper = interval(moments(at, part, limits), limits, 0.95)
        held += float(((lower <= mean + 1e-9) & (mean <= upper + 1e-9)).sum())
        width += float((upper - lower).sum())
    return held / draws.shape[1], width / draws.shape[1]


def found_apart(draws: Floats, strata: Sequence[int], limits: tuple[float, float]) -> float:
    """Share of runs with p <= 0.05."""
    at = design(strata, None)
    hits = sum(
        int((p_values(moments(at, part, limits), limits) <= 0.05).sum()) for part in parts(draws)
    )
    return hits / draws.shape[1]


def crossed(
    rng: np.random.Generator, runs: int, configs: int, prompts: int, together: float
) -> tuple[Floats, list[int], list[int], float]:
    """Every prompt under every config, its scores equal in rank with a probability.

    Returns:
        Draws, strata, clusters and the true mean.
    """
    of = SCORES["mixed"]
    ends = np.cumsum(of.odds[0])[:-1]
    shared = np.repeat(rng.random((prompts, runs)), configs, axis=0)
    own = rng.random((prompts * configs, runs))
    alike = np.repeat(rng.random((prompts, runs)) < together, configs, axis=0)
    draws = of.values[np.searchsorted(ends, np.where(alike, shared, own))]
    strata, clusters = np.tile(np.arange(configs), prompts), np.repeat(np.arange(prompts), configs)
    return draws, strata.tolist(), clusters.tolist(), of.mean(configs)


def score_rows(
    rng: np.random.Generator,
    runs: int,
    tried: Mapping[str, list[int]] = SIZES,
    scores: Mapping[str, Truth] = SCORES,
) -> Iterator[tuple[str, str, float, float]]:
    """Size, distribution, coverage and width of scores and of rates."""
    for size, sizes in tried.items():
        for name, of in scores.items():
            draws = of.draw(rng, sizes, runs)
            yield (
                size,
                name,
                *coverage(draws, strata_of(sizes), None, of.limits, of.mean(len(sizes))),
            )


def crossed_rows(rng: np.random.Generator, runs: int) -> Iterator[tuple[str, str, float, float]]:
    """Size, how alike a prompt's scores are, coverage and width where prompts recur."""
    for configs, prompts in ((8, 50), (3, 6), (2, 100)):
        for together in (0.3, 0.9):
            draws, strata, clusters, mean = crossed(rng, runs, configs, prompts, together)
            yield (
                f"{prompts} prompts x {configs} configs",
                f"mixed, alike {together:.0%}",
                *coverage(draws, strata, clusters, (-1.0, 1.0), mean),
            )


def difference_rows(rng: np.random.Generator, runs: int) -> Iterator[tuple[str, str, float, float]]:
    """Size, distribution, type I error at 0.05 and coverage of paired differences with mean 0."""
    for size, sizes in SIZES.items():
        for name, of in DIFFERENCES.items():
            draws, strata = of.draw(rng, sizes, runs), strata_of(sizes)
            wrong = found_apart(draws, strata, of.limits)
            yield size, name, wrong, coverage(draws, strata, None, of.limits, 0.0)[0]


def claimed(scores: Floats, strata: Sequence[int]) -> bool:
    """Whether a board makes any rank claim: Holm's first step over all pairs, as in the board's ranks.

    Args:
        scores: Shape (samples, models).
        strata: The config of each sample.
    """
    p = paired_differences(scores, strata, range(len(strata))).p
    models = len(p)
    return bool(p.min() * models * (models - 1) / 2 <= 0.05)


def board_rows(rng: np.random.Generator, boards: int) -> Iterator[tuple[str, str, float]]:
    """Size, distribution, and the share of boards of 30 identical models with any rank claim."""
    for size, sizes in SIZES.items():
        if sum(sizes) > 1000:
            continue  # minutes a cell
        for name in ("mixed", "97% right", "-1 or +1"):
            of, strata = SCORES[name], strata_of(sizes)
            claims = sum(claimed(of.draw(rng, sizes, 30), strata) for _ in range(boards))
            yield size, name, claims / boards


def label_rows(rng: np.random.Generator, runs: int) -> Iterator[tuple[str, str, float, float]]:
    """Size, labels, coverage and width of prediction-powered scores under a judge that errs.

    The judge calls one in ten compliant responses violating and one in five violating ones compliant.
    """
    for configs, prompts, labelled in (
        (4, 50, 2),
        (12, 24, 2),
        (4, 50, 5),
        (12, 24, 5),
        (1, 20, 3),
    ):
        for right in (0.75, 0.97):
            held = width = 0.0
            for _ in range(runs):
                samples, labels = [], {}
                for config in range(configs):
                    truly = np.where(rng.random(prompts) < right, 1.0, -1.0)
                    wrong = rng.random(prompts) < np.where(truly > 0, 0.1, 0.2)
                    judged = np.where(wrong, -truly, truly)
                    for i in range(prompts):
                        name = f"{config}-{i}"
                        score = float(judged[i])
                        samples.append(
                            ScoredSample(name, f"c{config}", "t", name, None, score, 0, 0, 0)
                        )
                        if i < labelled:
                            labels[name] = float(truly[i])
                found = prediction_powered(samples, labels).corrected
                held += found.lower <= 2 * right - 1 <= found.upper
                width += found.upper - found.lower
            size = f"{configs} x {prompts}, {labelled} labels a config"
            yield size, f"{right:.0%} right", held / runs, width / runs


def unscored_rows(rng: np.random.Generator, runs: int) -> Iterator[tuple[str, str, float, float]]:
    """Coverage of the bounds and of the plain interval where half of the violations are unscored."""
    of = SCORES["-1 or +1"]
    for size in ("12 x 24", "5 x 40", "1 x 10"):
        strata = strata_of(SIZES[size])
        bounds = plain = 0.0
        for column in of.draw(rng, SIZES[size], runs).T:
            lost = (column < 0) & (rng.random(len(column)) < 0.5)
            found = stratified_bounds(
                np.where(lost, -1.0, column).tolist(), np.where(lost, 1.0, column).tolist(), strata
            )
            bounds += found.lower <= of.mean(1) <= found.upper
            scored = np.where(lost, np.nan, column)[:, None]
            lower, upper = interval(
                moments(design(strata, None), scored, of.limits), of.limits, 0.95
            )
            plain += bool(lower[0] <= of.mean(1) <= upper[0])
        yield size, "half of the -1 unscored", bounds / runs, plain / runs


def wide(rows: Iterator[tuple[str, str, float, float]]) -> str:
    """A table with a row per size and a column per distribution; cells are two figures."""
    cells: dict[str, dict[str, str]] = {}
    for size, name, first, second in rows:
        cells.setdefault(size, {})[name] = f"{first:.3f} / {second:.2f}"
    names = list(dict.fromkeys(name for row in cells.values() for name in row))
    return table(
        ["prompts", *names], [[s, *(r.get(n, "") for n in names)] for s, r in cells.items()]
    )


def long(header: Sequence[str], rows: Iterator[tuple[str, str, float, float]]) -> str:
    """A table with a line per cell."""
    return table(header, [[size, name, f"{a:.3f}", f"{b:.3f}"] for size, name, a, b in rows])


def main(argv: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Coverage of intervals and errors of tests.")
    parser.add_argument("--short", action="store_true", help="few runs, for the test suite")
    short = parser.parse_args(argv).short
    runs, boards, slow = (400, 2, 40) if short else (2000, 50, 250)
    rng = np.random.default_rng(15)
    print(f"Scores: coverage / mean width of 95% intervals, {runs} runs a cell\n")
    print(wide(score_rows(rng, runs)))
    other = np.random.default_rng(28)  # its own, so that the other tables stay what they are
    print("The same for sizes and scores that the method was not chosen on\n")
    print(wide(score_rows(other, runs, OTHER_SIZES, OTHER_SCORES)))
    print("Prompts that recur under several configs: coverage, mean width\n")
    print(long(["size", "scores", "coverage", "width"], crossed_rows(rng, runs)))
    print("Paired differences of mean 0: type I error at p <= 0.05 / coverage\n")
    print(wide(difference_rows(rng, runs)))
    print(f"Boards of 30 identical models with any rank claim, of {boards}\n")
    claims = [[size, name, f"{share:.3f}"] for size, name, share in board_rows(rng, boards)]
    print(table(["prompts", "scores", "boards"], claims))
    print(f"Prediction-powered scores, {slow} runs a cell\n")
    print(long(["size", "scores", "coverage", "width"], label_rows(rng, slow)))
    print(f"Unscored that depends on the outcome, {slow} runs a cell\n")
    header = ["prompts", "scores", "coverage of the bounds", "of the plain interval"]
    print(long(header, unscored_rows(rng, slow)))


if __name__ == "__main__":
    main()
