"""Lines of a training, by a clock that stands still: a trainer's events in their order."""

from typing import cast

import pytest
from transformers import TrainerControl, TrainerState, TrainingArguments

from cosalign.watching.training_lines import TrainingLines
from tests.cosalign.watching.test_lines import Clock, said


def test_a_training_that_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    lines = TrainingLines("sft", every=10, clock=clock)
    args, control = cast("TrainingArguments", None), TrainerControl()
    state = TrainerState(global_step=120, max_steps=126)
    lines.on_train_begin(args, state, control)
    for step in range(121, 127):
        clock.now += 4
        state.global_step = step
        lines.on_step_end(args, state, control)
        lines.on_log(args, state, control, logs={"loss": step / 1_000, "epoch": 1.0})
        lines.on_log(args, state, control, logs={"eval_loss": 9.0})
    lines.on_train_end(args, state, control)
    assert said(capsys) == [
        "sft: step 122 of 126, loss 0.121, 4.0 s a step, 16 s left",
        "sft: step 125 of 126, loss 0.124, 4.0 s a step, 4 s left",
        "sft: step 126 of 126, loss 0.125, took 24 s",
    ]


def test_only_the_main_process_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    lines = TrainingLines("sft", every=1, clock=clock)
    args, control = cast("TrainingArguments", None), TrainerControl()
    state = TrainerState(max_steps=4, is_world_process_zero=False)
    lines.on_train_begin(args, state, control)
    for _ in range(4):
        clock.now += 5
        lines.on_step_end(args, state, control)
    lines.on_train_end(args, state, control)
    assert said(capsys) == []
