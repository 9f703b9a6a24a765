"""A local model whose chat template leaves the config out is refused before anything is asked."""

from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as run_eval
from inspect_ai.log import EvalLog, list_eval_logs

from baselines import in_context_alignment
from cosapien import UserError
from tests.commands import run_alone
from tests.fakes.tiny_model import build_tiny_llama
from tests.running import TASK, local_model

pytest.importorskip("torch", reason="needs the `train` extra, which `make test` installs")
pytest.importorskip("transformers", reason="needs the `train` extra, which `make test` installs")

pytestmark = pytest.mark.usefixtures("offline")
TURNS = "{% for m in messages %}{{ m['role'] + ': ' + m['content'] }}\n{% endfor %}"
DROPS = TURNS.replace("for m in messages", "for m in messages if m['role'] != 'system'")
SEVERAL = TURNS.replace(
    "for m in messages", "for m in messages if m['role'] != 'system' or messages | length < 3"
)
FIRST = "{% set messages = messages if messages | length < 3 else messages[1:] %}" + TURNS


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_llama(tmp_path_factory.mktemp("model") / "tiny")


def set_template(model: Path, template: str) -> None:
    (model / "chat_template.jinja").write_text(template)


def evaluate(model: Path, logs: Path, *, solver: Any = None, **task_args: Any) -> EvalLog:
    """One sample of the contrast set by a local model, in this process."""
    return run_eval(
        TASK,
        task_args={"dataset": "contrast", **task_args},
        model=local_model(model),
        limit=1,
        max_tokens=4,
        log_dir=str(logs),
        display="none",
        **({"solver": solver} if solver else {}),
    )[0]


def test_a_config_that_a_template_drops_is_given_by_the_user_turn(
    tmp_path: Path, model: Path
) -> None:
    set_template(model, DROPS)
    said = "the chat template of hf/local drops the system message"
    with pytest.raises(UserError, match=rf"(?s){said}.*-T placement=user"):
        evaluate(model, tmp_path)
    assert list_eval_logs(str(tmp_path)) == []
    assert evaluate(model, tmp_path, placement="user").status == "success"


def test_demonstrations_are_not_sent_to_a_model_that_would_then_drop_its_config(
    tmp_path: Path, model: Path
) -> None:
    set_template(model, SEVERAL)
    assert evaluate(model, tmp_path).status == "success"
    shots = in_context_alignment(shots=2)
    log = evaluate(model, tmp_path, solver=shots)
    assert log.status == "error"
    assert log.error is not None
    said = "drops the system message in a conversation with 2 demonstrations"
    assert f"the chat template of hf/local {said}" in log.error.message
    assert log.stats.model_usage == {}  # nothing was asked
    assert evaluate(model, tmp_path, solver=shots, placement="user").status == "success"
    set_template(model, FIRST)  # whatever carries the config, it is dropped
    shots = in_context_alignment(shots=2)  # anew: one solver looks at a template once
    log = evaluate(model, tmp_path, solver=shots, placement="user")
    assert log.status == "error"
    assert log.error is not None
    said = "drops the config in the user turn in a conversation with 2 demonstrations"
    assert f"the chat template of hf/local {said}" in log.error.message
    assert log.stats.model_usage == {}


@pytest.mark.parametrize("provider", ["hf", "vllm"])
def test_the_command_line_says_so(tmp_path: Path, model: Path, provider: str) -> None:
    """A vLLM model is refused before its server starts."""
    set_template(model, DROPS)
    given = {
        "hf": ("hf/local", "-M", f"model_path={model}", "-M", "device=cpu"),
        "vllm": (f"vllm/{model}",),
    }[provider]
    done = run_alone(
        *("inspect", "eval", "tasks/cosapien.py", "-T", "dataset=contrast", "--limit", "1"),
        *("--model", *given, "--log-dir", str(tmp_path)),
    )
    said = " ".join((done.stdout + done.stderr).split())
    assert f"the chat template of {given[0]} drops the system message" in said
    assert "-T placement=user" in said
    assert "Traceback" not in said
    assert done.returncode == 1
    assert list_eval_logs(str(tmp_path)) == []
