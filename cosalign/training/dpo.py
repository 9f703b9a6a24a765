"""Stage 9, direct preference optimisation: prefer what a config asks for over what it does not (4.5)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from cosalign.stages import Counts, Stage, StageError
from cosalign.stages.processes import main_first, run_stage_together
from cosalign.training.examples import tokenise
from cosalign.training.models import Start, find_model, is_adapter, load_model, load_tokenizer
from cosalign.training.parameters import Seeded, TrainingParameters
from cosalign.training.trainers import MODEL, SCRATCH, arguments, dev_of, run_trainer

if TYPE_CHECKING:
    from peft import LoraConfig


class DpoParameters(TrainingParameters):
    """Section `dpo:` of a recipe; the paper's figures by default (section 5 and appendix).

    Attributes:
        learning_rate: At its highest, after the warm-up.
        epochs: Passes over the pairs.
        beta: How dear it is to move away from the reference.
    """

    learning_rate: Annotated[float, Field(gt=0)] = 5e-7
    epochs: Annotated[float, Field(gt=0)] = 3.0
    beta: Annotated[float, Field(gt=0)] = 0.1


def dpo(
    parameters: DpoParameters, *, pairs: Stage, sft: Stage | None, seed: int, out: Path
) -> Stage:
    """Train a model on preference pairs, paper section 4.5.

    The reference is the model that it starts from; its log-probabilities are worked out once, before
    the first step, and kept. An interrupted training goes on from its last checkpoint and ends with
    the weights that it would have had.

    Args:
        parameters: How it is trained; `model` is required if there is no `sft`.
        pairs: The preference pairs.
        sft: The stage whose model it starts from; None: from `parameters.model`.
        seed: Of the order of the pairs, of new adapters and of dropout.
        out: Where the stage is to stand.

    Returns:
        A stage with `model/` (all weights, or an adapter; tokenizer, chat template),
        `metrics.parquet` (step, name, value; see `pair_trainer.controllability`) and
        `training.json` (what it started from).

    Raises:
        StageError: Model, table or parameters are of no use, and why.
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
        disable_dropout=parameters.lora is None,  # adapters bring their own
    )
    start = find_model(model, parameters.revision)
    tokenizer, ends, notes = load_tokenizer(start, parameters.chat_template)
    data = main_first(
        partial(
            tokenise,
            table,
            tokenizer,
            kind="dpo",
            ends=ends,
            max_length=parameters.max_length,
            shorten=parameters.too_long == "shorten",
            seed=seed,
            folder=work / SCRATCH / "data",
        )
    )
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
    )
    facts = {"method": "dpo", "notes": notes, "pairs": dict(data.counts)}
    return {**data.counts, **run_trainer(trainer, work, start=start, facts=facts)}


def _new_adapter(start: Start, parameters: DpoParameters) -> LoraConfig | None:
    """The adapter to add; None if all weights are trained, or the model has one to go on with."""
    if parameters.lora is None or is_adapter(start.folder):
        return None
    return parameters.lora.config()
