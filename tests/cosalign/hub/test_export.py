"""The export stage: folders that load as the Hub's do, and cards that say what they are."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from cosalign.hub.export import ExportParameters, export
from cosalign.stages import Stage, StageError
from cosalign.training.dpo import DpoParameters, dpo
from cosalign.training.models import load_weights
from cosalign.training.sft import SftParameters, sft
from tests.cosalign.training.tiny_training import QUICK, pairs_stage, rows, tiny_model

WHOLE = {
    "chosen_error": 0.1,
    "rejected_error": 1.0,
    "allowed": [],
    "prompt_risks": [],
    "chosen_risks": [],
    "rejected_risks": [],
    "chosen_addressed": True,
    "rejected_addressed": False,
    "source": "made up",
    "prompt_id": "0" * 12,
    "config_id": "1" * 12,
    "chosen_id": "2" * 12,
    "rejected_id": "3" * 12,
}


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Pairs, and an adapter trained on them by both trainers."""
    place = tmp_path_factory.mktemp("export")
    tiny = QUICK | {"lora": {"rank": 4, "alpha": 8, "dropout": 0.0}, "learning_rate": 1e-2}
    base = tiny_model(place / "tiny-base")
    pairs = pairs_stage(place / "pairs", [row | WHOLE for row in rows(12)])
    first = sft(
        SftParameters.model_validate(tiny | {"model": str(base)}),
        pairs=pairs,
        seed=0,
        out=place / "sft",
    )
    second = dpo(
        DpoParameters.model_validate(tiny), pairs=pairs, sft=first, seed=0, out=place / "dpo"
    )
    return {"pairs": pairs, "sft": first, "dpo": second}


def card(stage: Stage) -> tuple[dict[str, Any], str]:
    _, header, text = (stage.folder / "model" / "README.md").read_text().split("---\n", 2)
    return yaml.safe_load(header), text


def test_merged(stages: dict[str, Any], tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    wanted = ExportParameters(
        name="Tiny", dtype="float32", licence="mit", sources={"made up": "cc0-1.0"}
    )
    stage = export(wanted, **stages, out=tmp_path / "out")
    model = AutoModelForCausalLM.from_pretrained(stage.folder / "model")
    tokenizer = AutoTokenizer.from_pretrained(stage.folder / "model")
    ask = tokenizer.apply_chat_template(
        rows(1)[0]["prompt"], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    adapter = _adapted(stages["dpo"].folder / "model")
    with torch.no_grad():
        torch.testing.assert_close(model(**ask).logits, adapter(**ask).logits, atol=1e-5, rtol=1e-5)
    header, text = card(stage)
    assert header["base_model"] == "tiny-base"
    assert header["license"] == "mit"
    assert header["library_name"] == "transformers"
    assert "supervised fine-tuning, then direct preference optimisation" in text
    assert "made up: cc0-1.0" in text
    assert "Only authorised users set configs" in text
    assert "| eval_accuracy/exact |" in text
    assert "learning_rate: 0.01" in text
    assert str(tmp_path.parent) not in text.split("## Training")[0]
    shown = pq.read_table(stage.folder / "pairs" / "data" / "train-00000-of-00001.parquet")
    assert shown.num_rows == stage.manifest.counts["train pairs"] == 8
    assert shown["prompt"][0].as_py() == rows(5)[4]["prompt"][1]["content"]
    assert shown["system_prompt"][0].as_py() == rows(5)[4]["prompt"][0]["content"]
    assert stage.manifest.counts["dev pairs"] == 4
    assert "| train | 8 |" in (stage.folder / "pairs" / "README.md").read_text()


def _adapted(folder: Path) -> Any:
    from peft import AutoPeftModelForCausalLM

    return AutoPeftModelForCausalLM.from_pretrained(folder)


def test_adapter_as_it_is(stages: dict[str, Any], tmp_path: Path) -> None:
    wanted = ExportParameters(merge=False, pairs=False)
    stage = export(wanted, pairs=stages["pairs"], sft=stages["sft"], dpo=None, out=tmp_path / "out")
    names = {path.name for path in (stage.folder / "model").iterdir()}
    assert {"adapter_model.safetensors", "README.md", "chat_template.jinja"} <= names
    assert not (stage.folder / "pairs").exists()
    header, text = card(stage)
    assert header["library_name"] == "peft"
    assert "license" not in header
    assert "this model: not stated" in text


def test_dtype_and_nothing_to_export(stages: dict[str, Any], tmp_path: Path) -> None:
    import torch

    stage = export(ExportParameters(pairs=False), **stages, out=tmp_path / "out")
    assert load_weights(stage.folder / "model", "bfloat16").dtype == torch.bfloat16
    header = (stage.folder / "model" / "model.safetensors").read_bytes()[:4_000]
    assert b'"BF16"' in header
    assert b'"F32"' not in header
    with pytest.raises(StageError, match="neither an sft nor a dpo stage"):
        export(ExportParameters(), pairs=stages["pairs"], sft=None, dpo=None, out=tmp_path / "none")
