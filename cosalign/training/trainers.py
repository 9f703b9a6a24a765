"""What both trainers share: their configuration, their examples, the run and its files."""

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
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cosalign.stages import Counts, StageError
from cosalign.stages.processes import count, everyone, main_first, on_cpu
from cosalign.training.checkpoints import (
    METRICS,
    copy_best,
    keep_best,
    last_checkpoint,
    remove_torn,
    stage_callback,
    write_metrics,
)
from cosalign.training.examples import Kind, TrainingData, tokenise
from cosalign.training.models import Start
from cosalign.training.parameters import TrainingParameters
from cosalign.watching.course import course
from cosalign.watching.left_out import say_left_out
from cosalign.watching.score_parameters import ScoreParameters
from cosalign.watching.score_records import check_whole_weights, score_records

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, Trainer

C = TypeVar("C")
MODEL, SCRATCH, FACTS = "model", "unfinished", "training.json"
KEPT_CHECKPOINTS = 2
"""Two, so that one is complete while the other is being written."""
MIN_FREE_BYTES = 2**20
"""A disk with less free space counts as full."""
LEFT_OUT = ("training_args.bin", "README.md", "ref")
"""Files of TRL and PEFT that are removed: a pickle, an empty model card, the reference adapter."""


def arguments(
    kind: type[C], parameters: TrainingParameters, *, seed: int, work: Path, **ours: object
) -> C:
    """TRL's configuration of a training.

    Args:
        kind: `SFTConfig` or `DPOConfig`.
        parameters: Parameters from the recipe.
        seed: Seed of the order of the examples, of new adapters and of dropout.
        work: The stage's temporary working folder; checkpoints go to its `unfinished/`.
        **ours: Further fields that the trainer sets.

    Raises:
        StageError: A name in `extra` is unknown or set elsewhere, TRL rejects a value, the batch
            cannot be divided among the processes, or the training cannot be scored.
    """
    if parameters.score is not None:  # now, and not after hours of work
        check_whole_weights(parameters.extra)
        score_records(parameters.score)
    fields = {**ours, **_fields(parameters, seed, work / SCRATCH)}
    known = {field.name for field in dataclasses.fields(kind) if field.init}  # type: ignore[arg-type]
    for name in parameters.extra:
        if name in fields:
            raise StageError(f"extra: {name} is set by the stage or by a parameter of its own")
        if name not in known:
            raise StageError(f"extra: {kind.__name__} of TRL has no field {name!r}")
    try:
        return kind(**fields, **parameters.extra)
    except (ValueError, TypeError, ImportError, RuntimeError) as error:
        raise StageError(f"{kind.__name__} of TRL refuses the parameters: {error}") from error


def _fields(parameters: TrainingParameters, seed: int, scratch: Path) -> dict[str, Any]:
    """The fields of TRL's configuration that both trainers set, by TRL's names."""
    evaluating = parameters.evaluate_every is not None
    return {
        "output_dir": str(scratch),
        "use_cpu": on_cpu(),
        "seed": seed,
        "learning_rate": parameters.learning_rate,
        "num_train_epochs": parameters.epochs,
        "max_steps": parameters.max_steps or -1,
        "per_device_train_batch_size": parameters.micro_batch,
        "per_device_eval_batch_size": parameters.micro_batch,
        "gradient_accumulation_steps": _micro_batches(parameters),
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
        "eval_on_start": evaluating and last_checkpoint(scratch) is None,
        "save_strategy": "steps",
        "save_steps": parameters.save_every,
        "save_total_limit": KEPT_CHECKPOINTS,
        "report_to": list(parameters.report_to),
        "disable_tqdm": not sys.stderr.isatty(),
        "push_to_hub": False,
    }


def _micro_batches(parameters: TrainingParameters) -> int:
    """Micro-batches per step in each process."""
    processes = count()
    number, rest = divmod(parameters.batch_size, parameters.micro_batch * processes)
    if rest:
        raise StageError(
            f"batch_size {parameters.batch_size} is no multiple of micro_batch "
            f"{parameters.micro_batch} x {processes} processes"
        )
    return number


def load_examples(
    table: Path,
    tokenizer: PreTrainedTokenizerBase,
    parameters: TrainingParameters,
    *,
    kind: Kind,
    ends: frozenset[int],
    seed: int,
    work: Path,
) -> TrainingData:
    """The tokenised examples of a table, made by process 0 and kept until the stage is finished.

    How many are left out because they are too long is said on stderr.

    Args:
        table: Parquet file, see `tokenise`.
        tokenizer: A tokenizer with a chat template.
        parameters: Parameters from the recipe.
        kind: The trainer the examples are for.
        ends: Ids of the tokens that end a response.
        seed: Seed of the rounding of weights.
        work: The stage's temporary working folder.

    Raises:
        StageError: See `tokenise`.
    """
    shorten = parameters.too_long == "shorten"
    data = main_first(
        partial(
            tokenise,
            table,
            tokenizer,
            kind=kind,
            ends=ends,
            max_length=parameters.max_length,
            shorten=shorten,
            seed=seed,
            folder=work / SCRATCH / "data",
        )
    )
    if everyone().is_main_process:
        say_left_out(data.counts, kind, max_length=parameters.max_length, shorten=shorten)
    return data


def dev_of(data: TrainingData, parameters: TrainingParameters, table: Path) -> Any:  # noqa: ANN401
    """The dev examples; None if the parameters ask for no evaluation.

    Raises:
        StageError: An evaluation is asked for, but there are no dev examples.
    """
    if parameters.evaluate_every is None:
        return None
    if data.dev is None:
        raise StageError(
            f"{table}: no example of the dev split to evaluate on; make some (`prompts`), or set "
            "`evaluate_every: null`"
        )
    return data.dev


def run_trainer(
    trainer: Trainer,
    work: Path,
    *,
    start: Start,
    ends: frozenset[int],
    score: ScoreParameters | None,
    facts: dict[str, Any],
) -> Counts:
    """Train from the last complete checkpoint, or from the start, and save the model.

    Without a terminal, which has a bar, lines on stderr say how far the training is.

    Args:
        trainer: A configured trainer; checkpoints go to `work/unfinished`.
        work: The stage's temporary working folder: gets `model/`, `metrics.parquet` and
            `training.json`.
        start: The model that the training starts from.
        ends: Ids of the tokens that end a response, if the model is scored.
        score: When and how to score the model; None: never.
        facts: Further entries of `training.json`; `method` among them.

    Returns:
        Number of steps, of weights and of trained weights; the best step, if that one is kept.

    Raises:
        StageError: The model cannot be scored.
    """
    from transformers import PrinterCallback

    from cosalign.watching.callbacks import watch

    # not `whole.new_folder`: every process writes to the same folder, and only process 0 renames it
    scratch, part = work / SCRATCH, work / f"{MODEL}.part"
    if everyone().is_main_process:
        remove_torn(scratch)
        for left_over in (part, work / MODEL):  # of a run that ended just before the manifest
            shutil.rmtree(left_over, ignore_errors=True)
    everyone().wait_for_everyone()
    trainer.remove_callback(PrinterCallback)
    watch(trainer, score, facts["method"], ends=ends, on_best=partial(keep_best, trainer, scratch))
    trainer.add_callback(stage_callback(evaluating=trainer.eval_dataset is not None))
    checkpoint = last_checkpoint(scratch)
    assert trainer.model is not None
    weights = [(p.numel(), p.requires_grad) for p in trainer.model.parameters()]
    with _full_disk_as_enospc(work):
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        scored = course(trainer.state.log_history)
        best = scored.best if score is not None and score.keep_best else None
        if best is None:
            trainer.save_model(str(part))
        elif everyone().is_main_process:
            copy_best(scratch, best[0], part)
    if everyone().is_main_process:
        for name in LEFT_OUT:
            shutil.rmtree(part / name, ignore_errors=True)
            (part / name).unlink(missing_ok=True)
        _name_base(part, start)
        write_metrics(trainer.state.log_history, work / METRICS)
        facts |= {"start": start.name, "revision": start.revision}
        if score is not None:
            early = trainer.state.global_step < trainer.state.max_steps
            facts["score"] = scored.facts | {"benchmark": score.benchmark, "ended early": early}
        (work / FACTS).write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")
        part.rename(work / MODEL)
        if (scratch / "runs").exists():
            (scratch / "runs").rename(work / "tensorboard")
        shutil.rmtree(scratch)
    everyone().wait_for_everyone()
    steps = trainer.state.global_step
    trainer.accelerator.free_memory()
    gc.collect()  # a trainer has circular references, and the next one needs the GPU's memory
    return {
        "steps": steps,
        "weights": sum(n for n, _ in weights),
        "trained weights": sum(n for n, trained in weights if trained),
        **({} if best is None else {"best step": best[0]}),
    }


@contextmanager
def _full_disk_as_enospc(work: Path) -> Iterator[None]:
    """Turn the obscure errors that torch and safetensors raise on a full disk into ENOSPC."""
    from safetensors import SafetensorError

    try:
        yield
    except (RuntimeError, SafetensorError) as error:
        if shutil.disk_usage(work).free < MIN_FREE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(work)) from error
        raise


def _name_base(model: Path, start: Start) -> None:
    """Record an adapter's base by its name on the Hub, not by a folder of the local cache."""
    if (file := model / "adapter_config.json").exists() and start.revision is not None:
        config = json.loads(file.read_text())
        config |= {"base_model_name_or_path": start.name, "revision": start.revision}
        file.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
