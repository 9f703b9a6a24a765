"""Whether conversations fit the context of a model that Inspect runs in this process (`hf/`).

A server refuses a prompt that is longer than its context, and the sample ends in an error. transformers
does not: a model with rotary positions answers from positions it was never trained on, and a tokenizer
that was told to truncate cuts the prompt without a word. So lengths are counted before anything is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cosapien.conversation.setup import Opening
from cosapien.errors import UserError

if TYPE_CHECKING:
    from inspect_ai.model import ChatMessage, Model

_POSITIONS = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length")
_NO_LIMIT = 10_000_000
"""A tokenizer's longest text above which it names none: transformers writes 10 to the power of 30."""
_RENDERED = 8
"""Conversations, of those with the longest texts, that are rendered as the model reads them."""
_PIECE = 1_024
_LIMITS = "(its positions, or what tokenizer_call_args truncates to)"


def check_contexts(model: Model, openings: Iterable[Opening]) -> None:
    """Refuse records that do not fit the context of a model in this process.

    Nothing is counted for other models: their servers refuse what does not fit.

    Args:
        model: The model.
        openings: How each sample starts; not read for other models.

    Raises:
        UserError: A config and its prompt are longer than the context; names the longest record.
    """
    longest = _context(model)
    if longest is None:
        return
    every = list(openings)
    texts = list(dict.fromkeys(text for start in every for text in (start.config, start.prompt)))
    lengths = dict(zip(texts, _lengths(model, texts), strict=True))
    every.sort(key=lambda start: -lengths[start.config] - lengths[start.prompt])
    counted = [(_length(model, start.messages), start.record) for start in every[:_RENDERED]]
    tokens, name = max(counted, default=(0, ""))
    if tokens > longest:
        raise UserError(
            f"record {name}, the longest, has {tokens:,} tokens with its config, but {model} reads at "
            f"most {longest:,} {_LIMITS}; use a model with a longer context, or leave long configs out "
            "(-T configs=...)"
        )


def context_fault(model: Model, messages: Sequence[ChatMessage]) -> str | None:
    """What is wrong with the length of one conversation; None if it fits, or that is not known here.

    Args:
        model: The model; anything is said only of one in this process.
        messages: The messages, the user's last.
    """
    longest = _context(model)
    if longest is None or (tokens := _length(model, messages)) <= longest:
        return None
    return (
        f"the prompt does not fit the model's context: it has {tokens:,} tokens, but {model} reads at "
        f"most {longest:,} {_LIMITS}"
    )


def context_length(config: Any, tokenizer: Any) -> int | None:  # noqa: ANN401 - of transformers
    """The longest text that a model of transformers can read, in tokens; None if nothing names it.

    The number of positions that the model was made for, more where its positions are scaled. A
    tokenizer's own limit counts only where the model has none: it is often that of another model.

    Args:
        config: The model's configuration.
        tokenizer: Its tokenizer.
    """
    config = config.get_text_config() if hasattr(config, "get_text_config") else config
    found = (getattr(config, name, None) for name in _POSITIONS)
    positions = next((n for n in found if isinstance(n, int) and n > 0), None)
    if positions is None:
        most = getattr(tokenizer, "model_max_length", None)
        return int(most) if most and 0 < most < _NO_LIMIT else None
    return max([positions, *_scaled(config, positions)])


def _scaled(config: Any, positions: int) -> Iterator[int]:  # noqa: ANN401 - of transformers
    """Positions times the factor by which they are scaled (YaRN and others)."""
    for name in ("rope_parameters", "rope_scaling"):
        given = getattr(config, name, None)
        forms = [given, *given.values()] if isinstance(given, Mapping) else []
        for form in forms:
            factor = form.get("factor") if isinstance(form, Mapping) else None
            if isinstance(factor, int | float) and factor > 1:
                start = form.get("original_max_position_embeddings") or positions
                yield int(start * factor)


def _context(model: Model) -> int | None:
    """The context of a model in this process; None for others, and where nothing names it."""
    api: Any = model.api
    if not str(model).startswith("hf/") or getattr(api, "hf_chat", None) is None:
        return None
    limits = [context_length(api.model.config, api.tokenizer)]
    if (given := api.tokenizer_call_args).get("truncation"):
        limits.append(given.get("max_length") or api.tokenizer.model_max_length)
    return min((int(limit) for limit in limits if limit is not None), default=None)


def _lengths(model: Model, texts: Sequence[str]) -> Iterator[int]:
    """The length of each text in tokens."""
    tokenizer: Any = model.api.tokenizer  # type: ignore[attr-defined]
    for begin in range(0, len(texts), _PIECE):
        piece = list(texts[begin : begin + _PIECE])
        ids = tokenizer(piece, add_special_tokens=False, verbose=False)["input_ids"]
        yield from map(len, ids)


def _length(model: Model, messages: Sequence[ChatMessage]) -> int:
    """The length of a conversation in tokens, as the model reads it."""
    api: Any = model.api
    return len(api.tokenizer(api.hf_chat(list(messages), []), verbose=False)["input_ids"])
