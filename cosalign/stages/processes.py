"""Running one stage in several processes, as `accelerate launch` starts them."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cosalign.stages import Counts, Parameters, Stage, StageError, read_stage, run_stage

if TYPE_CHECKING:
    from accelerate import PartialState

T = TypeVar("T")


def on_cpu() -> bool:
    """Whether to train on the CPU: the launcher asks for it, or there is no accelerator."""
    import torch

    asked = os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "yes")
    return asked or not torch.accelerator.is_available()


def everyone() -> PartialState:
    """The processes that run a stage together; only this one if no launcher started it."""
    from accelerate import PartialState

    return PartialState(cpu=on_cpu())


def count() -> int:
    """Number of processes that run a stage together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def disconnect() -> None:
    """End the communication with the other processes, as the last act before the program ends.

    PyTorch's threads may still hold tensors. One that frees a tensor while the interpreter is going
    away aborts the process, although its work is done (pytorch/pytorch#190489).
    """
    if count() > 1:
        everyone().destroy_process_group()
        gc.collect()


def main_first(work: Callable[[], T]) -> T:
    """Call a function in process 0, then in all others, which can reuse the files it has written.

    Args:
        work: The function.

    Raises:
        StageError: Process 0 raised it; it is then raised in every process.
    """
    if count() == 1:
        return work()
    if everyone().is_main_process:
        try:
            result = work()
        except StageError as error:
            _share(("failed", str(error)))
            raise
        _share(("done", ""))
        return result
    event, detail = _share(("", ""))
    if event == "failed":
        raise StageError(detail)
    return work()


def _share(message: tuple[str, str]) -> tuple[str, str]:
    """Send process 0's message to every process."""
    from accelerate.utils import broadcast_object_list

    box = [message]
    broadcast_object_list(box, from_process=0)
    return box[0]


def run_stage_together(
    name: str,
    folder: Path,
    *,
    version: int,
    parameters: Parameters,
    inputs: Mapping[str, Path],
    make: Callable[[Path], Counts],
) -> Stage:
    """`run_stage` for training stages: in one process, or in all processes of a launcher.

    Only process 0 checks the existing stage, holds the lock and writes the manifest. `make` is called
    in every process with the same folder; all processes return when the stage is in place.

    Args:
        name: Name of the stage.
        folder: Output folder of the stage.
        version: Version of the stage's code.
        parameters: Parameters of the stage.
        inputs: Files or folders the stage reads, by name.
        make: Makes the stage; the counts that process 0 returns are recorded.

    Raises:
        StageError: See `run_stage`; raised in every process.
    """

    def run(make: Callable[[Path], Counts]) -> Stage:
        return run_stage(
            name, folder, version=version, parameters=parameters, inputs=inputs, make=make
        )

    if count() == 1:
        return run(make)

    def make_everywhere(work: Path) -> Counts:
        _share(("make", str(work)))
        return make(work)

    if everyone().is_main_process:
        try:
            stage = run(make_everywhere)
        except StageError as error:
            _share(("failed", str(error)))
            raise
        _share(("done", ""))
        return stage
    event, detail = _share(("", ""))
    if event == "make":
        with suppress(StageError):  # process 0 raises and reports the same error
            make(Path(detail))
        event, detail = _share(("", ""))
    if event == "failed":
        raise StageError(detail)
    return read_stage(folder)
