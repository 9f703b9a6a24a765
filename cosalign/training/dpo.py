"""Stage 9, `dpo`: direct preference optimisation on the pairs (section 4.5 of the paper)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from cosalign.shared_prefix import keep_order, order_by_prefix
from cosalign.stages import Counts, Stage, StageError
from cosalign.stages.processes import run_stage_together
from cosalign.training.models import (
    Start,
    check_chat_template,
    check_max_length,
    find_model,
    is_adapter,
    load_model,
    load_tokenizer,
)
from cosalign.training.parameters import Seeded, TrainingParameters
from cosalign.training.trainers import MODEL, arguments, dev_of, load_examples, run_trainer
from cosalign.training.used import used

if TYPE_CHECKING:
    from peft import LoraConfig


class DpoParameters(TrainingParameters):
    """Section `dpo:` of a recipe; defaults are the paper's (section 5 and appendix).

    Attributes:
        learning_rate: Highest learning rate, reached after the warm-up.
        epochs: Passes over the pairs.
        beta: Strength of the KL penalty: larger values keep the model closer to the reference.
    """

    learning_rate: Annotated[float, Field(gt=0)] = 5e-7
    epochs: Annotated[float, Field(gt=0)] = 3.0
    beta: Annotated[float, Field(gt=0)] = 0.1


def dpo(
    parameters: DpoParameters, *, pairs: Stage, sft: Stage | None, seed: int, out: Path
) -> Stage:
    """Train a model on preference pairs, paper section 4.5.

    The reference is the model that the training starts from; its log-probabilities are computed
    once, before the first step, and kept. An interrupted training continues from its last checkpoint
    and ends with the same weights as an uninterrupted one.

    Args:
        parameters: Parameters of the training; `model` is required if there is no `sft`.
        pairs: The `pairs` stage.
        sft: The `sft` stage, whose model the training starts from; None: `parameters.model`.
        seed: Seed of the order of the pairs, of new adapters and of dropout.
        out: Output folder of the stage.

    Returns:
        A stage with `model/` (all weights, or an adapter; tokenizer, chat template),
        `metrics.parquet` (step, name, value; see `pair_trainer.controllability`) and
        `training.json` (what it started from).

    Raises:
        StageError: The model, table or parameters cannot be used; the message says why.

    Example:
        >>> run = Path("runs/released-pairs")
        >>> dpo(
        ...     DpoParameters(beta=0.1),
        ...     pairs=read_stage(run / "pairs"),
        ...     sft=read_stage(run / "sft"),
        ...     seed=0,
        ...     out=run / "dpo",
        ... )  # doctest: +SKIP
    """
    inputs = {"pairs": pairs.path}
    if sft is not None:
        if parameters.model is not None:
            raise StageError("dpo: starts from the sft stage's model; leave `model` out")
        model = str((sft.folder / MODEL).resolve())
    elif parameters.model is not None:
        model = parameters.model
    else:
        raise StageError("dpo: no sft stage and no model to start from (`model: ...`)")
    if (folder := Path(model).expanduser()).is_dir():
        inputs["model"] = folder
    if parameters.chat_template is not None:
        inputs["chat_template"] = parameters.chat_template
    if parameters.score is not None:
        inputs |= parameters.score.inputs
    return run_stage_together(
        "dpo",
        out,
        version=1,
        parameters=Seeded(training=parameters, seed=seed),
        inputs=inputs,
        make=partial(_make, parameters, model, pairs.path, seed),
    )


def _make(parameters: DpoParameters, model: str, table: Path, seed: int, work: Path) -> Counts:
    from trl.trainer.dpo_config import DPOConfig

    from cosalign.training.pair_trainer import PairTrainer, controllability

    config = arguments(
        DPOConfig,
        parameters,
        seed=seed,
        work=work,
        beta=parameters.beta,
        precompute_ref_log_probs=True,
        disable_dropout=parameters.lora is None,  # adapters set their own
    )
    start = find_model(model, parameters.revision)
    tokenizer, ends, notes = load_tokenizer(start, parameters.chat_template)
    check_chat_template(tokenizer, start.name)
    check_max_length(start, tokenizer, parameters.max_length)
    data = load_examples(table, tokenizer, parameters, kind="dpo", ends=ends, seed=seed, work=work)
    first = used(data, parameters, seed)
    data = first or data
    dev = dev_of(data, parameters, table)
    trained = load_model(start, parameters)
    trainer = PairTrainer(
        model=trained,
        args=config,
        train_dataset=data.train,
        eval_dataset=dev,
        processing_class=tokenizer,
        compute_metrics=None
        if dev is None
        else partial(controllability, beta=parameters.beta, modes=dev["mode"]),
        peft_config=_new_adapter(start, parameters),
        shared_prefix=parameters.shared_prefix,
    )
    if first is not None:
        keep_order(trainer, len(first.train))
    elif parameters.shared_prefix:
        order_by_prefix(trainer, data.prefixes, seed)
    facts = {"method": "dpo", "notes": notes, "pairs": dict(data.counts)}
    run = run_trainer(trainer, work, start=start, ends=ends, score=parameters.score, facts=facts)
    return {**data.counts, **run}


def _new_adapter(start: Start, parameters: DpoParameters) -> LoraConfig | None:
    """The adapter to add; None if all weights are trained, or the model has an adapter already."""
    if parameters.lora is None or is_adapter(start.folder):
        return None
    return parameters.lora.config()
