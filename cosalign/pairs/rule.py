"""The paper's rule for pairs, in NumPy (section 4.4).

For each config, the responses to its prompt are grouped into buckets of equal labels (risk set,
addressed). Any two buckets with different errors make a pair, the one with the lower error chosen and
the other rejected, unless the lower error reaches beta. One response is drawn from each bucket.

Draws are hashes of the seed, the config and the two buckets, not states of a generator: a pair gets
the same responses whatever else is in the table, and in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cosalign.pairs.error_score import ErrorScore, Flags, Ints

if TYPE_CHECKING:
    import pyarrow as pa

Hashes = NDArray[np.uint64]
Places = NDArray[np.int32]
SHARD = 2_048
"""Prompts per shard."""
_CELLS = 1 << 18  # config x bucket pairs at a time: 2 MiB per array


@dataclass(frozen=True, slots=True)
class Responses:
    """Judged responses, one entry each.

    Attributes:
        prompt: Row of the prompt.
        risks: Bit mask of the risks it contains.
        addressed: Whether it addresses the prompt.
        key: Hash of its id.
    """

    prompt: Ints
    risks: Ints
    addressed: Flags
    key: Hashes

    def take(self, places: Ints) -> Responses:
        """The entries at some rows."""
        return Responses(
            self.prompt[places], self.risks[places], self.addressed[places], self.key[places]
        )


@dataclass(frozen=True, slots=True)
class Configs:
    """Safety configs, one entry each.

    Attributes:
        prompt: Row of the prompt.
        allowed: Bit mask of the risks it allows.
        key: Hash of its id.
    """

    prompt: Ints
    allowed: Ints
    key: Hashes

    def take(self, places: Ints) -> Configs:
        """The entries at some rows."""
        return Configs(self.prompt[places], self.allowed[places], self.key[places])


@dataclass(frozen=True, slots=True)
class Pairs:
    """Preference pairs, one entry each.

    Attributes:
        config: Row of the config.
        chosen: Row of the chosen response.
        rejected: Row of the rejected response.
        chosen_error: Error of the chosen bucket, times the score's scale.
        rejected_error: Error of the rejected bucket, times the score's scale.
        key: Hash of the pair: of its config and its two buckets.
    """

    config: Places
    chosen: Places
    rejected: Places
    chosen_error: Ints
    rejected_error: Ints
    key: Hashes

    def __len__(self) -> int:
        return len(self.config)

    def take(self, places: Ints) -> Pairs:
        """The entries at some rows."""
        return Pairs(*(getattr(self, name)[places] for name in self.__slots__))


def find_pairs(
    responses: Responses, configs: Configs, score: ErrorScore, seed: int
) -> Iterator[Pairs]:
    """All pairs that the rule gives, in the order of prompts and of a prompt's configs.

    Args:
        responses: Distinct responses, in any order.
        configs: Configs, in any order.
        score: The error score.
        seed: Seed of the draws.

    Yields:
        The pairs of `SHARD` prompts at a time, possibly none, so that memory stays bounded.
    """
    answers, asked = (np.argsort(entries.prompt, kind="stable") for entries in (responses, configs))
    last = int(max(responses.prompt.max(initial=0), configs.prompt.max(initial=0)))
    for begin in range(0, last + 1, SHARD):
        response_rows, config_rows = (
            order[slice(*np.searchsorted(entries.prompt, [begin, begin + SHARD], sorter=order))]
            for order, entries in ((answers, responses), (asked, configs))
        )
        pairs = _shard(responses.take(response_rows), configs.take(config_rows), score, seed)
        yield replace(
            pairs,
            config=config_rows[pairs.config].astype(np.int32),
            chosen=response_rows[pairs.chosen].astype(np.int32),
            rejected=response_rows[pairs.rejected].astype(np.int32),
        )


def _shard(responses: Responses, configs: Configs, score: ErrorScore, seed: int) -> Pairs:
    # sorted by key within a bucket, so that a draw does not depend on the order of the table
    order = np.lexsort((responses.key, responses.addressed, responses.risks, responses.prompt))
    rows = responses.take(order)
    new = np.ones(len(order), bool)
    new[1:] = (
        (rows.prompt[1:] != rows.prompt[:-1])
        | (rows.risks[1:] != rows.risks[:-1])
        | (rows.addressed[1:] != rows.addressed[:-1])
    )
    starts = np.flatnonzero(new)
    buckets = rows.take(starts)
    sizes = np.diff(np.append(starts, len(order))).astype(np.uint64)
    first = np.searchsorted(buckets.prompt, configs.prompt, side="left")
    counts = np.searchsorted(buckets.prompt, configs.prompt, side="right") - first

    config_hashes = mix(np.uint64(seed % 2**64), configs.key)
    labels = buckets.risks.view(np.uint64) << np.uint64(1) | buckets.addressed
    lower, higher = mix(np.uint64(1), labels), mix(np.uint64(2), labels)
    parts = [_no_pairs()]
    for places, low, high, errors in _bucket_pairs(configs, buckets, first, counts, score):
        key = mix(config_hashes[places] ^ lower[low] ^ higher[high])
        # one draw from each half of the hash, scaled to the bucket's size
        chosen = (key >> np.uint64(32)) * sizes[low] >> np.uint64(32)
        rejected = (key & np.uint64(2**32 - 1)) * sizes[high] >> np.uint64(32)
        parts.append(
            Pairs(
                places.astype(np.int32),
                order[starts[low] + chosen.view(np.int64)].astype(np.int32),
                order[starts[high] + rejected.view(np.int64)].astype(np.int32),
                *errors,
                key,
            )
        )
    pairs = _join(parts)
    return pairs.take(np.argsort(pairs.config, kind="stable"))


def _no_pairs() -> Pairs:
    places, errors = np.zeros(0, np.int32), np.zeros(0, np.int64)
    return Pairs(places, places, places, errors, errors, np.zeros(0, np.uint64))


def _join(parts: list[Pairs]) -> Pairs:
    """Join parts column by column; the parts are freed on the way to save memory."""
    columns = [[getattr(part, name) for part in parts] for name in Pairs.__slots__]
    parts.clear()
    return Pairs(*(np.concatenate(columns.pop(0)) for _ in Pairs.__slots__))


def _bucket_pairs(
    configs: Configs, buckets: Responses, first: Ints, counts: Ints, score: ErrorScore
) -> Iterator[tuple[Ints, Ints, Ints, tuple[Ints, Ints]]]:
    """Config, lower and higher bucket, and their errors; configs with equally many buckets at once."""
    for count in np.unique(counts[counts > 1]):
        first_bucket, second_bucket = np.triu_indices(count, 1)
        same = np.flatnonzero(counts == count)
        step = max(1, _CELLS // len(first_bucket))
        for begin in range(0, len(same), step):
            places = same[begin : begin + step]
            grid = first[places, None] + np.arange(count)
            errors = score.errors(
                buckets.risks[grid], buckets.addressed[grid], configs.allowed[places, None]
            )
            left, right = errors[:, first_bucket], errors[:, second_bucket]
            row, column = np.nonzero((left != right) & (np.minimum(left, right) < score.beta))
            left, right = left[row, column], right[row, column]
            swap = left > right
            low, high = first_bucket[column], second_bucket[column]
            low, high = np.where(swap, high, low), np.where(swap, low, high)
            base = first[places][row]
            yield (
                places[row],
                base + low,
                base + high,
                (np.minimum(left, right), np.maximum(left, right)),
            )


def mix(*values: Hashes | np.uint64) -> Hashes:
    """One hash of several numbers, in their order (splitmix64's finaliser after each)."""
    state = np.zeros(1, np.uint64)
    for value in values:
        state = (state ^ value) + np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    return state


def hashes(ids: pa.ChunkedArray) -> Hashes:
    """A hash of each id of a column."""
    import pyarrow as pa

    if not len(ids):
        return np.zeros(0, np.uint64)
    raw = np.array(ids.cast(pa.binary()).to_pylist(), "S")
    width = -(-raw.itemsize // 8) * 8
    words = raw.astype(f"S{width}").view(np.uint64).reshape(len(raw), -1)
    return mix(*words.T)
