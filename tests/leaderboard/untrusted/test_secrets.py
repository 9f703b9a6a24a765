"""Nothing local or secret leaves with a submission; evidence stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.untrusted.secrets import (
    clean,
    clean_model,
    clean_secrets,
    clean_text,
    find_secrets,
)

KEYS = [
    *(f"gh{kind}_" + "Ab1" * 12 for kind in "opsur"),
    "sk-" + "Ab1" * 10,
    "sk-proj-" + "Ab1" * 10,
    "sk-ant-api03-" + "Ab1" * 10,
    "hf_" + "Ab1" * 10,
    "AIza" + "Ab1" * 12,
    "xoxb-" + "1234567890-" * 2,
    "AKIA" + "ABCD1234" * 2,
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("around", ["{}", "key={}", "Error: {}.", "(`{}`)", "Bearer {}"])
def test_keys_go_from_every_text(key: str, around: str) -> None:
    text = around.format(key)
    assert find_secrets(text)
    for cleaned in (clean_secrets(text), clean_text(text)):
        assert key not in cleaned
        assert "[removed]" in cleaned
        assert find_secrets(cleaned) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://me:pw@host/v1", "https://host/v1"),
        ("https://host/v1?key=abc&x=1", "https://host/v1?key=[removed]&x=1"),
        ("/home/me/models/mine", "mine"),
        ("~/models/mine", "mine"),
        ("C:\\Users\\me\\model", "model"),
        ("file:///data/x.jsonl", "x.jsonl"),
        ("see /a/b/c.py and more", "see c.py and more"),
        ("microsoft/CoSApien", "microsoft/CoSApien"),
        ("https://huggingface.co/org/model", "https://huggingface.co/org/model"),
        ("and/or", "and/or"),
        (
            'Traceback (most recent call last):\n  File "/a/b.py", line 1, in f\n    x\nValueError: no',
            "ValueError: no",
        ),
        ("a\u202eb\x00c", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"),
    ],
)
def test_names_and_notes(text: str, expected: str) -> None:
    assert clean_text(text) == expected


def test_headers_and_secret_keys_lose_their_values_others_keep_them() -> None:
    given_ = {
        "extra_headers": {"X": "y"},
        "api_key": "plain",
        "Authorization": "x",
        "max_tokens": 64,
        "nested": [{"hf_token": "t", "temperature": 0.5}],
    }
    assert clean(given_) == {
        "extra_headers": "[removed]",
        "api_key": "[removed]",
        "Authorization": "[removed]",
        "max_tokens": 64,
        "nested": [{"hf_token": "[removed]", "temperature": 0.5}],
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vllm//home/me/llama", "vllm/llama"),
        ("hf/./out/checkpoint-3", "hf/checkpoint-3"),
        ("vllm/~/llama/", "vllm/llama"),
        ("openai/gpt-4o", "openai/gpt-4o"),
        ("vllm/meta-llama/Llama-3.1-8B", "vllm/meta-llama/Llama-3.1-8B"),
        ("none/none", "none/none"),
    ],
)
def test_a_local_model_keeps_its_last_name(name: str, expected: str) -> None:
    assert clean_model(name) == expected


def test_evidence_keeps_its_paths_and_control_characters() -> None:
    text = "Look in /etc/hosts\n\x00 \u202e and C:\\temp\\x"
    assert clean_secrets(text) == text


@given(st.text(alphabet=st.sampled_from("ab/\\~:.@? =&-\n") | st.characters()))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean_secrets(clean_secrets(text)) == clean_secrets(text)
    assert find_secrets(clean_secrets(text)) == []
