"""A local model whose chat template leaves the config out is refused by the command line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.tiny_model import build_tiny_llama
from tests.tasks.test_cli import only_log

pytest.importorskip("torch", reason="needs the `train` extra, which `make test` installs")
pytest.importorskip("transformers", reason="needs the `train` extra, which `make test` installs")

REPO = Path(__file__).parents[2]
TURNS = "{% for m in messages %}{{ m['role'] + ': ' + m['content'] }}\n{% endfor %}"
DROPS = TURNS.replace("for m in messages", "for m in messages if m['role'] != 'system'")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_llama(tmp_path_factory.mktemp("model") / "tiny")


def evaluate(folder: Path, model: Path, template: str, *more: str, vllm: bool = False) -> str:
    """What `inspect eval` says of one sample, white space collapsed; "" if it ends well."""
    (model / "chat_template.jinja").write_text(template)
    place: tuple[str, ...] = ("--model", f"vllm/{model}")
    if not vllm:
        place = ("--model", "hf/local", "-M", f"model_path={model}", "-M", "device=cpu")
        place += ("-M", "do_sample=false")
    done = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "inspect"), "eval", "tasks/cosapien.py"),
            *("-T", "dataset=contrast", "--limit", "1", "--log-dir", str(folder / "logs")),
            *(*place, "--max-tokens", "4", "--max-connections", "1", *more),
        ],
        cwd=REPO,
        env={
            **os.environ,
            "INSPECT_DISPLAY": "plain",
            "NO_COLOR": "1",
            "HF_HUB_OFFLINE": "1",
            "TRANSFORMERS_OFFLINE": "1",
        },
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert (done.returncode == 0) == any((folder / "logs").glob("*.eval"))
    return "" if done.returncode == 0 else " ".join((done.stdout + done.stderr).split())


def test_nothing_is_asked_of_a_model_that_would_not_read_its_config(
    tmp_path: Path, model: Path
) -> None:
    said = evaluate(tmp_path, model, DROPS)
    assert "the chat template of hf/local drops the system message" in said
    assert "-T placement=user" in said
    assert evaluate(tmp_path / "user", model, DROPS, "-T", "placement=user") == ""


def test_demonstrations_are_not_sent_to_a_model_that_would_then_drop_its_config(
    tmp_path: Path, model: Path
) -> None:
    several = "{% set messages = messages if messages | length < 3 else messages[1:] %}" + TURNS
    assert evaluate(tmp_path / "alone", model, several) == ""
    shots = ("--solver", "baselines/in_context_alignment", "-S", "shots=2")
    evaluate(tmp_path / "shots", model, several, *shots)
    log = only_log(tmp_path / "shots" / "logs")
    assert log.status == "error"
    assert log.error is not None
    said = "drops the system message in a conversation with 2 demonstrations"
    assert f"the chat template of hf/local {said}" in log.error.message
    assert log.stats.model_usage == {}  # nothing was asked
    evaluate(tmp_path / "user", model, several, *shots, "-T", "placement=user")
    assert only_log(tmp_path / "user" / "logs").status == "success"


def test_a_vllm_model_is_refused_before_its_server_starts(tmp_path: Path, model: Path) -> None:
    said = evaluate(tmp_path, model, DROPS, vllm=True)
    assert f"the chat template of vllm/{model} drops the system message" in said
