"""The order of training examples in which those with the same config stand in the same micro-batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from transformers import Trainer


def order_by_prefix(trainer: Trainer, prefixes: Sequence[int], seed: int) -> None:
    """Let a trainer take its examples in the order of `PrefixOrder`.

    Args:
        trainer: A trainer that has not started.
        prefixes: The prefix of each training example, by any number.
        seed: Seed of the order.
    """
    _take(trainer, PrefixOrder(prefixes, trainer.args.per_device_train_batch_size, seed))


def keep_order(trainer: Trainer, examples: int) -> None:
    """Let a trainer take its examples in the order in which they are.

    Args:
        trainer: A trainer that has not started.
        examples: How many it has.
    """
    _take(trainer, range(examples))


def _take(trainer: Trainer, order: PrefixOrder | range) -> None:
    sampler: Any = (
        order  # the trainer asks for its length, its items and, if it is there, `set_epoch`
    )
    trainer._get_train_sampler = lambda _=None: sampler  # type: ignore[method-assign, assignment]


class PrefixOrder:
    """A sampler: every example once in an epoch, in micro-batches of one prefix where possible.

    Within a prefix, examples are shuffled and cut into micro-batches. What is left of each prefix fills
    micro-batches of several prefixes. Then all micro-batches are shuffled. Each epoch has an order of
    its own that depends only on seed and epoch, so that a resumed training sees the same one.

    Args:
        prefixes: The prefix of each example, by any number.
        micro_batch: Examples in a micro-batch, at least 1.
        seed: Seed of the orders.
    """

    def __init__(self, prefixes: Sequence[int], micro_batch: int, seed: int) -> None:
        self._groups = _groups(np.asarray(prefixes))
        self._micro_batch, self._seed, self._epoch = micro_batch, seed, 0
        self._examples = len(prefixes)

    def __len__(self) -> int:
        return self._examples

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch, from 0; the trainer calls this."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        size = self._micro_batch
        random = np.random.default_rng([self._seed, self._epoch])
        batches, rest = [], []
        for group in self._groups:
            shuffled = random.permutation(group)
            whole = len(shuffled) // size * size
            batches += list(shuffled[:whole].reshape(-1, size))
            rest += list(shuffled[whole:])
        batches += [np.array(rest[i : i + size]) for i in range(0, len(rest) // size * size, size)]
        order = [int(i) for place in random.permutation(len(batches)) for i in batches[place]]
        yield from order
        yield from map(int, rest[len(rest) // size * size :])  # less than a micro-batch, so last


def _groups(prefixes: np.ndarray) -> list[np.ndarray]:
    """The places of each prefix, prefixes in order of first appearance."""
    _, firsts, group = np.unique(prefixes, return_index=True, return_inverse=True)
    order = np.argsort(group, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(group))[:-1])
    return [parts[i] for i in np.argsort(firsts)]
