"""The pairs that a training of few steps reads."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from cosalign.shared_prefix import PrefixOrder
from cosalign.training.examples import TrainingData
from cosalign.training.parameters import TrainingParameters


def used(data: TrainingData, parameters: TrainingParameters, seed: int) -> TrainingData | None:
    """The examples that a training with `shared_prefix` and `max_steps` reads, in its order.

    The reference model reads every example before the first step; those that the steps do not reach
    would only cost time.

    Args:
        data: All examples.
        parameters: Parameters from the recipe.
        seed: Seed of the order.

    Returns:
        What the first epoch's order begins with, as many as all steps take, and their number as `used`
        among the counts: 600 of 1,560 pairs for 30 steps of 20. None if all examples are needed, or if
        the order is the trainer's own.
    """
    wanted = (parameters.max_steps or 0) * parameters.batch_size
    if not parameters.shared_prefix or not 0 < wanted < len(data.train):
        return None
    order = PrefixOrder(data.prefixes, parameters.micro_batch, seed)
    chosen = [int(index) for index in islice(order, wanted)]
    return replace(
        data,
        train=data.train.select(chosen),
        prefixes=[data.prefixes[index] for index in chosen],
        counts={**data.counts, "used": wanted},
    )
