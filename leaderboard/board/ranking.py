"""Ranks with their uncertainty, from paired tests between all rows of a track.

Every two rows are compared on the samples both have scored (`scorers.statistics.estimate`: configs are
strata, prompts are clusters). A pair makes two one-sided claims, "a is higher" and "b is higher",
and Holm's step-down runs over the claims of all pairs. Counting both directions keeps the family-wise
error at 5%, including wrong directions and for any dependence between tests, which Holm over
two-sided tests does not guarantee. So with 95% confidence *every* row that is called significantly
higher than another really is. A row with h rows significantly higher and l significantly lower among
N then has a true rank of at least 1 + h and at most N - l, for all rows at once: the simultaneous
confidence sets for ranks of Mogstad, Romano, Shaikh and Wilhelm (Review of Economic Studies, 2024).
The rank shown is 1 + h, the lower end: a row is ranked behind another only on evidence, so all rows
that cannot be distinguished from the best are first.

Tie letters are a compact letter display: two rows share a letter if and only if they cannot be
distinguished. Each letter is a maximal set of mutually inseparable rows. There can be exponentially
many such sets (k models, each with a slightly but surely better variant, make 2^k), so only enough of
them get letters to cover every inseparable pair (Gramm et al., Algorithms for compact letter displays,
2007). Inseparability is not transitive, so a row can have several letters.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from leaderboard.board.rows import Standing
from scorers.statistics import paired_differences, stratified_mean


class Placed(Protocol):
    """The part of a sample that ranking needs; a `scorers.runs.summary.ScoredSample` has it."""

    @property
    def id(self) -> str:
        """Unique within a row."""

    @property
    def config(self) -> str:
        """The stratum."""

    @property
    def cluster(self) -> str:
        """The prompt."""

    @property
    def cosa_score(self) -> float:
        """In [-1, 1]; NaN if unscored."""


@dataclass(frozen=True, slots=True)
class Pairwise:
    """All paired comparisons within a track, best row first.

    Attributes:
        ids: Row ids, length N; equal scores are ordered by id.
        scores: Macro CoSA-Score of each row, in [-1, 1].
        difference: Row's score minus column's on the samples both have scored, shape (N, N), in
            [-2, 2]; NaN if they share none.
        p: Two-sided p-value of each pair by itself; NaN if not established.
        adjusted: The same, adjusted over all pairs of the track; 1 if not established. A pair with
            at most 0.05 differs significantly in the direction of its difference.
    """

    ids: tuple[str, ...]
    scores: tuple[float, ...]
    difference: NDArray[np.float64]
    p: NDArray[np.float64]
    adjusted: NDArray[np.float64]

    def higher(self, level: float = 0.95) -> NDArray[np.bool_]:
        """Whether the row scores significantly higher than the column, shape (N, N).

        Args:
            level: Confidence that all these claims hold at once, in (0, 1).
        """
        return (self.adjusted <= 1 - level) & (self.difference > 0)


def pairwise(scores: Mapping[str, Sequence[Placed]]) -> Pairwise:
    """Compare all rows of one track.

    Rows without an established score (some config has no scored sample) are left out. A pair that
    shares no scored sample of some config has no established difference either: a difference over
    the remaining configs would be that of another benchmark.

    Args:
        scores: Samples by row id, unscored ones included; sample ids unique within a row.
    """
    macro = {row: _macro(samples) for row, samples in scores.items()}
    ranked = sorted((-mean, row) for row, mean in macro.items() if mean is not None)
    ids = tuple(row for _, row in ranked)
    table = _table([scores[row] for row in ids])
    found = paired_differences(table.values, table.configs, table.clusters)
    p = np.where(_shares_every_config(table), found.p, np.nan)
    return Pairwise(
        ids=ids,
        scores=tuple(-negative for negative, _ in ranked),
        difference=found.mean,
        p=p,
        adjusted=_holm(p),
    )


def standings(scores: Mapping[str, Sequence[Placed]], level: float = 0.95) -> dict[str, Standing]:
    """Ranks, simultaneous rank intervals and tie letters of the rows of one track.

    Args:
        scores: Samples by row id, unscored ones included; sample ids unique within a row.
        level: Confidence that all rank intervals hold at once, in (0, 1).

    Returns:
        By row id, best score first; rows without an established score are left out.
    """
    pairs = pairwise(scores)
    higher = pairs.higher(level)
    ahead, behind = higher.sum(axis=0).tolist(), higher.sum(axis=1).tolist()
    ties = tie_letters(~(higher | higher.T))
    n = len(pairs.ids)
    return {
        row: Standing(rank=1 + better, low=1 + better, high=n - worse, tie=tie, of=n)
        for row, better, worse, tie in zip(pairs.ids, ahead, behind, ties, strict=True)
    }


def tie_letters(inseparable: NDArray[np.bool_]) -> list[str]:
    """The compact letter display of rows in order of their scores.

    Args:
        inseparable: Whether two rows cannot be distinguished; symmetric, True on the diagonal.

    Returns:
        Each row's letters: `ab`; with spaces if some letter has more than one character: `z aa`.
    """
    cliques = sorted(_cover(inseparable))
    names = [_letter(i) for i in range(len(cliques))]
    letters: dict[int, list[str]] = defaultdict(list)
    for name, clique in zip(names, cliques, strict=True):
        for row in clique:
            letters[row].append(name)
    separator = " " if len(names) > 26 else ""
    return [separator.join(letters[row]) for row in range(len(inseparable))]


def _cover(inseparable: NDArray[np.bool_]) -> Iterator[tuple[int, ...]]:
    """Maximal sets of mutually inseparable rows that together contain every inseparable pair."""
    open_pairs = inseparable.copy()
    for row in range(len(inseparable)):
        while open_pairs[row].any():
            # the pair of a row with itself comes first, for a row without any inseparable partner
            clique = np.array([row, int(np.argmax(open_pairs[row]))])
            common = np.array(inseparable[clique].all(axis=0))
            common[clique] = False
            while common.any():
                # prefer rows with the most uncovered pairs, then the better row
                candidates = np.flatnonzero(common)
                gain = open_pairs[np.ix_(candidates, clique)].sum(axis=1)
                best = int(candidates[np.argmax(gain)])
                clique = np.append(clique, best)
                common &= inseparable[best]
                common[best] = False
            open_pairs[np.ix_(clique, clique)] = False
            yield tuple(sorted(set(clique.tolist())))


def _letter(number: int) -> str:
    """0 is `a`, 25 `z`, 26 `aa`, 27 `ab`."""
    letter = chr(ord("a") + number % 26)
    return letter if number < 26 else _letter(number // 26 - 1) + letter


def _holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two-sided p-values, adjusted by Holm over the one-sided claims of all pairs.

    With m pairs there are 2m claims. The i-th smallest of them (from 0) is multiplied by 2m - i; the
    smaller claim of each pair is half its two-sided p-value, so that is p * (2m - i) / 2. The other
    claim of each pair is never less than one half, so it comes later and is never rejected.
    """
    upper = np.triu_indices(len(p), 1)
    family = np.nan_to_num(p[upper], nan=1.0)  # not established: not significant
    order = np.argsort(family, kind="stable")
    m = len(family)
    stepped = np.maximum.accumulate(family[order] * (m - np.arange(m) / 2))
    adjusted = np.ones_like(p)
    adjusted[upper[0][order], upper[1][order]] = np.minimum(stepped, 1.0)
    return np.minimum(adjusted, adjusted.T)


@dataclass(frozen=True, slots=True)
class _Table:
    """Scores of a track's rows by sample.

    Attributes:
        values: Shape (samples, rows); NaN where a row has no score.
        configs: Config of each sample.
        clusters: Prompt of each sample.
    """

    values: NDArray[np.float64]
    configs: list[str]
    clusters: list[str]


def _table(rows: Sequence[Sequence[Placed]]) -> _Table:
    """A sample is known by config, prompt and id, so that no row can mislabel another's sample."""
    index: dict[tuple[str, str, str], int] = {}
    places = [
        [index.setdefault((s.config, s.cluster, s.id), len(index)) for s in samples]
        for samples in rows
    ]
    values = np.full((len(index), len(rows)), np.nan)
    for row, (at, samples) in enumerate(zip(places, rows, strict=True)):
        values[at, row] = [sample.cosa_score for sample in samples]
    return _Table(values, [config for config, _, _ in index], [cluster for _, cluster, _ in index])


def _shares_every_config(table: _Table) -> NDArray[np.bool_]:
    """Whether two rows share a scored sample of every config that either has, shape (rows, rows)."""
    members: dict[str, list[int]] = defaultdict(list)
    for sample, config in enumerate(table.configs):
        members[config].append(sample)
    rows = table.values.shape[1]
    complete = np.full((rows, rows), True)
    for at in members.values():
        scored = (~np.isnan(table.values[at])).astype(np.float32)
        has = np.array(scored.any(axis=0))  # a ranked row has scores in each of its configs
        complete &= (scored.T @ scored > 0) | ~(has[:, None] | has)
    return complete


def _macro(samples: Sequence[Placed]) -> float | None:
    """A row's score; None if some config has no scored sample."""
    scored = [sample for sample in samples if not math.isnan(sample.cosa_score)]
    configs = [sample.config for sample in scored]
    if not scored or set(configs) != {sample.config for sample in samples}:
        return None
    return stratified_mean([sample.cosa_score for sample in scored], configs).mean
