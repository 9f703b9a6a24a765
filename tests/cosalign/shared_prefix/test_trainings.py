"""Trainings that share prefixes, and layers left out of a training."""

import re
from importlib import import_module
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from cosalign.stages import Stage, StageError
from cosalign.training.dpo import DpoParameters, dpo
from cosalign.training.pair_trainer import PairTrainer
from cosalign.training.sft import SftParameters, sft
from tests.cosalign.training.test_dpo import figures, log_probs
from tests.cosalign.training.tiny_training import QUICK, pairs_stage, rows, tiny_model

LONG = {"max_length": 100, "micro_batch": 4, "evaluate_every": 2}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("base"))


def long_rows() -> list[dict[str, object]]:
    """Pairs under three configs of over 16 tokens."""
    found = rows(28, dev=4)
    for row in found:
        row["prompt"][0]["content"] += " Tell me about the slow old trains" * 4
    return found


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return pairs_stage(tmp_path_factory.mktemp("stage") / "pairs", long_rows())


def test_dpo_has_the_figures_of_the_weights(base: Path, pairs: Stage, tmp_path: Path) -> None:
    """Against log-probabilities worked out one whole sequence at a time."""
    wanted = DpoParameters.model_validate(
        QUICK | LONG | {"model": str(base), "learning_rate": 3e-3, "shared_prefix": True}
    )
    stage = dpo(wanted, pairs=pairs, sft=None, seed=0, out=tmp_path / "dpo")
    dev = long_rows()[:4]
    policy, reference = log_probs(stage.folder / "model", dev), log_probs(base, dev)
    ratio = policy - reference
    last = figures(stage, stage.manifest.counts["steps"])
    assert last["eval_margin"] == pytest.approx(0.1 * (ratio[:, 0] - ratio[:, 1]).mean(), abs=1e-4)
    assert last["eval_kl"] == pytest.approx((ratio**2).mean() / 2, rel=1e-3, abs=1e-4)
    assert last["eval_kl"] > 1e-3
    assert figures(stage, 0)["eval_margin"] == pytest.approx(0, abs=1e-6)


def test_sft_learns_the_same_from_a_batch_of_all_examples(
    base: Path, pairs: Stage, tmp_path: Path
) -> None:
    """One step over everything: the order does not matter, so the weights must be those without."""
    whole = {"batch_size": 24, "micro_batch": 24, "max_steps": 1, "warmup_steps": 0}
    models = []
    for share in (False, True):
        wanted = SftParameters.model_validate(
            QUICK | LONG | whole | {"model": str(base), "shared_prefix": share}
        )
        stage = sft(wanted, pairs=pairs, seed=0, out=tmp_path / str(share))
        models.append(load_file(stage.folder / "model" / "model.safetensors"))
    start = load_file(base / "model.safetensors")
    for name, weight in models[0].items():
        torch.testing.assert_close(models[1][name], weight, atol=1e-5, rtol=1e-4)
    assert any(not torch.equal(models[1][name], start[name]) for name in start)


def test_the_reference_reads_only_what_the_steps_reach(
    base: Path, pairs: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two steps of four pairs: the weights are those of the order over all 24 pairs."""
    few = {"batch_size": 4, "micro_batch": 4, "max_steps": 2, "learning_rate": 3e-3}
    wanted = DpoParameters.model_validate(
        QUICK | LONG | few | {"model": str(base), "shared_prefix": True}
    )
    read = []
    compute = PairTrainer.compute_ref_log_probs

    def counted(trainer: PairTrainer, model: torch.nn.Module, inputs: dict[str, torch.Tensor]):
        read.append(len(inputs["input_ids"]) // 2)
        return compute(trainer, model, inputs)

    monkeypatch.setattr(PairTrainer, "compute_ref_log_probs", counted)
    weights, counts = [], []
    for name in ("limited", "all"):
        read.clear()
        stage = dpo(wanted, pairs=pairs, sft=None, seed=0, out=tmp_path / name)
        weights.append(load_file(stage.folder / "model" / "model.safetensors"))
        counts.append((sum(read), stage.manifest.counts.get("used")))
        monkeypatch.setattr(import_module("cosalign.training.dpo"), "used", lambda *_: None)
    assert counts == [(8 + 4, 8), (24 + 4, None)], "and four pairs of the dev split"
    start = load_file(base / "model.safetensors")
    assert any(not torch.equal(weights[0][name], start[name]) for name in start)
    for name, weight in weights[1].items():
        assert torch.equal(weights[0][name], weight), name


def test_frozen_layers_stay(base: Path, pairs: Stage, tmp_path: Path) -> None:
    wanted = SftParameters.model_validate(QUICK | LONG | {"model": str(base), "frozen_layers": 1})
    stage = sft(wanted, pairs=pairs, seed=0, out=tmp_path / "sft")
    counts = stage.manifest.counts
    assert 0 < counts["trained weights"] < counts["weights"]
    start = load_file(base / "model.safetensors")
    trained = load_file(stage.folder / "model" / "model.safetensors")
    for name, weight in start.items():
        stays = bool(re.search(r"embed_tokens|layers\.0\.", name))
        assert torch.equal(trained[name], weight) == stays, name


def test_what_does_not_fit(base: Path, pairs: Stage, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="set gradient_checkpointing to false"):
        SftParameters.model_validate({"shared_prefix": True})
    with pytest.raises(ValueError, match="frozen_layers is for training all weights"):
        SftParameters.model_validate({"frozen_layers": 1, "lora": {}})
    wanted = SftParameters.model_validate(QUICK | {"model": str(base), "max_length": 129})
    with pytest.raises(StageError, match=r"max_length 129: .* reads at most 128 tokens"):
        sft(wanted, pairs=pairs, seed=0, out=tmp_path / "sft")
    wanted = SftParameters.model_validate(QUICK | LONG | {"model": str(base), "frozen_layers": 3})
    with pytest.raises(StageError, match=r"frozen_layers 3: .* it has 2 layers"):
        sft(wanted, pairs=pairs, seed=0, out=tmp_path / "sft")
