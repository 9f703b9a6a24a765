"""The toy world's tokenizer: each of its words is one token; any other text is encoded as bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerFast

PAD, BOS, EOS = "<|pad|>", "<|bos|>", "<|end|>"
ROLES = ("system", "user", "assistant")
IGNORED = -100
"""Label of tokens that do not count in the loss."""
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' }}"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ message['content'] + eos_token }}{% endgeneration %}"
    "{% else %}{{ message['content'] + eos_token }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def save_tokenizer(folder: Path, texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE until every word of some texts is one token, and save it.

    Args:
        folder: Output folder.
        texts: All texts of the world.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    special = [PAD, BOS, EOS, *(f"<|{role}|>" for role in ROLES)]
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=1 << 14,
            min_frequency=1,
            show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            special_tokens=[AddedToken(token, special=True) for token in special],
        ),
    )
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call,unused-ignore]
        tokenizer_object=core,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=EOS,
        extra_special_tokens=special[3:],
        model_max_length=1024,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)
    return tokenizer


class Codec:
    """Encodes conversations like the chat template; each text is encoded once and cached."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._tokenizer = tokenizer
        self._known: dict[str, list[int]] = {}
        self._pad, self._bos, self._eos = (
            int(tokenizer.convert_tokens_to_ids(token))  # type: ignore[arg-type,unused-ignore]
            for token in (PAD, BOS, EOS)
        )
        self._roles = {
            role: int(tokenizer.convert_tokens_to_ids(f"<|{role}|>"))  # type: ignore[arg-type,unused-ignore]
            for role in ROLES
        }

    def encode(self, system: str | None, turns: Sequence[str]) -> tuple[list[int], int]:
        """A conversation's ids, and how many ids at the end belong to its last turn.

        Args:
            system: System message, or None.
            turns: User and assistant alternately.
        """
        parts = [] if system is None else [("system", system)]
        parts += [(ROLES[1 + number % 2], turn) for number, turn in enumerate(turns)]
        ids = [self._bos]
        for role, text in parts:
            ids += [self._roles[role], *self._text(text), self._eos]
        return ids, len(self._text(turns[-1])) + 1

    def batch(
        self, talks: Sequence[tuple[str | None, Sequence[str]]]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Ids, labels (last turns only) and attention mask of some conversations.

        Args:
            talks: System message and turns of each.
        """
        import torch

        encoded = [self.encode(system, turns) for system, turns in talks]
        shape = len(encoded), max(len(ids) for ids, _ in encoded)
        batch, labels = torch.full(shape, self._pad), torch.full(shape, IGNORED)
        for row, (ids, learnt) in enumerate(encoded):
            batch[row, : len(ids)] = torch.tensor(ids)
            labels[row, len(ids) - learnt : len(ids)] = torch.tensor(ids[-learnt:])
        return batch, labels, (batch != self._pad).long()

    def _text(self, text: str) -> list[int]:
        if text not in self._known:
            self._known[text] = self._tokenizer.encode(text, add_special_tokens=False)
        return self._known[text]
