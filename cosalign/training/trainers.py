"""What both trainers share: how they are configured, how they run, what they leave."""

from __future__ import annotations

import dataclasses
import errno
import gc
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cosalign.stages import Counts, StageError
from cosalign.stages.processes import count, everyone, on_cpu
from cosalign.training.checkpoints import (
    METRICS,
    last_checkpoint,
    remove_torn,
    stage_callback,
    write_metrics,
)
from cosalign.training.examples import TrainingData
from cosalign.training.models import Start
from cosalign.training.parameters import TrainingParameters

if TYPE_CHECKING:
    from transformers import Trainer

C = TypeVar("C")
MODEL, SCRATCH, FACTS = "model", "unfinished", "training.json"
KEPT_CHECKPOINTS = 2
"""Two, so that one is whole while the other is being written."""
LITTLE = 2**20
"""Bytes: a disk with less to give is full."""
LEFT_OUT = ("training_args.bin", "README.md", "ref")
"""Of what TRL and PEFT save: a pickle, an empty model card, the reference's copy of an adapter."""


def arguments(
    kind: type[C], parameters: TrainingParameters, *, seed: int, work: Path, **ours: object
) -> C:
    """TRL's configuration of a training.

    Args:
        kind: `SFTConfig` or `DPOConfig`.
        parameters: As the recipe gives them.
        seed: Of the order of the examples, of new adapters and of dropout.
        work: The stage's folder; checkpoints go to its `unfinished/`.
        **ours: What the trainer sets itself.

    Raises:
        StageError: A name of `extra` is unknown or set elsewhere, a value is refused, or the batch
            cannot be divided.
    """
    processes = count()
    steps, rest = divmod(parameters.batch_size, parameters.micro_batch * processes)
    if rest:
        raise StageError(
            f"batch_size {parameters.batch_size} is no multiple of micro_batch "
            f"{parameters.micro_batch} x {processes} processes"
        )
    resuming = last_checkpoint(work / SCRATCH) is not None
    evaluating = parameters.evaluate_every is not None
    given = {
        **ours,
        "output_dir": str(work / SCRATCH),
        "use_cpu": on_cpu(),
        "seed": seed,
        "learning_rate": parameters.learning_rate,
        "num_train_epochs": parameters.epochs,
        "max_steps": parameters.max_steps or -1,
        "per_device_train_batch_size": parameters.micro_batch,
        "per_device_eval_batch_size": parameters.micro_batch,
        "gradient_accumulation_steps": steps,
        "optim": parameters.optimizer,
        "lr_scheduler_type": parameters.schedule,
        "warmup_steps": parameters.warmup_steps,
        "max_grad_norm": parameters.max_grad_norm,
        "max_length": parameters.max_length,
        "bf16": parameters.precision == "bf16",
        "gradient_checkpointing": parameters.gradient_checkpointing,
        "logging_steps": parameters.log_every,
        "eval_strategy": "steps" if evaluating else "no",
        "eval_steps": parameters.evaluate_every,
        "eval_on_start": evaluating and not resuming,
        "save_strategy": "steps",
        "save_steps": parameters.save_every,
        "save_total_limit": KEPT_CHECKPOINTS,
        "report_to": list(parameters.report_to),
        "disable_tqdm": not sys.stderr.isatty(),
        "push_to_hub": False,
    }
    known = {field.name for field in dataclasses.fields(kind) if field.init}  # type: ignore[arg-type]
    for name in parameters.extra:
        if name in given:
            raise StageError(f"extra: {name} is set by the stage or by a parameter of its own")
        if name not in known:
            raise StageError(f"extra: {kind.__name__} of TRL has no field {name!r}")
    try:
        return kind(**given, **parameters.extra)
    except (ValueError, TypeError, ImportError, RuntimeError) as error:
        raise StageError(f"{kind.__name__} of TRL refuses the parameters: {error}") from error


def dev_of(data: TrainingData, parameters: TrainingParameters, table: Path) -> Any:  # noqa: ANN401
    """The dev examples; None if the parameters ask for no evaluation.

    Raises:
        StageError: There are none.
    """
    if parameters.evaluate_every is None:
        return None
    if data.dev is None:
        raise StageError(
            f"{table}: no example of the dev split to evaluate on; make some (`prompts`), or set "
            "`evaluate_every: null`"
        )
    return data.dev


def run_trainer(trainer: Trainer, work: Path, *, start: Start, facts: dict[str, Any]) -> Counts:
    """Train from the last whole checkpoint, or from the start, and leave the model.

    Args:
        trainer: Ready to train; checkpoints go to `work/unfinished`.
        work: The stage's folder: gets `model/`, `metrics.parquet` and `training.json`.
        start: What the training starts from.
        facts: What else `training.json` says.

    Returns:
        Steps, and how many weights were trained of how many.
    """
    from transformers import PrinterCallback

    scratch, part = work / SCRATCH, work / f"{MODEL}.part"
    if everyone().is_main_process:
        remove_torn(scratch)
        for left in (part, work / MODEL):  # of a try that ended between here and the manifest
            shutil.rmtree(left, ignore_errors=True)
    everyone().wait_for_everyone()
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(stage_callback(evaluating=trainer.eval_dataset is not None))
    found = last_checkpoint(scratch)
    assert trainer.model is not None
    weights = [(p.numel(), p.requires_grad) for p in trainer.model.parameters()]
    with _told_of_full_disk(work):
        trainer.train(resume_from_checkpoint=None if found is None else str(found))
        trainer.save_model(str(part))
    if everyone().is_main_process:
        for name in LEFT_OUT:
            shutil.rmtree(part / name, ignore_errors=True)
            (part / name).unlink(missing_ok=True)
        _name_base(part, start)
        write_metrics(trainer.state.log_history, work / METRICS)
        facts |= {"start": start.name, "revision": start.revision}
        (work / FACTS).write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")
        part.rename(work / MODEL)
        if (scratch / "runs").exists():
            (scratch / "runs").rename(work / "tensorboard")
        shutil.rmtree(scratch)
    everyone().wait_for_everyone()
    steps = trainer.state.global_step
    trainer.accelerator.free_memory()
    gc.collect()  # a trainer holds itself in a circle, and on a GPU another one follows
    return {
        "steps": steps,
        "weights": sum(n for n, _ in weights),
        "trained weights": sum(n for n, trained in weights if trained),
    }


@contextmanager
def _told_of_full_disk(work: Path) -> Iterator[None]:
    """Torch and safetensors tell of a full disk in words that nobody would guess it from."""
    from safetensors import SafetensorError

    try:
        yield
    except (RuntimeError, SafetensorError) as error:
        if shutil.disk_usage(work).free < LITTLE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(work)) from error
        raise


def _name_base(model: Path, start: Start) -> None:
    """Let an adapter name its base as others know it, not as a folder of this machine's cache."""
    if (file := model / "adapter_config.json").exists() and start.revision is not None:
        config = json.loads(file.read_text())
        config |= {"base_model_name_or_path": start.name, "revision": start.revision}
        file.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
