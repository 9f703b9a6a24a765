"""Lines of a training. Imports transformers: import it only where it is used."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from cosalign.watching.lines import EVERY, Lines


class TrainingLines(TrainerCallback):
    """`sft: step 120 of 600, loss 0.431, 3.2 s a step, 25 min left`, from the main process.

    Args:
        method: Name of the training, `sft` or `dpo`.
        every: Seconds between two lines.
        clock: A clock in seconds.
    """

    def __init__(
        self, method: str, *, every: float = EVERY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._method, self._every, self._clock = method, every, clock
        self._lines: Lines | None = None
        self._loss = ""

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Start counting, from where the training goes on."""
        if state.is_world_process_zero:
            self._lines = Lines(
                f"{self._method}: step",
                state.max_steps,
                done=state.global_step,
                unit="step",
                every=self._every,
                clock=self._clock,
            )

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **_: object,
    ) -> None:
        """Remember the loss."""
        if logs and "loss" in logs:
            self._loss = f"loss {logs['loss']:.3f}"

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Say how far the training is, if it is time."""
        if self._lines is not None:
            self._lines.update(detail=self._loss)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Say how long a long training took."""
        if self._lines is not None:
            self._lines.close()
