"""One forward pass over what sequences of a batch have in common, and one over what they do not.

A config is long and its prompts are short: of sequences of 800 tokens, 700 can be the same in a batch.
Their keys and values are computed once, and each sequence's own tokens attend to them. Causal attention
makes this exact: loss and gradients are those of the whole sequences, up to rounding. Sequences of other
configs in the same batch are groups of their own, which are computed one after the other.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping, Sequence
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
    """Change a model's forward pass, in place, so that common first tokens are computed once.

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
        if not others.get("fused_lm_head") or input_ids is None or labels is None:
            return whole(
                input_ids=input_ids, attention_mask=attention_mask, labels=labels, **others
            )
        if attention_mask is None:
            attention_mask = input_ids.new_ones(input_ids.shape)
        groups = _groups(input_ids, labels)
        parts = [
            _group(self, whole, input_ids[rows], attention_mask[rows], labels[rows], others)
            for rows in groups
        ]
        return parts[0] if len(groups) == 1 else _together(parts, groups)

    model.forward = types.MethodType(forward, model)


def shared_length(input_ids: torch.Tensor, labels: torch.Tensor) -> int:
    """How many first tokens all of some sequences have in common.

    Args:
        input_ids: Token ids, (sequences, tokens).
        labels: The same, with -100 on every token outside the loss.

    Returns:
        At most one token less than the shortest prompt: a response's first token is predicted from
        the last one of its prompt, which therefore stays with the response. 0 for one sequence.
    """
    if len(input_ids) < 2:
        return 0
    same = (input_ids == input_ids[:1]).all(dim=0).int().cumprod(dim=0)
    return max(0, min(int(same.sum()), int(_starts(labels).min()) - 1))


def _starts(labels: torch.Tensor) -> torch.Tensor:
    """The place of each sequence's first token in the loss; its length if there is none."""
    learnt = labels != IGNORED
    return learnt.int().argmax(dim=1).masked_fill(~learnt.any(dim=1), labels.shape[1])


def _groups(input_ids: torch.Tensor, labels: torch.Tensor) -> list[list[int]]:
    """The rows of a batch: those whose prompts are the same for the most part together, then the rest."""
    starts = _starts(labels).tolist()
    groups: list[list[int]] = []
    for row, ids in enumerate(input_ids):
        for group in groups:
            common = int((ids == input_ids[group[0]]).int().cumprod(dim=0).sum())
            if 2 * common >= min(starts[row], starts[group[0]]):
                group.append(row)
                break
        else:
            groups.append([row])
    alone = [group[0] for group in groups if len(group) == 1]
    return [group for group in groups if len(group) > 1] + ([alone] if alone else [])


def _group(
    model: PreTrainedModel,
    whole: Callable[..., Any],
    input_ids: torch.Tensor,
    attention_mask: torch.Tensor,
    labels: torch.Tensor,
    others: Mapping[str, Any],
) -> Any:  # noqa: ANN401 - TRL's FusedCausalLMOutput
    """The output of some sequences, at the places of the whole batch."""
    width = input_ids.shape[1]
    longest = max(int(attention_mask.sum(dim=1).max()), 2)
    input_ids, attention_mask, labels = (
        part[:, :longest] for part in (input_ids, attention_mask, labels)
    )
    length = shared_length(input_ids, labels)
    given = dict(others)
    if length < MIN_SHARED:
        length = 0
    else:
        given["past_key_values"] = _computed(model, input_ids[:1, :length], len(input_ids))
    output = whole(
        input_ids=input_ids[:, length:],
        attention_mask=attention_mask,
        labels=labels[:, length:],
        **given,
    )
    return _placed(output, length, width - longest)


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


def _placed(output: Any, before: int, behind: int) -> Any:  # noqa: ANN401
    """The output with its figures per token at their places; where nothing was computed they are 0."""
    import torch

    for name, value in list(output.items()):
        if isinstance(value, torch.Tensor) and value.dim() == 2:
            output[name] = torch.nn.functional.pad(value, (before, behind))
    return output


def _together(parts: Sequence[Any], groups: Sequence[Sequence[int]]) -> Any:  # noqa: ANN401
    """One output of those of all groups, rows in their order; the loss is the mean over all tokens."""
    import torch

    order = torch.tensor([row for group in groups for row in group]).argsort()
    output = parts[0]
    tokens = torch.stack([part.label_mask.sum() for part in parts])
    losses = torch.stack([part.loss for part in parts])
    for name, value in list(output.items()):
        if isinstance(value, torch.Tensor) and value.dim() == 2:
            output[name] = torch.cat([part[name] for part in parts])[order]
    output["loss"] = (losses * tokens).sum() / tokens.sum().clamp(min=1)
    return output
