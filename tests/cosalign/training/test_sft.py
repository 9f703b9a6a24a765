"""The sft stage: what it leaves, what it refuses."""

import json
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cosalign.stages import Stage, StageError
from cosalign.training.mixing import MixParameters, mix_in
from cosalign.training.parameters import LoraParameters
from cosalign.training.sft import SftParameters, sft
from tests.cosalign.training.tiny_training import QUICK, TEMPLATE, pairs_stage, rows, tiny_model


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("base"))


@pytest.fixture
def pairs(tmp_path: Path) -> Stage:
    return pairs_stage(tmp_path / "pairs", rows(12))


def parameters(base: Path, **options: Any) -> SftParameters:
    return SftParameters.model_validate(QUICK | {"model": str(base)} | options)


def figures(stage: Stage, name: str) -> dict[int, float]:
    found = pq.read_table(stage.folder / "metrics.parquet").to_pylist()
    return {row["step"]: row["value"] for row in found if row["name"] == name}


def test_learns_and_leaves_a_model(base: Path, pairs: Stage, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    wanted = parameters(base, epochs=30, learning_rate=1e-2)
    stage = sft(wanted, pairs=pairs, seed=3, out=tmp_path / "sft")
    assert stage.manifest.counts["train"] == 8
    assert stage.manifest.counts["steps"] == 60
    assert stage.manifest.parameters["seed"] == 3
    losses = figures(stage, "eval_loss")
    assert set(losses) == {0, *range(4, 61, 4)}
    assert losses[60] < losses[0] / 2
    assert {path.name for path in stage.folder.iterdir()} == {
        *("model", "metrics.parquet", "training.json", "manifest.json")
    }
    tokenizer = AutoTokenizer.from_pretrained(stage.folder / "model")
    assert tokenizer.chat_template == TEMPLATE
    model = AutoModelForCausalLM.from_pretrained(stage.folder / "model")
    row = rows(12)[4]
    ask = tokenizer.apply_chat_template(
        row["prompt"], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    said = model.generate(**ask, max_new_tokens=12, do_sample=False)[0, ask["input_ids"].shape[1] :]
    assert said[-1] == tokenizer.eos_token_id  # it has learnt to stop
    again = sft(wanted, pairs=pairs, seed=3, out=tmp_path / "sft")
    assert not again.remade


def refused(base: Path, pairs: Stage, tmp_path: Path, **options: Any) -> str:
    with pytest.raises(StageError) as error:
        sft(parameters(base, **options), pairs=pairs, seed=0, out=tmp_path / "sft")
    assert not (tmp_path / "sft").exists()
    return str(error.value)


def test_refuses(base: Path, pairs: Stage, tmp_path: Path) -> None:
    given = (base, pairs, tmp_path)
    assert "no model to start from" in refused(*given, model=None)
    assert "no such folder, and not found on the Hub" in refused(*given, model="no/such-model")
    assert "SFTConfig of TRL has no field 'lerning_rate'" in refused(
        *given, extra={"lerning_rate": 1}
    )
    assert "extra: learning_rate is set by" in refused(*given, extra={"learning_rate": 1})
    assert "batch_size 4 is no multiple of micro_batch 3" in refused(*given, micro_batch=3)
    assert "SFTConfig of TRL refuses" in refused(*given, optimizer="rmsprop2")
    plain = tiny_model(tmp_path / "plain", template=None)
    assert "has no chat template" in refused(*given, model=str(plain))
    (tmp_path / "empty").mkdir()
    assert "no readable tokenizer" in refused(*given, model=str(tmp_path / "empty"))


def test_no_dev_split(base: Path, tmp_path: Path) -> None:
    pairs = pairs_stage(tmp_path / "pairs", rows(8, dev=0))
    assert "no example of the dev split" in refused(base, pairs, tmp_path)
    stage = sft(parameters(base, evaluate_every=None), pairs=pairs, seed=0, out=tmp_path / "sft")
    assert figures(stage, "eval_loss") == {}
    assert len(figures(stage, "loss")) == 2


def test_papers_figures() -> None:
    """Section 5 and appendix; see ../shared/docs/paper.md."""
    from cosalign.training.dpo import DpoParameters

    dpo, lora = DpoParameters(), LoraParameters()
    assert (dpo.beta, dpo.learning_rate, dpo.optimizer, dpo.warmup_steps) == (
        0.1,
        5e-7,
        "rmsprop",
        150,
    )
    assert (dpo.epochs, dpo.batch_size, dpo.max_length, dpo.precision) == (3, 32, 640, "bf16")
    assert (dpo.max_grad_norm, dpo.schedule) == (10, "constant_with_warmup")
    assert (lora.rank, lora.alpha, lora.dropout, lora.targets) == (32, 16, 0.05, "all-linear")


def talks(folder: Path, *last: str, role: str = "assistant") -> Path:
    """Conversations that end with some texts."""
    turns = [
        [{"role": "user", "content": "Tell me about trains ."}, {"role": role, "content": text}]
        for text in last
    ]
    path = folder / "talks.jsonl"
    path.write_text("".join(json.dumps({"messages": some}) + "\n" for some in turns))
    return path


@pytest.mark.parametrize(("share", "each"), [(0.5, {1, 2}), (0.9, {14, 15}), (0.25, {0, 1})])
def test_other_demonstrations_are_mixed_in(
    share: float, each: set[int], pairs: Stage, tmp_path: Path
) -> None:
    file = talks(tmp_path, "They", "are", "fast", "old", "new")
    mix = MixParameters(file=file, share=share)
    mixed = mix_in(pairs.folder / "sft.parquet", mix, seed=1, folder=tmp_path / "work")
    found = pq.read_table(mixed).to_pylist()
    own = pq.read_table(pairs.folder / "sft.parquet").to_pylist()
    others = found[len(own) :]
    assert [row["completion"] for row in found[: len(own)]] == [row["completion"] for row in own]
    count = Counter(row["completion"][0]["content"] for row in others)
    assert count.total() == round(8 * share / (1 - share))  # 8 of the 12 rows are for training
    assert {count[text] for text in ("They", "are", "fast", "old", "new")} == each
    assert {(row["split"], row["mode"]) for row in others} == {("train", None)}
    assert others[0]["prompt"] == [{"role": "user", "content": "Tell me about trains ."}]


def test_a_mix_is_an_input(base: Path, pairs: Stage, tmp_path: Path) -> None:
    given = {"mix": {"file": str(talks(tmp_path, "They", "are")), "share": 0.5}, "max_steps": 1}
    made = partial(sft, parameters(base, **given), pairs=pairs, seed=0, out=tmp_path / "sft")
    assert made().manifest.counts["train"] == 16
    assert not made().remade
    talks(tmp_path, "They", "fast")
    assert made().remade


def test_refuses_a_mix(base: Path, pairs: Stage, tmp_path: Path) -> None:
    given = (base, pairs, tmp_path)
    mix = {"file": str(talks(tmp_path, "They", role="user")), "share": 0.5}
    assert "talks.jsonl line 1: the last message is the user's" in refused(*given, mix=mix)
    (tmp_path / "talks.jsonl").write_text('{"messages": [{"role": "user"}]}\n')
    assert "talks.jsonl line 1: expected `messages`" in refused(*given, mix=mix)
    (tmp_path / "talks.jsonl").write_text("")
    assert "talks.jsonl" in refused(*given, mix=mix)
