"""A recipe whose local model would not read its configs ends before anything is asked or trained."""

import json
from pathlib import Path

import pytest
import yaml

from cosalign.cli import main
from cosalign.launch import main as launch
from tests.cosalign.hub.test_released_pairs import row
from tests.cosalign.training.tiny_training import QUICK, TEMPLATE, pairs_stage, rows, tiny_model
from tests.fakes.servers import OpenAIServer, Reply

DROPS = TEMPLATE.replace("for m in messages", "for m in messages if m.role != 'system'")
REFUSES = "{% if messages[0].role == 'system' %}{{ raise_exception('No.') }}{% endif %}" + TEMPLATE
IN_USER_TURN = (
    "{{ bos_token }}{% for m in messages if m.role != 'system' %}<start>{{ m.role }}\n"
    "{% if loop.first and messages[0].role == 'system' %}{{ messages[0].content }}\n{% endif %}"
    "{{ m.content }}<end>\n{% endfor %}{% if add_generation_prompt %}<start>assistant\n{% endif %}"
)
ONLY_LAST = IN_USER_TURN.replace("loop.first and", "loop.last and m.role == 'user' and")
TRAINING = QUICK | {"max_steps": 1, "evaluate_every": None}


def released_recipe(folder: Path, **sections: object) -> Path:
    (folder / "pairs.jsonl").write_text("".join(json.dumps(row(n)) + "\n" for n in range(8)))
    content = {"out": str(folder / "out"), "released": {"data": str(folder / "pairs.jsonl")}}
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(json.loads(json.dumps(content | sections))))
    return path


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (DROPS, "drops the system message"),
        (REFUSES, "takes no system message (No.)"),
        (ONLY_LAST, "drops the system message once the response follows"),
    ],
    ids=["drops", "refuses", "only in the last turn"],
)
@pytest.mark.parametrize("stage", ["sft", "dpo"])
def test_nothing_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stage: str, template: str, said: str
) -> None:
    model = tiny_model(tmp_path / "model", template=template)
    path = released_recipe(tmp_path, **{stage: TRAINING | {"model": str(model)}})
    assert main(["run", str(path)]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith(f"cosalign run: {stage}: the chat template of {model} {said}")
    assert "chat_template: FILE" in error
    assert "placement=user" in error
    assert not (tmp_path / "out").exists()
    assert main(["pairs", str(path)]) == 0  # this part of it reads no model


def test_a_template_that_moves_the_config_into_the_user_turn_will_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tiny_model(tmp_path / "model", template=DROPS)
    (tmp_path / "own.jinja").write_text(IN_USER_TURN)
    given = {"model": str(model), "chat_template": str(tmp_path / "own.jinja")}
    path = released_recipe(tmp_path, sft=TRAINING | {"max_length": 128} | given)
    assert main(["sft", str(path)]) == 0
    (tmp_path / "own.jinja").write_text(DROPS)
    assert main(["sft", str(path)]) == 1
    assert "drops the system message" in capsys.readouterr().err


def test_a_launched_training_checks_it_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tiny_model(tmp_path / "model", template=DROPS)
    pairs = pairs_stage(tmp_path / "pairs", rows(8))
    path = tmp_path / "recipe.yaml"
    path.write_text(
        yaml.safe_dump(json.loads(json.dumps({"sft": TRAINING | {"model": str(model)}})))
    )
    arguments = ["sft", str(path), "--pairs", str(pairs.folder), "--out", str(tmp_path / "sft")]
    assert launch(arguments) == 1
    assert "drops the system message" in capsys.readouterr().err
    assert not (tmp_path / "sft").exists()


@pytest.mark.parametrize("provider", ["hf", "vllm"])
def test_nobody_is_asked_for_a_permissive_model_that_reads_no_config(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], provider: str
) -> None:
    model = tiny_model(tmp_path / "model", template=DROPS)
    (tmp_path / "prompts.jsonl").write_text(json.dumps({"prompt": "When does the train leave?"}))
    with OpenAIServer(lambda _: Reply("OK")) as server:
        asked = {"model": "openai-api/loop/m", "base_url": server.base_url, "cache": False}
        content = {
            "out": str(tmp_path / "out"),
            "prompts": {"sources": [{"name": "own", "file": str(tmp_path / "prompts.jsonl")}]},
            "label": {"model": asked},
            "candidates": {"safe": asked, "permissive": {"model": f"{provider}/{model}"}},
            "judge": {"model": asked},
        }
        path = tmp_path / "recipe.yaml"
        path.write_text(yaml.safe_dump(content))
        assert main(["candidates", str(path)]) == 1
        assert server.requests == []
    error = capsys.readouterr().err.splitlines()[-1]
    assert f"the permissive model: the chat template of {provider}/{model} drops" in error
    assert not (tmp_path / "out").exists()
