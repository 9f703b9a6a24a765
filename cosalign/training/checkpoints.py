"""Complete checkpoints of an interrupted training, its best weights, and its metrics as a table."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cosalign.stages.processes import everyone
from cosalign.watching.course import course
from cosapien.whole import replaced_file

if TYPE_CHECKING:
    from transformers import (
        Trainer,
        TrainerCallback,
        TrainerControl,
        TrainerState,
        TrainingArguments,
    )

METRICS = "metrics.parquet"
WHOLE = "whole.json"
"""List of a checkpoint's files and their sizes; written last, when they are on the disk."""
BEST = "best-"
"""Start of the names of folders with the weights of the best step so far."""


def last_checkpoint(folder: Path) -> Path | None:
    """The last complete checkpoint: it has all files of its list, in the listed sizes."""
    checkpoints = sorted(folder.glob("checkpoint-*"), key=_step)
    return next((path for path in reversed(checkpoints) if is_whole(path)), None)


def is_whole(checkpoint: Path) -> bool:
    """Whether a checkpoint was written completely and is still complete."""
    try:
        sizes = json.loads((checkpoint / WHOLE).read_text())
        return all((checkpoint / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def remove_torn(folder: Path) -> None:
    """Delete incomplete checkpoints."""
    for path in folder.glob("checkpoint-*"):
        if not is_whole(path):
            shutil.rmtree(path)


def mark_whole(checkpoint: Path) -> None:
    """Write a checkpoint's list of files, after the files have reached the disk."""
    sizes = {}
    for path in sorted(p for p in checkpoint.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        sizes[path.relative_to(checkpoint).as_posix()] = path.stat().st_size
    with replaced_file(checkpoint / WHOLE, durable=True) as part:
        part.write_text(json.dumps(sizes))


def keep_best(trainer: Trainer, folder: Path, step: int) -> None:
    """Save the weights of a step whose score is the best so far, called in every process.

    Earlier weights stay while a checkpoint from which the training can go on counts them as the best.

    Args:
        trainer: The trainer.
        folder: Folder of its checkpoints.
        step: Its step.
    """
    target = folder / f"{BEST}{step}"
    part = target.with_name(f"{target.name}.part")
    main = everyone().is_main_process
    if main:
        for left_over in (part, target):  # of a run that was interrupted after this step
            shutil.rmtree(left_over, ignore_errors=True)
    everyone().wait_for_everyone()
    trainer.save_model(str(part))
    everyone().wait_for_everyone()
    if main:
        mark_whole(part)
        part.rename(target)
        needed = {target.name} | {f"{BEST}{of}" for of in _best_steps(folder)}
        for path in folder.glob(f"{BEST}*"):
            if path.name not in needed:
                shutil.rmtree(path)


def copy_best(folder: Path, step: int, target: Path) -> None:
    """Copy the weights of the best step; they stay, in case the stage is interrupted again.

    Args:
        folder: Folder of the checkpoints.
        step: The step.
        target: A new folder.
    """
    best = folder / f"{BEST}{step}"
    shutil.copytree(best, target, ignore=shutil.ignore_patterns(WHOLE))


def _best_steps(folder: Path) -> Iterator[int]:
    """The best step so far of each complete checkpoint."""
    for checkpoint in filter(is_whole, folder.glob("checkpoint-*")):
        history = json.loads((checkpoint / "trainer_state.json").read_text())["log_history"]
        if (best := course(history).best) is not None:
            yield best[0]


def stage_callback(*, evaluating: bool) -> TrainerCallback:
    """A trainer callback that marks complete checkpoints and evaluates after the last step.

    Args:
        evaluating: Whether there is a dev split to evaluate on.
    """
    from transformers import TrainerCallback

    class _Stage(TrainerCallback):
        def on_step_end(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
        ) -> None:
            if evaluating and control.should_training_stop:
                control.should_evaluate = True

        def on_save(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
        ) -> None:
            everyone().wait_for_everyone()  # each process writes its own random state
            if state.is_world_process_zero:
                mark_whole(Path(str(args.output_dir)) / f"checkpoint-{state.global_step}")

    return _Stage()


def write_metrics(history: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write a trainer's log as a table of step, name and value; the first of duplicates counts.

    Args:
        history: `trainer.state.log_history`, which checkpoints also hold.
        path: Parquet file to write.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    values: dict[tuple[int, str], float] = {}
    for entry in history:
        for name, value in entry.items():
            if name != "step" and isinstance(value, int | float):
                values.setdefault((int(entry["step"]), name), float(value))
    steps, names = zip(*values, strict=True) if values else ((), ())
    table = {"step": steps, "name": names, "value": list(values.values())}
    schema = pa.schema({"step": pa.int64(), "name": pa.string(), "value": pa.float64()})
    pq.write_table(pa.table(table, schema=schema), path)


def _step(checkpoint: Path) -> int:
    name = checkpoint.name.removeprefix("checkpoint-")
    return int(name) if name.isdigit() else -1
