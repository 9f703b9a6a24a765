"""How many tokens a model of transformers can read, by its configuration and its tokenizer."""

from types import SimpleNamespace
from typing import Any

import pytest
from inspect_ai.model import ChatMessageUser, get_model

from cosapien.conversation import check_contexts, context_fault, context_length

transformers = pytest.importorskip("transformers", reason="needs the `train` extra")
UNKNOWN = SimpleNamespace(model_max_length=10**30)  # what transformers writes where none is named


def yarn(**more: Any) -> dict[str, Any]:
    return {"rope_type": "yarn", "rope_theta": 10_000.0, "factor": 4.0, **more}


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("LlamaConfig", {"max_position_embeddings": 512}, 512),
        ("GPT2Config", {"n_positions": 1024}, 1024),
        ("OPTConfig", {"max_position_embeddings": 2048}, 2048),
        ("Qwen2Config", {"max_position_embeddings": 32_768, "rope_parameters": yarn()}, 131_072),
        (
            "Qwen2Config",
            {
                "max_position_embeddings": 40_960,
                "rope_parameters": yarn(original_max_position_embeddings=32_768),
            },
            131_072,
        ),
        (
            "LlamaConfig",  # 3.1: its positions are counted after the scaling
            {
                "max_position_embeddings": 131_072,
                "rope_parameters": {
                    "rope_type": "llama3",
                    "rope_theta": 500_000.0,
                    "factor": 8.0,
                    "low_freq_factor": 1.0,
                    "high_freq_factor": 4.0,
                    "original_max_position_embeddings": 8192,
                },
            },
            131_072,
        ),
        ("Gemma3Config", {"text_config": {"max_position_embeddings": 8192}}, 8192),
        ("MambaConfig", {}, None),
        ("BloomConfig", {}, None),
    ],
)
def test_the_positions_of_a_model(name: str, given: dict[str, Any], expected: int | None) -> None:
    config = getattr(transformers, name)(**given)
    assert context_length(config, UNKNOWN) == expected


def test_a_tokenizers_limit_counts_only_where_the_model_names_none() -> None:
    """Zephyr's tokenizer says 2,048, its model reads 32,768."""
    small = SimpleNamespace(model_max_length=2048)
    llama = transformers.LlamaConfig(max_position_embeddings=32_768)
    assert context_length(llama, small) == 32_768
    assert context_length(transformers.MambaConfig(), small) == 2048


def test_nothing_is_said_of_a_model_behind_a_server() -> None:
    """Its server refuses what does not fit; the records are not even looked at."""
    model = get_model("openai-api/loop/m", base_url="http://127.0.0.1:9", api_key="loopback")
    long = [ChatMessageUser(content="long " * 1_000_000)]
    assert context_fault(model, long) is None

    def openings() -> Any:
        raise AssertionError("read")
        yield

    check_contexts(model, openings())
