"""Seeded draws of allowed sets of categories, many rows at a time.

Sets of categories are bit masks. Random numbers are hashes of a row's id and a counter (splitmix64
in 64-bit integer arithmetic). So a row's draw depends only on its id and the seed, not on other rows,
their order, the machine or the version of NumPy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from math import comb
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Mode = Literal["exact", "superset", "safe", "not_superset"]
MODES: tuple[Mode, ...] = get_args(Mode)

Masks = NDArray[np.int64]
Words = NDArray[np.uint64]

_GOLDEN, _MIX1, _MIX2 = (
    np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)
_CHUNK = 1 << 16
_DROP, _ADD, _WHICH_DROPPED, _WHICH_ADDED, _WHICH_SET = range(5)


def holds(mode: Mode, allowed: Masks | int, risks: Masks | int) -> NDArray[np.bool_]:
    """Whether sets of allowed categories match a mode, for prompts with some risks.

    Args:
        mode: The mode. `not_superset` of a risk-free prompt is `safe`.
        allowed: Masks of allowed categories.
        risks: Masks of the prompts' risks.
    """
    allowed, risks = np.asarray(allowed), np.asarray(risks)
    covers = (allowed & risks) == risks
    matches = {
        "exact": allowed == risks,
        "superset": covers,
        "safe": allowed == 0,
        "not_superset": np.where(risks == 0, allowed == 0, ~covers),
    }[mode]
    return np.asarray(matches, np.bool_)


def draw(
    mode: Mode,
    ids: Words,
    risks: Masks,
    *,
    categories: Masks,
    seed: int,
    most_others: int,
    only: Collection[int] | None,
    never: Collection[int],
) -> Masks:
    """Draw one set of allowed categories for each row.

    `superset` adds other categories to the prompt's risks; their number is uniform from 0 to the
    most possible. `not_superset` drops some of the risks, their number uniform from 1 to all, and
    adds others in the same way. The categories themselves are uniform too. A set that may not be
    used is drawn again, so that the result is the mode's distribution over the usable sets.

    Args:
        mode: The mode.
        ids: One number per row, distinct.
        risks: Masks of the prompts' risks, subsets of `categories`.
        categories: Masks with one bit each, one for each category that may be allowed.
        seed: Seed of all draws.
        most_others: Most categories of a set beyond the prompt's risks.
        only: Sets to draw from, uniformly; None for all.
        never: Sets that may not be used.

    Returns:
        Masks; -1 where no set may be used.
    """
    key = np.uint64(int.from_bytes(hashlib.sha256(f"{seed}".encode()).digest()[:8]))
    state = _mix(ids ^ key)
    sets = np.full(len(ids), -1, np.int64)
    if only is not None:
        usable = np.array(sorted(set(only) - set(never)), np.int64)
        for value in np.unique(risks):
            rows = np.flatnonzero(risks == value)
            beyond = np.bitwise_count(usable & ~value) <= most_others
            fitting = usable[holds(mode, usable, value) & beyond]
            if len(fitting):
                sets[rows] = fitting[_below(state[rows], _WHICH_SET, len(fitting))]
        return sets
    for start in range(0, len(ids), _CHUNK):
        part = slice(start, start + _CHUNK)
        sets[part] = _free(mode, state[part], risks[part], categories, most_others, never)
    return sets


def _free(
    mode: Mode,
    state: Words,
    risks: Masks,
    categories: Masks,
    most_others: int,
    never: Collection[int],
) -> Masks:
    sets = np.full(len(state), -1, np.int64)
    banned = np.array(sorted(set(never)), np.int64)
    hopeless = {
        int(value): _possible(mode, int(value), len(categories), most_others)
        <= sum(
            bool(holds(mode, other, int(value)))
            and (other & ~int(value)).bit_count() <= most_others
            for other in map(int, banned)
        )
        for value in np.unique(risks)
    }
    rows = np.flatnonzero(~np.array([hopeless[int(value)] for value in risks], bool))
    while len(rows):
        sets[rows] = _one(mode, state[rows], risks[rows], categories, most_others)
        rows = rows[np.isin(sets[rows], banned)]
        state = state.copy()
        state[rows] = _mix(state[rows] + _GOLDEN)
    return sets


def _possible(mode: Mode, risks: int, categories: int, most_others: int) -> int:
    """Number of sets that a mode can draw."""
    if mode in ("exact", "safe"):
        return 1
    mine = risks.bit_count()
    others = categories - mine
    beyond = sum(comb(others, n) for n in range(min(most_others, others) + 1))
    if mode == "superset":
        return beyond
    return (2**mine - 1) * beyond if mine else 1


def _one(mode: Mode, state: Words, risks: Masks, categories: Masks, most_others: int) -> Masks:
    if mode == "exact":
        return risks
    if mode == "safe":
        return np.zeros_like(risks)
    mine = np.bitwise_count(risks).astype(np.int64)
    others = np.bitwise_or.reduce(categories) & ~risks
    most = np.minimum(np.bitwise_count(others).astype(np.int64), most_others)
    added = _pick(others, _below(state, _ADD, most + 1), categories, state, _WHICH_ADDED)
    if mode == "superset":
        return risks | added
    dropped = 1 + _below(state, _DROP, np.maximum(mine, 1))
    kept = risks & ~_pick(risks, dropped, categories, state, _WHICH_DROPPED)
    return np.where(risks == 0, 0, kept | added)


def _pick(pool: Masks, count: Masks, categories: Masks, state: Words, purpose: int) -> Masks:
    """`count` members of each pool, drawn uniformly."""
    lots = np.stack([_word(state, purpose, bit + 1) for bit in range(len(categories))], axis=1)
    lots[(pool[:, None] & categories) == 0] = np.iinfo(np.uint64).max
    rank = lots.argsort(axis=1, kind="stable").argsort(axis=1)
    chosen = (rank < count[:, None]) & ((pool[:, None] & categories) != 0)
    return np.asarray(np.where(chosen, categories, 0).sum(axis=1), np.int64)


def _below(state: Words, purpose: int, bound: Masks | int) -> Masks:
    """Numbers from 0 up to a bound (excluded); the bias of the remainder is under 2**-57."""
    return (_word(state, purpose, 0) % np.asarray(bound, np.uint64)).astype(np.int64)


def _word(state: Words, purpose: int, number: int) -> Words:
    with np.errstate(over="ignore"):
        return _mix(state + _GOLDEN * np.uint64(1 + purpose * 64 + number))


def _mix(words: Words) -> Words:
    with np.errstate(over="ignore"):
        words = (words ^ (words >> np.uint64(30))) * _MIX1
        words = (words ^ (words >> np.uint64(27))) * _MIX2
        return words ^ (words >> np.uint64(31))
