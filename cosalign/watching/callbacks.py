"""What watches a training. Imports torch and transformers: import it only where it is used."""

from __future__ import annotations

import sys
from collections.abc import Callable

from transformers import Trainer

from cosalign.watching.score_callback import ScoreCallback
from cosalign.watching.score_parameters import ScoreParameters
from cosalign.watching.score_records import score_records
from cosalign.watching.training_lines import TrainingLines


def watch(
    trainer: Trainer,
    score: ScoreParameters | None,
    method: str,
    *,
    ends: frozenset[int],
    on_best: Callable[[int], None],
) -> None:
    """Score a training's model, and say how far the training is where no terminal shows a bar.

    Args:
        trainer: The trainer, before its training.
        score: When and how to score the model; None: never.
        method: Name of the training, `sft` or `dpo`.
        ends: Ids of the tokens that end a response.
        on_best: Called in every process with the step of each new best score, if the best is kept.

    Raises:
        StageError: A record cannot be read, or does not fit the model's context.
    """
    if score is not None:
        trainer.add_callback(
            ScoreCallback(
                trainer,
                score,
                score_records(score),
                ends=ends,
                method=method,
                on_best=on_best if score.keep_best else None,
            )
        )
    if not sys.stderr.isatty():
        trainer.add_callback(TrainingLines(method))
