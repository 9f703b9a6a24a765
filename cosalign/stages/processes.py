"""A stage made by several processes together, as `accelerate launch` starts them."""

from __future__ import annotations

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
    """Whether to train on the CPU: the launcher says so, or there is nothing else."""
    import torch

    asked = os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "yes")
    return asked or not torch.accelerator.is_available()


def everyone() -> PartialState:
    """The processes that make a stage together: this one alone, if no launcher started it."""
    from accelerate import PartialState

    return PartialState(cpu=on_cpu())


def count() -> int:
    """How many processes make a stage together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def main_first(work: Callable[[], T]) -> T:
    """Call something in process 0, then in all others, which find what it left on the disk.

    Args:
        work: What to call.

    Raises:
        StageError: As process 0 raised it; raised in every process.
    """
    if count() == 1:
        return work()
    if everyone().is_main_process:
        try:
            found = work()
        except StageError as error:
            _share(("failed", str(error)))
            raise
        _share(("done", ""))
        return found
    what, said = _share(("", ""))
    if what == "failed":
        raise StageError(said)
    return work()


def _share(message: tuple[str, str]) -> tuple[str, str]:
    """What process 0 says, in every process."""
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
    """`run_stage` for a stage that trains: in one process, or in all those of a launcher.

    Process 0 alone looks what stands, holds the lock and writes the manifest; `make` is called in
    every process with the same folder, and all return when the stage is in place.

    Args:
        name: Name of the stage.
        folder: Where it is to stand.
        version: Of the stage's code.
        parameters: How it is made.
        inputs: Files or folders it is made from, by name.
        make: Makes it; what it returns in process 0 counts.

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
    what, said = _share(("", ""))
    if what == "make":
        with suppress(StageError):  # process 0 meets the same one and says so
            make(Path(said))
        what, said = _share(("", ""))
    if what == "failed":
        raise StageError(said)
    return read_stage(folder)
