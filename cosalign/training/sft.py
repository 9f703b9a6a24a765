"""Stage 8, `sft`: supervised fine-tuning on the best responses (section 4.5 of the paper)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from cosalign.pairs.tables import SFT_TABLE
from cosalign.shared_prefix import order_by_prefix, share_prefixes
from cosalign.stages import Counts, Stage, StageError
from cosalign.stages.processes import main_first, run_stage_together
from cosalign.training.mixing import MixParameters, mix_in
from cosalign.training.models import (
    check_chat_template,
    check_max_length,
    find_model,
    load_model,
    load_tokenizer,
)
from cosalign.training.parameters import Seeded, TrainingParameters
from cosalign.training.trainers import (
    SCRATCH,
    arguments,
    dev_of,
    load_examples,
    run_trainer,
)


class SftParameters(TrainingParameters):
    """Section `sft:` of a recipe.

    The paper does not state epochs and learning rate of this stage. One epoch at 1e-5 is this
    project's choice (usual for full fine-tuning of an 8B model); everything else is as in DPO.

    Attributes:
        learning_rate: Highest learning rate, reached after the warm-up.
        epochs: Passes over the examples.
        mix: General conversations to mix into the examples; none in the paper.
    """

    learning_rate: Annotated[float, Field(gt=0)] = 1e-5
    epochs: Annotated[float, Field(gt=0)] = 1.0
    mix: MixParameters | None = None

    @model_serializer(mode="wrap")
    def _recorded(self, fields: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """All fields, but no `mix` if there is none: earlier code recorded no `mix` at all."""
        recorded: dict[str, Any] = fields(self)
        if self.mix is None:
            del recorded["mix"]
        return recorded


def sft(parameters: SftParameters, *, pairs: Stage, seed: int, out: Path) -> Stage:
    """Train a model on the lowest-error response to each (config, prompt), paper section 4.5.

    The loss covers only the response and its end token. An interrupted training continues from its
    last checkpoint and ends with the same weights as an uninterrupted one.

    Args:
        parameters: Parameters of the training; `model` is required.
        pairs: The `pairs` stage; its `sft.parquet` holds the examples.
        seed: Seed of the order of the examples, of new adapters and of dropout.
        out: Output folder of the stage.

    Returns:
        A stage with `model/` (all weights, or an adapter; tokenizer, chat template),
        `metrics.parquet` (step, name, value) and `training.json` (what it started from).

    Raises:
        StageError: The model, table or parameters cannot be used; the message says why.

    Example:
        >>> sft(
        ...     SftParameters(model="meta-llama/Llama-3.1-8B-Instruct"),
        ...     pairs=read_stage(Path("runs/released-pairs/pairs")),
        ...     seed=0,
        ...     out=Path("runs/released-pairs/sft"),
        ... )  # doctest: +SKIP
    """
    if parameters.model is None:
        raise StageError("sft: no model to start from; name a folder or a Hub model (`model: ...`)")
    table = pairs.folder / SFT_TABLE
    inputs = {"pairs": table}
    if (folder := Path(parameters.model).expanduser()).is_dir():
        inputs["model"] = folder
    if parameters.chat_template is not None:
        inputs["chat_template"] = parameters.chat_template
    if parameters.mix is not None:
        inputs["mix"] = parameters.mix.file
    if parameters.score is not None:
        inputs |= parameters.score.inputs
    return run_stage_together(
        "sft",
        out,
        version=1,
        parameters=Seeded(training=parameters, seed=seed),
        inputs=inputs,
        make=partial(_make, parameters, parameters.model, table, seed),
    )


def _make(parameters: SftParameters, model: str, table: Path, seed: int, work: Path) -> Counts:
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    config = arguments(SFTConfig, parameters, seed=seed, work=work)
    start = find_model(model, parameters.revision)
    tokenizer, ends, notes = load_tokenizer(start, parameters.chat_template)
    check_chat_template(tokenizer, start.name)
    check_max_length(start, tokenizer, parameters.max_length)
    if parameters.mix is not None:
        folder = work / SCRATCH
        table = main_first(partial(mix_in, table, parameters.mix, seed=seed, folder=folder))
    data = load_examples(table, tokenizer, parameters, kind="sft", ends=ends, seed=seed, work=work)
    trainer = SFTTrainer(
        model=load_model(start, parameters),
        args=config,
        train_dataset=data.train,
        eval_dataset=dev_of(data, parameters, table),
        processing_class=tokenizer,
        peft_config=None if parameters.lora is None else parameters.lora.config(),
    )
    if parameters.shared_prefix:
        share_prefixes(trainer.model)
        order_by_prefix(trainer, data.prefixes, seed)
    facts = {"method": "sft", "notes": notes, "examples": dict(data.counts)}
    trained = run_trainer(
        trainer, work, start=start, ends=ends, score=parameters.score, facts=facts
    )
    return {**data.counts, **trained}
