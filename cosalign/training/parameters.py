"""Parameters of both trainers, in a recipe's sections `sft:` and `dpo:`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, JsonValue

from cosalign.stages import Parameters

if TYPE_CHECKING:
    from peft import LoraConfig

Positive = Annotated[int, Field(ge=1)]


class LoraParameters(Parameters):
    """Low-rank adapters instead of all weights; the paper's ablation by default (appendix).

    Attributes:
        rank: Of the adapters.
        alpha: Their scale is alpha / rank.
        dropout: On an adapter's input, while training.
        targets: Modules that get one: `all-linear` (all but the output layer) or names.
    """

    rank: Positive = 32
    alpha: Positive = 16
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05
    targets: Literal["all-linear"] | tuple[str, ...] = "all-linear"

    def config(self) -> LoraConfig:
        """The same for PEFT."""
        from peft import LoraConfig

        return LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            target_modules=self.targets if isinstance(self.targets, str) else list(self.targets),
            task_type="CAUSAL_LM",
        )


class TrainingParameters(Parameters):
    """Parameters of both trainers; the paper's figures by default (section 5 and appendix).

    Attributes:
        model: Folder, or name on the Hub, of the model to start from.
        revision: Commit, branch or tag of a model on the Hub; its default branch if not given.
        chat_template: Jinja file of a chat template instead of the model's own.
        lora: Train adapters of this form; all weights if not given.
        learning_rate: At its highest, after the warm-up.
        epochs: Passes over the examples.
        max_steps: Stop after so many steps, whatever `epochs` says.
        batch_size: Examples (or pairs) a step, over all processes.
        micro_batch: Examples (or pairs) at once in one process; divides the batch.
        optimizer: A name of `transformers.training_args.OptimizerNames`.
        schedule: A name of `transformers.SchedulerType`.
        warmup_steps: Steps in which the learning rate rises from 0.
        max_grad_norm: Gradients are clipped to this norm.
        max_length: In tokens, prompt and response together.
        too_long: What is longer is left out (`drop`), or its user's message is shortened at the
            end (`shorten`); config and response are always whole.
        precision: `bf16`: weights and optimiser in float32, products in bfloat16 (frozen weights
            under adapters in bfloat16). `fp32`: all in float32.
        attention: Attention implementation for transformers (`sdpa`, `flash_attention_2`, ...).
        gradient_checkpointing: Compute activations twice rather than keep them.
        evaluate_every: Steps between two evaluations on the dev split, which is also evaluated at
            the start and the end; `null`: never.
        save_every: Steps between two checkpoints, of which the last two are kept.
        log_every: Steps between two entries of the training metrics.
        report_to: Where metrics go too, as they come: `tensorboard`, `wandb`, ... (their packages
            must be installed).
        extra: Anything else that TRL's `SFTConfig` or `DPOConfig` takes, by its own name.
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
    evaluate_every: Positive | None = 1_000
    save_every: Positive = 500
    log_every: Positive = 10
    report_to: tuple[str, ...] = ()
    extra: dict[str, JsonValue] = Field(default_factory=dict)


class Seeded(Parameters):
    """Parameters and seed of a training, as its manifest records them."""

    training: TrainingParameters
    seed: int
