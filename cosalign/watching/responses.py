"""Responses of the model that is trained. Imports torch: import it only where it is used."""

from __future__ import annotations

import copy
import inspect
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import torch
from transformers import DynamicCache, GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase
from transformers.cache_utils import DynamicLayer

from cosapien import Record, Template, render_config


@dataclass(frozen=True, slots=True)
class Written:
    """A response.

    Attributes:
        text: Its text.
        cut: Whether the limit on tokens ended it.
    """

    text: str
    cut: bool


def prompt_ids(
    records: Sequence[Record], tokenizer: PreTrainedTokenizerBase, template: Template
) -> list[list[int]]:
    """The token ids of each record's conversation, as `tasks/cosapien.py` asks it.

    Args:
        records: The records.
        tokenizer: A tokenizer with a chat template.
        template: How the config becomes the system message.
    """
    chats = [
        [
            {"role": "system", "content": render_config(record.config, template)},
            {"role": "user", "content": record.prompt},
        ]
        for record in records
    ]
    texts = tokenizer.apply_chat_template(chats, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]  # as in training
    return [list(row) for row in ids]


@contextmanager
def undisturbed(model: torch.nn.Module) -> Iterator[None]:
    """Put a model into evaluation mode; afterwards its modes and all random states are as before."""
    modes = [(module, module.training) for module in model.modules()]
    python, numpy = random.getstate(), np.random.get_state()
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    model.eval()
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        for module, training in modes:
            module.training = training


def write_responses(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[tuple[str, Sequence[int]]],
    *,
    ends: frozenset[int],
    max_tokens: int,
    batch: int,
) -> list[Written]:
    """The likeliest response to each prompt, token by token (greedy).

    What the prompts of a config have in common is read once.

    Args:
        model: A causal language model in evaluation mode.
        tokenizer: Its tokenizer, with a pad token.
        prompts: Name of the config and token ids of each prompt; those of a config stand together.
        ends: Ids of the tokens that end a response.
        max_tokens: Longest response.
        batch: Responses at a time.
    """
    config = GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=False,
        max_new_tokens=max_tokens,
        eos_token_id=sorted(ends),
        pad_token_id=tokenizer.pad_token_id,
        use_cache=True,
        temperature=1.0,  # or transformers warns that the model's own would be without effect
        top_p=1.0,
        top_k=50,
    )
    written = []
    for _, group in groupby(prompts, key=lambda prompt: prompt[0]):
        for ids in _group(model, [list(row) for _, row in group], config, batch):
            end = next((at for at, token in enumerate(ids) if token in ends), None)
            text = tokenizer.decode(ids[:end], skip_special_tokens=True)
            written.append(Written(str(text), end is None))
    return written


@torch.no_grad()
def _group(
    model: PreTrainedModel, prompts: list[list[int]], config: GenerationConfig, batch: int
) -> Iterator[list[int]]:
    """The new tokens after each prompt of a config; after its end a response is filled up."""
    shared, read = _read_once(model, prompts)
    for start in range(0, len(prompts), batch):
        part = prompts[start : start + batch]
        width = max(map(len, part))
        # Padding stands behind what is shared, in front of what is not.
        gaps = [width - len(ids) for ids in part]
        rows = [
            [*ids[:shared], *[config.pad_token_id] * gap, *ids[shared:]]
            for ids, gap in zip(part, gaps, strict=True)
        ]
        mask = [[1] * shared + [0] * gap + [1] * (width - shared - gap) for gap in gaps]
        given: dict[str, Any] = {}
        if read is not None:
            given[_cache_name(model)] = cache = copy.deepcopy(read)
            cache.batch_repeat_interleave(len(part))
        generate: Any = model.generate
        output = generate(
            input_ids=torch.tensor(rows, device=model.device),
            attention_mask=torch.tensor(mask, device=model.device),
            generation_config=config,
            **given,
        )
        yield from output[:, width:].tolist()


def _read_once(model: PreTrainedModel, prompts: list[list[int]]) -> tuple[int, DynamicCache | None]:
    """How many leading tokens all prompts share, and the model's state after them.

    Only for models whose every layer attends to all earlier tokens; others read each prompt whole.
    """
    cache = DynamicCache(config=model.config)
    plain = all(type(layer) is DynamicLayer for layer in cache.layers)
    shortest = min(map(len, prompts)) - 1  # one token is left to read
    differ = (at for at in range(shortest) if len({ids[at] for ids in prompts}) > 1)
    shared = next(differ, shortest)
    if len(prompts) == 1 or not plain or shared < 1:
        return 0, None
    ids = torch.tensor([prompts[0][:shared]], device=model.device)
    model(input_ids=ids, use_cache=True, logits_to_keep=1, **{_cache_name(model): cache})
    return shared, cache


def _cache_name(model: PreTrainedModel) -> str:
    """What a model calls its cache, which depends on the version of transformers."""
    return "cache" if "cache" in inspect.signature(model.forward).parameters else "past_key_values"
