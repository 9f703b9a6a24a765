"""The sft stage: what it leaves, what it refuses."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from cosalign.sft import SftParameters, sft
from cosalign.stages import Stage, StageError
from cosalign.training.parameters import LoraParameters
from tests.cosalign.tiny_training import QUICK, TEMPLATE, pairs_stage, rows, tiny_model


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
    from cosalign.dpo import DpoParameters

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
