"""A Llama of some hundred thousand random weights, made on the spot and offline.

It loads wherever a real checkpoint does (vLLM, `inspect eval --model hf/...`, trl) and writes
nonsense: it stands in for a model wherever the plumbing is tested and the text is not.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from pydoc_data.topics import topics
from typing import Final

# Words worth a token each: ordinary English, the vocabulary of safety configs, then German and
# Spanish. Python's own help topics, which every interpreter carries, teach the tokenizer the rest
# of English; a prompt takes about three tokens a word. Any other text still tokenises, byte by
# byte at worst.
_TEXT: Final = """
the of and to a in is that it for was on are as with be this have from or by not but what all
were when we there can an your which their said if do will each about how up out them then she
many some so these would other into has more her two like him see time could no make than first
been its who now people my made over did down only way find use may water long little very
after words called just where most know get through back much go good new write our used me
man too any day same right look think also around another came come work three must because
does part even place well such here take why things help put years different away again off
went old number great tell men say small every found still between name should home big give
air line set own under read last never us left end along while might next sound below saw
something thought both few those always show large often together asked house
you are an assistant user system safety config policy content allowed disallowed response
request prompt answer question harmful harmless category describe discussion violence violent
language explicit material game fiction story character adult children school company product
public government safe unsafe guideline guidelines instruction instructions according scenario
evaluate evaluation judge rating rationale verdict true false integer string object json score
helpful helpfulness whether model provide include including comply refuse decline risk
der die das und ist nicht ein eine zu den mit von auf für sich auch werden können sicherheit
el la los las que de un una por con para está más como pero su al lo se seguridad respuesta
"""
WORDS: Final[tuple[str, ...]] = tuple(_TEXT.split())

_CHAT_TEMPLATE: Final = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}"
    "{% else %}{{ message['content'] + '<|im_end|>' }}{% endif %}"
    "{{ '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def build_tiny_llama(folder: Path, *, seed: int = 0, words: Sequence[str] = WORDS) -> Path:
    """Write a tiny random-weight Llama and its tokenizer to a folder.

    Float32, hidden size 64, two layers, heads of 32 (a size vLLM's CPU attention serves), tied
    embeddings, 4096 positions. The same arguments give the same files (the tokenizer may differ
    between minor versions of Python, whose help topics it is trained on). Greedy answers differ
    between prompts and mostly end by themselves within 300 tokens.

    Args:
        folder: Where to write; created if absent, files of an earlier model overwritten.
        seed: Seed of the weights.
        words: What the byte-level BPE learns first.

    Returns:
        `folder`, resolved: what `vllm serve` and `model_path` take.
    """
    import torch
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    pad, bos, eos, start = "<|pad|>", "<|bos|>", "<|im_end|>", "<|im_start|>"
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.train_from_iterator(
        itertools.chain(topics.values(), itertools.repeat(" ".join(words), 20), words),
        trainers.BpeTrainer(
            vocab_size=4096,
            min_frequency=1,
            show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            special_tokens=[AddedToken(text, special=True) for text in (pad, bos, eos, start)],
        ),
    )
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call,unused-ignore]
        tokenizer_object=core,
        pad_token=pad,
        bos_token=bos,
        eos_token=eos,
        extra_special_tokens=[start],
        model_max_length=4096,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = _CHAT_TEMPLATE

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        # Large weights: at the usual 0.02 a tied random model repeats its last token for ever.
        initializer_range=0.4,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        dtype="float32",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)  # type: ignore[no-untyped-call,unused-ignore]
    with torch.no_grad():
        # The longer a token's vector, the oftener it wins or comes last: answers end after some
        # tens of tokens, and so do the strings of a JSON answer.
        for token in (tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids('"')):
            model.model.embed_tokens.weight[token] *= 2
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder.resolve()
