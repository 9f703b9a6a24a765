"""A local model whose context is shorter than a config and its prompt is refused before it is asked."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as run_eval
from inspect_ai.log import EvalLog, list_eval_logs
from inspect_ai.model import GenerateConfig, get_model

from cosapien import UserError, load_benchmark, render_config
from tests.fakes.tiny_model import build_tiny_llama
from tests.running import TASK

pytest.importorskip("torch", reason="needs the `train` extra, which `make test` installs")
transformers = pytest.importorskip("transformers", reason="needs the `train` extra")

pytestmark = pytest.mark.usefixtures("offline")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_llama(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def lengths(model: Path) -> dict[str, int]:
    """Tokens of each record of the contrast set, as transformers alone counts them."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(model))
    return {
        record.id: len(
            tokenizer.apply_chat_template(
                [
                    {"role": "system", "content": render_config(record.config)},
                    {"role": "user", "content": record.prompt},
                ],
                add_generation_prompt=True,
            )["input_ids"]
        )
        for record in load_benchmark("contrast").records
    }


def set_positions(model: Path, positions: int) -> None:
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"max_position_embeddings": positions}))


def evaluate(model: Path, logs: Path, *, args: Any = None, **task_args: Any) -> EvalLog:
    """One short sample of the contrast set by a local model."""
    opened = get_model(
        "hf/local",
        config=GenerateConfig(max_connections=1),
        memoize=False,
        model_path=str(model),
        device="cpu",
        do_sample=False,
        **(args or {}),
    )
    return run_eval(
        TASK,
        task_args={"dataset": "contrast", **task_args},
        model=opened,
        limit=1,
        max_tokens=4,
        log_dir=str(logs),
        display="none",
    )[0]


def test_the_longest_record_has_to_fit(
    tmp_path: Path, model: Path, lengths: dict[str, int]
) -> None:
    longest = max(lengths.values())
    set_positions(model, longest)
    assert evaluate(model, tmp_path / "fits").status == "success"
    set_positions(model, longest - 1)
    said = rf"has {longest:,} tokens with its config, but hf/local reads at most {longest - 1:,} "
    with pytest.raises(UserError, match=said) as error:
        evaluate(model, tmp_path / "none")
    assert list_eval_logs(str(tmp_path / "none")) == []
    named = re.match(r"record (\S+), the longest, ", str(error.value))
    assert named is not None
    assert lengths[named[1]] == longest
    assert "-T configs=" in str(error.value)


@pytest.mark.parametrize("placement", ["user", "buried"])
def test_wherever_the_config_stands(
    tmp_path: Path, model: Path, lengths: dict[str, int], placement: str
) -> None:
    set_positions(model, min(lengths.values()) - 100)
    with pytest.raises(UserError, match=r"the longest, has [\d,]+ tokens with its config"):
        evaluate(model, tmp_path, placement=placement)
    assert list_eval_logs(str(tmp_path)) == []


def test_an_override_counts_too(tmp_path: Path, model: Path, lengths: dict[str, int]) -> None:
    set_positions(model, max(lengths.values()) + 20)  # an override has more than 20 tokens
    with pytest.raises(UserError, match="the longest, has"):
        evaluate(model, tmp_path, override="fiction")


def test_a_tokenizer_that_truncates_is_no_longer_context(
    tmp_path: Path, model: Path, lengths: dict[str, int]
) -> None:
    set_positions(model, 4096)
    cut = {"tokenizer_call_args": {"truncation": True, "max_length": 64}}
    with pytest.raises(UserError, match=r"hf/local reads at most 64 \(.*tokenizer_call_args"):
        evaluate(model, tmp_path, args=cut)
    enough = {"tokenizer_call_args": {"truncation": True, "max_length": max(lengths.values())}}
    assert evaluate(model, tmp_path, args=enough).status == "success"


def test_room_for_the_answer_is_no_matter(
    tmp_path: Path, model: Path, lengths: dict[str, int]
) -> None:
    """One position more than the prompt, four tokens wanted: the model runs on, as a server would cut."""
    set_positions(model, max(lengths.values()) + 1)
    assert evaluate(model, tmp_path).status == "success"


def test_a_template_that_cuts_the_user_turn_is_refused_there(tmp_path: Path, model: Path) -> None:
    set_positions(model, 4096)
    kept = (model / "chat_template.jinja").read_text()
    cuts = "{% for m in messages if m['role'] != 'system' %}{{ m['content'][:200] }}\n{% endfor %}"
    try:
        (model / "chat_template.jinja").write_text(cuts)
        with pytest.raises(UserError, match="drops the system message"):
            evaluate(model, tmp_path)
        with pytest.raises(
            UserError, match="keeps 5 of 400 lines of a config in the user"
        ) as error:
            evaluate(model, tmp_path, placement="user")
    finally:
        (model / "chat_template.jinja").write_text(kept)
    assert "placement=user" not in str(error.value)
    assert list_eval_logs(str(tmp_path)) == []


@pytest.mark.parametrize("by", ["tokenizer_path", "chat_template"])
def test_a_template_that_is_named_apart_from_the_weights(
    tmp_path: Path, model: Path, by: str
) -> None:
    set_positions(model, 4096)
    drops = "{% for m in messages if m['role'] != 'system' %}{{ m['content'] }}\n{% endfor %}"
    args = {"chat_template": drops}
    if by == "tokenizer_path":
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(model))
        tokenizer.chat_template = drops
        tokenizer.save_pretrained(tmp_path / "other")
        args = {"tokenizer_path": str(tmp_path / "other")}
    with pytest.raises(UserError, match="drops the system message"):
        evaluate(model, tmp_path / "logs", args=args)
    assert list_eval_logs(str(tmp_path / "logs")) == []
    assert evaluate(model, tmp_path / "logs", args=args, placement="user").status == "success"
