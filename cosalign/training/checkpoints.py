"""Checkpoints that are whole, and metrics as a table."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cosalign.stages.processes import everyone

if TYPE_CHECKING:
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

METRICS = "metrics.parquet"
WHOLE = "whole.json"
"""In a checkpoint: its files and their sizes. It is written last, after they are on the disk."""


def last_checkpoint(folder: Path) -> Path | None:
    """The last checkpoint that is whole: all files that its list names, of the size it names."""
    found = sorted(folder.glob("checkpoint-*"), key=_step)
    return next((path for path in reversed(found) if is_whole(path)), None)


def is_whole(checkpoint: Path) -> bool:
    """Whether a checkpoint was written to its end, and nothing of it is missing since."""
    try:
        sizes = json.loads((checkpoint / WHOLE).read_text())
        return all((checkpoint / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def remove_torn(folder: Path) -> None:
    """Delete what is left of checkpoints that were not written to their end."""
    for path in folder.glob("checkpoint-*"):
        if not is_whole(path):
            shutil.rmtree(path)


def mark_whole(checkpoint: Path) -> None:
    """Write a checkpoint's list of files, after they have reached the disk."""
    sizes = {}
    for path in sorted(p for p in checkpoint.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        sizes[path.relative_to(checkpoint).as_posix()] = path.stat().st_size
    part = checkpoint / f"{WHOLE}.part"
    with part.open("w") as file:
        json.dump(sizes, file)
        file.flush()
        os.fsync(file.fileno())
    part.rename(checkpoint / WHOLE)


def stage_callback(*, evaluating: bool) -> TrainerCallback:
    """The trainer's callback that marks whole checkpoints and evaluates after the last step.

    Args:
        evaluating: Whether there is a dev split to evaluate on.
    """
    from transformers import TrainerCallback

    class _Stage(TrainerCallback):
        def on_step_end(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
        ) -> None:
            if evaluating and state.global_step >= state.max_steps:
                control.should_evaluate = True

        def on_save(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
        ) -> None:
            everyone().wait_for_everyone()  # each process writes its own random state
            if state.is_world_process_zero:
                mark_whole(Path(str(args.output_dir)) / f"checkpoint-{state.global_step}")

    return _Stage()


def write_metrics(history: Sequence[Mapping[str, Any]], path: Path) -> None:
    """A trainer's log as a table of step, name and value; the first of entries for one name.

    Args:
        history: `trainer.state.log_history`, which checkpoints carry along.
        path: Parquet file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: dict[tuple[int, str], float] = {}
    for entry in history:
        for name, value in entry.items():
            if name != "step" and isinstance(value, int | float):
                found.setdefault((int(entry["step"]), name), float(value))
    steps, names = zip(*found, strict=True) if found else ((), ())
    table = {"step": steps, "name": names, "value": list(found.values())}
    schema = pa.schema({"step": pa.int64(), "name": pa.string(), "value": pa.float64()})
    pq.write_table(pa.table(table, schema=schema), path)


def _step(checkpoint: Path) -> int:
    name = checkpoint.name.removeprefix("checkpoint-")
    return int(name) if name.isdigit() else -1
