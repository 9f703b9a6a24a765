"""Lengths of prompts in tokens: by a tokenizer, or estimated without one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cosalign.stages import StageError
from cosapien.records import brief

_PIECE = re.compile(r"\w+|[^\w\s]")
_BYTES_A_TOKEN = 5
_BATCH = 10_000


def count_tokens(texts: Sequence[str], tokenizer: str | None) -> list[int]:
    """Number of tokens of each text, without special tokens.

    Args:
        texts: The texts.
        tokenizer: A folder or a name on the Hub; None for an estimate: the number of words and
            punctuation marks, or a fifth of the bytes if that is more (long words, scripts without
            spaces).

    Raises:
        StageError: The tokenizer cannot be loaded.
    """
    if tokenizer is None:
        return [
            max(len(_PIECE.findall(text)), -(-len(text.encode()) // _BYTES_A_TOKEN))
            for text in texts
        ]
    try:
        from transformers import AutoTokenizer

        loaded = AutoTokenizer.from_pretrained(tokenizer)
    except ImportError as error:
        raise StageError(
            f"prompts: tokenizer {tokenizer} needs transformers (pip install 'cosa-eval[train]'); "
            "leave it out for an estimate"
        ) from error
    except Exception as error:  # an unknown folder can make the loader fail in any way
        raise StageError(
            f"prompts: tokenizer {tokenizer} cannot be loaded ({brief(error)}); expected a folder or "
            "a name on the Hub"
        ) from error
    counts: list[int] = []
    for start in range(0, len(texts), _BATCH):
        batch = loaded(list(texts[start : start + _BATCH]), add_special_tokens=False)
        counts += [len(ids) for ids in batch["input_ids"]]
    return counts


def tokenizer_file(tokenizer: str) -> Path | None:
    """The file of a local tokenizer, which lengths depend on; None for a name on the Hub.

    Args:
        tokenizer: A folder or a name on the Hub.
    """
    file = Path(tokenizer) / "tokenizer.json"
    return file if file.exists() else None
