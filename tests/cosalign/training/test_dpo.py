"""The dpo stage: its figures by an independent route, its adapters, what it refuses."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from transformers import EvalPrediction

from cosalign.stages import Stage, StageError
from cosalign.training.dpo import DpoParameters, dpo
from cosalign.training.models import load_weights
from cosalign.training.pair_trainer import controllability
from cosalign.training.sft import SftParameters, sft
from tests.cosalign.training.tiny_training import MODES, QUICK, pairs_stage, rows, tiny_model

LORA = {"rank": 4, "alpha": 8, "dropout": 0.1}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return pairs_stage(tmp_path_factory.mktemp("stage") / "pairs", rows(17, dev=7))


def figures(stage: Stage, step: int) -> dict[str, float]:
    found = pq.read_table(stage.folder / "metrics.parquet").to_pylist()
    return {row["name"]: row["value"] for row in found if row["step"] == step}


def log_probs(folder: Path, found: list[dict[str, Any]]) -> np.ndarray:
    """Log-probability of each chosen and rejected response and its end, one sequence at a time."""
    import torch
    from transformers import AutoTokenizer

    model, tokenizer = load_weights(folder, "float32").eval(), AutoTokenizer.from_pretrained(folder)
    result = []
    for row in found:
        ask = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True)["input_ids"]
        sides = []
        for side in ("chosen", "rejected"):
            ids = tokenizer.apply_chat_template(row["prompt"] + row[side])["input_ids"]
            with torch.no_grad():
                logits = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
            sides.append(sum(float(logits[i - 1, ids[i]]) for i in range(len(ask), len(ids))))
        result.append(sides)
    return np.array(result)


def check_figures(stage: Stage, start: Path, step: int) -> None:
    """The evaluation's figures, worked out from the two models' weights."""
    dev = rows(17, dev=7)[:7]
    policy, reference = log_probs(stage.folder / "model", dev), log_probs(start, dev)
    ratio = policy - reference
    margin = 0.1 * (ratio[:, 0] - ratio[:, 1])
    found = figures(stage, step)
    assert found["eval_margin"] == pytest.approx(margin.mean(), abs=1e-4)
    assert found["eval_loss"] == pytest.approx(np.log1p(np.exp(-margin)).mean(), abs=1e-4)
    assert found["eval_accuracy"] == pytest.approx((margin > 0).mean())
    assert found["eval_ranked"] == pytest.approx((policy[:, 0] > policy[:, 1]).mean())
    assert found["eval_kl"] == pytest.approx((ratio**2).mean() / 2, rel=1e-3, abs=1e-4)
    for mode in MODES:
        own = [i for i, row in enumerate(dev) if row["mode"] == mode]
        assert found[f"eval_accuracy/{mode}"] == pytest.approx((margin[own] > 0).mean())
        assert found[f"eval_ranked/{mode}"] == pytest.approx(
            (policy[own, 0] > policy[own, 1]).mean()
        )


def test_figures_are_those_of_the_weights(base: Path, pairs: Stage, tmp_path: Path) -> None:
    wanted = DpoParameters.model_validate(
        QUICK | {"model": str(base), "learning_rate": 3e-3, "epochs": 2, "evaluate_every": 3}
    )
    stage = dpo(wanted, pairs=pairs, sft=None, seed=0, out=tmp_path / "dpo")
    assert stage.manifest.counts["steps"] == 6
    start = figures(stage, 0)
    assert start["eval_margin"] == pytest.approx(0, abs=1e-6)
    assert start["eval_loss"] == pytest.approx(np.log(2))
    assert start["eval_kl"] == pytest.approx(0, abs=1e-6)
    check_figures(stage, base, 6)
    assert figures(stage, 6)["eval_kl"] > 0.01
    assert {"loss", "rewards/margins", "rewards/accuracies", "learning_rate"} <= set(
        figures(stage, 1)
    )


def test_adapters(base: Path, pairs: Stage, tmp_path: Path) -> None:
    """An adapter is trained by sft and goes on being trained by dpo, against what sft left."""
    tiny = QUICK | {"lora": LORA, "learning_rate": 1e-2}
    first = sft(
        SftParameters.model_validate(tiny | {"model": str(base)}),
        pairs=pairs,
        seed=0,
        out=tmp_path / "sft",
    )
    assert first.manifest.counts["trained weights"] < first.manifest.counts["weights"] / 2
    second = dpo(
        DpoParameters.model_validate(tiny | {"epochs": 2}),
        pairs=pairs,
        sft=first,
        seed=0,
        out=tmp_path / "dpo",
    )
    names = {path.name for path in (second.folder / "model").iterdir()}
    assert {"adapter_model.safetensors", "adapter_config.json", "chat_template.jinja"} <= names
    assert "ref" not in names
    config = json.loads((second.folder / "model" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(base)
    check_figures(second, first.folder / "model", 6)
    assert figures(second, 0)["eval_kl"] == pytest.approx(0, abs=1e-6)
    with pytest.raises(StageError, match="adapter of rank, alpha, dropout"):
        dpo(
            DpoParameters.model_validate(tiny | {"lora": LORA | {"rank": 2}}),
            pairs=pairs,
            sft=first,
            seed=0,
            out=tmp_path / "other",
        )


def test_refuses(base: Path, pairs: Stage, tmp_path: Path) -> None:
    with pytest.raises(StageError, match="no sft stage and no model"):
        dpo(DpoParameters(), pairs=pairs, sft=None, seed=0, out=tmp_path / "dpo")
    with pytest.raises(StageError, match="starts from the sft stage's model"):
        dpo(DpoParameters(model=str(base)), pairs=pairs, sft=pairs, seed=0, out=tmp_path / "dpo")
    bad = DpoParameters.model_validate(
        QUICK | {"model": str(base), "extra": {"precompute_ref_log_probs": False}}
    )
    with pytest.raises(StageError, match="precompute_ref_log_probs is set by the stage"):
        dpo(bad, pairs=pairs, sft=None, seed=0, out=tmp_path / "dpo")
    assert not (tmp_path / "dpo").exists()


def test_a_full_disk(
    base: Path, pairs: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As torch reports it: one clear error, nothing put in place, and it goes on when there is room."""
    import torch

    def full(*_: Any, **__: Any) -> None:
        raise RuntimeError("basic_ios::clear: iostream error")

    wanted = DpoParameters.model_validate(QUICK | {"model": str(base)})
    given = {"pairs": pairs, "sft": None, "seed": 0, "out": tmp_path / "dpo"}
    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", full)
        with pytest.raises(RuntimeError, match="iostream"):  # another fault is not called that
            dpo(wanted, **given)
        patch.setattr("cosalign.training.trainers.MIN_FREE_BYTES", 2**62)
        with pytest.raises(
            StageError, match="No space left on device; partial results of dpo are kept"
        ):
            dpo(wanted, **given)
    assert not (tmp_path / "dpo").exists()
    assert dpo(wanted, **given).remade


def test_controllability_by_hand() -> None:
    """Three pairs: margins 0.1 * (1 - -1), 0.1 * (-2 - 0) and 0."""
    logps = np.array([[-4.0, -3.0, -5.0, -2.0], [-4.0, -3.0, -2.0, -3.0], [-1.0, -2.0, -1.0, -2.0]])
    found = controllability(
        EvalPrediction(predictions=logps, label_ids=np.zeros(3)),
        beta=0.1,
        modes=["exact", "safe", "exact"],
    )
    assert found["margin"] == pytest.approx(0)
    assert found["accuracy"] == pytest.approx(1 / 3)
    assert found["ranked"] == pytest.approx(1 / 3)
    assert found["kl"] == pytest.approx((1 + 1 + 4) / 12)
    assert found["accuracy/exact"] == found["ranked/exact"] == 0.5
    assert found["accuracy/safe"] == found["ranked/safe"] == 0
