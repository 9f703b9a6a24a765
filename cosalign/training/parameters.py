"""Parameters of both trainers, in a recipe's sections `sft:` and `dpo:`."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, JsonValue, SerializeAsAny, model_validator

from cosalign.stages import Parameters
from cosalign.watching.score_parameters import ScoreParameters

if TYPE_CHECKING:
    from peft import LoraConfig

Positive = Annotated[int, Field(ge=1)]


class LoraParameters(Parameters):
    """Low-rank adapters (LoRA); defaults are those of the paper's ablation (appendix).

    Attributes:
        rank: Rank of the adapters.
        alpha: The adapters are scaled by alpha / rank.
        dropout: Dropout on an adapter's input during training.
        targets: Modules with an adapter: `all-linear` (all but the output layer), or names.
    """

    rank: Positive = 32
    alpha: Positive = 16
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05
    targets: Literal["all-linear"] | tuple[str, ...] = "all-linear"

    def config(self) -> LoraConfig:
        """PEFT's configuration of these adapters."""
        from peft import LoraConfig

        return LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            target_modules=self.targets if isinstance(self.targets, str) else list(self.targets),
            task_type="CAUSAL_LM",
        )


class TrainingParameters(Parameters):
    """Parameters of both trainers; defaults are the paper's (section 5 and appendix).

    Attributes:
        model: Folder, or name on the Hub, of the model to start from.
        revision: Commit, branch or tag of a model on the Hub; by default its default branch.
        chat_template: Jinja file of a chat template to use instead of the model's own.
        lora: Train adapters of this form; without it, all weights.
        learning_rate: Highest learning rate, reached after the warm-up.
        epochs: Passes over the examples.
        max_steps: Most steps, regardless of `epochs`.
        batch_size: Examples (or pairs) per step, over all processes.
        micro_batch: Examples (or pairs) at a time in one process; divides the batch.
        optimizer: A name from `transformers.training_args.OptimizerNames`.
        schedule: A name from `transformers.SchedulerType`.
        warmup_steps: Steps in which the learning rate rises from 0.
        max_grad_norm: Gradients are clipped to this norm.
        max_length: Most tokens of prompt and response together.
        too_long: Longer examples are left out (`drop`), or their user's message is shortened at the
            end (`shorten`); config and response are never shortened.
        precision: `bf16`: weights and optimiser in float32, products in bfloat16 (frozen weights
            under adapters in bfloat16). `fp32`: all in float32.
        attention: Attention implementation of transformers (`sdpa`, `flash_attention_2`, ...).
        gradient_checkpointing: Recompute activations in the backward pass to save memory.
        shared_prefix: Compute the config's tokens once for all examples of a micro-batch that share it;
            micro-batches are then made of one config where possible. Loss and gradients stay the same.
        frozen_layers: Number of lowest layers that are not trained, and the embeddings with them.
        evaluate_every: Steps between evaluations on the dev split, which also takes place at the
            start and the end; `null`: never.
        save_every: Steps between checkpoints; the last two are kept.
        log_every: Steps between entries of the training metrics.
        score: Score the model on a small benchmark every few steps; none in the paper.
        report_to: Also report metrics to `tensorboard`, `wandb`, ... (their packages must be
            installed).
        extra: Further fields of TRL's `SFTConfig` or `DPOConfig`, by TRL's names.
    """

    model: str | None = None
    revision: str | None = None
    chat_template: Path | None = None
    lora: LoraParameters | None = None
    learning_rate: Annotated[float, Field(gt=0)]
    epochs: Annotated[float, Field(gt=0)]
    max_steps: Positive | None = None
    batch_size: Positive = 32
    micro_batch: Positive = 4
    optimizer: str = "rmsprop"
    schedule: str = "constant_with_warmup"
    warmup_steps: Annotated[int, Field(ge=0)] = 150
    max_grad_norm: Annotated[float, Field(gt=0)] = 10.0
    max_length: Annotated[int, Field(ge=2)] = 640
    too_long: Literal["drop", "shorten"] = "drop"
    precision: Literal["bf16", "fp32"] = "bf16"
    attention: str | None = None
    gradient_checkpointing: bool = True
    shared_prefix: Annotated[bool, Field(exclude_if=operator.not_)] = False
    frozen_layers: Annotated[int, Field(ge=0, exclude_if=operator.not_)] = 0
    evaluate_every: Positive | None = 1_000
    save_every: Positive = 500
    log_every: Positive = 10
    score: ScoreParameters | None = Field(default=None, exclude_if=lambda score: score is None)
    report_to: tuple[str, ...] = ()
    extra: dict[str, JsonValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_together(self) -> TrainingParameters:
        if self.shared_prefix and self.gradient_checkpointing:
            raise ValueError(
                "shared_prefix keeps activations; set gradient_checkpointing to false with it"
            )
        if self.frozen_layers and self.lora is not None:
            raise ValueError(
                "frozen_layers is for training all weights; with lora, name its targets"
            )
        return self


class Seeded(Parameters):
    """Parameters and seed of a training, in the form that its manifest records.

    Attributes:
        training: All parameters, also those that only one of the trainers has.
        seed: Seed of the training.
    """

    training: SerializeAsAny[TrainingParameters]
    seed: int
