"""One forward pass over what a batch's sequences have in common, and one over what they do not.

A config is long and its prompts are short: of sequences of 800 tokens, 700 can be the same in the whole
batch. Their keys and values are computed once, and each sequence's own tokens attend to them. Causal
attention makes this exact: loss and gradients are those of the whole sequences, up to rounding.
"""

from __future__ import annotations

import functools
import types
from typing import TYPE_CHECKING, Any

from cosalign.stages import StageError
from cosalign.stages.processes import everyone

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

IGNORED = -100
MIN_SHARED = 16
"""Fewer common tokens are not worth a second pass."""


def share_prefixes(model: Any) -> None:  # noqa: ANN401 - a model, or one with adapters
    """Change a model's forward pass, in place, so that a batch's common first tokens are computed once.

    Only passes with `fused_lm_head=True` change: those of TRL's SFT and DPO trainers. Sequences are
    padded on the right.

    Args:
        model: A causal language model that a TRL trainer has given its fused head, maybe with
            adapters. It must accept a cache of keys and values, and not recompute activations.

    Raises:
        StageError: Weights are divided among processes, which was never tried with this.
    """
    if str(everyone().distributed_type).split(".")[-1] in ("FSDP", "DEEPSPEED"):
        raise StageError(
            "shared_prefix: the weights are divided among the processes; leave it out, or train on one "
            "device or in plain data parallel"
        )
    if hasattr(model, "peft_config"):
        model = model.get_base_model()
    whole = model.forward

    @functools.wraps(type(model).forward)  # `generate` reads the signature
    def forward(
        self: PreTrainedModel,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        **others: Any,  # noqa: ANN401 - the model's own arguments
    ) -> Any:  # noqa: ANN401 - the model's own output
        length = 0
        if others.get("fused_lm_head") and input_ids is not None and labels is not None:
            length = shared_length(input_ids, labels)
        if length < MIN_SHARED:
            return whole(
                input_ids=input_ids, attention_mask=attention_mask, labels=labels, **others
            )
        assert input_ids is not None
        assert labels is not None
        output = whole(
            input_ids=input_ids[:, length:],
            attention_mask=attention_mask,
            labels=labels[:, length:],
            past_key_values=_computed(self, input_ids[:1, :length], len(input_ids)),
            **others,
        )
        return _from_the_start(output, length)

    model.forward = types.MethodType(forward, model)


def shared_length(input_ids: torch.Tensor, labels: torch.Tensor) -> int:
    """How many first tokens all sequences of a batch have in common.

    Args:
        input_ids: Token ids, (sequences, tokens).
        labels: The same, with -100 on every token outside the loss.

    Returns:
        At most one token less than the shortest prompt: a response's first token is predicted from
        the last one of its prompt, which therefore stays with the response. 0 for one sequence.
    """
    if len(input_ids) < 2:
        return 0
    learnt = labels != IGNORED
    starts = learnt.int().argmax(dim=1).masked_fill(~learnt.any(dim=1), input_ids.shape[1])
    same = (input_ids == input_ids[:1]).all(dim=0).int().cumprod(dim=0)
    return max(0, min(int(same.sum()), int(starts.min()) - 1))


def _computed(model: PreTrainedModel, prefix: torch.Tensor, times: int) -> Any:  # noqa: ANN401
    """Keys and values of a prefix, (1, tokens), for as many sequences; gradients flow through them."""
    from transformers import DynamicCache

    cache = DynamicCache(config=model.config)
    model.base_model(input_ids=prefix, past_key_values=cache, use_cache=True)
    layers: list[Any] = cache.layers
    for layer in layers:
        if getattr(layer, "keys", None) is None:
            raise StageError(
                f"shared_prefix: a layer of {type(model).__name__} keeps something else than keys and "
                "values, so a prefix cannot be shared; leave shared_prefix out"
            )
        layer.keys = layer.keys.expand(times, -1, -1, -1)
        layer.values = layer.values.expand(times, -1, -1, -1)
    return cache


def _from_the_start(output: Any, length: int) -> Any:  # noqa: ANN401 - TRL's FusedCausalLMOutput
    """The output with its figures per token at the places of whole sequences: nothing on the prefix."""
    import torch

    for name, value in list(output.items()):
        if isinstance(value, torch.Tensor) and value.dim() == 2:
            output[name] = torch.nn.functional.pad(value, (length, 0))
    return output
