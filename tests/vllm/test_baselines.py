"""Demonstrations, self-filtering and risk labels on a real vLLM server with guided decoding."""

from pathlib import Path

import pytest
from inspect_ai.log import EvalLog

from cosapien import RISK_NAMES
from scorers import REFUSAL
from scorers.runs.logs import read_run
from tests.fakes.tiny_model import build_tiny_llama
from tests.fakes.vllm_server import serve
from tests.vllm.commands import inspect, the_log

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory):
    model = build_tiny_llama(tmp_path_factory.mktemp("model") / "tiny")
    with serve(model, args=["--served-model-name", "candidate", "judge"]) as base_url:
        yield base_url


def run(url: str, logs: Path, *args: str) -> EvalLog:
    inspect(
        *("eval", "tasks/cosalign_test.py"),
        *("-T", "dataset=sample", "--limit", "12", "--max-tokens", "48"),
        *("--model", "vllm/candidate", "--model-role", "grader=vllm/judge"),
        *("--log-dir", str(logs), *args),
        VLLM_BASE_URL=url,
    )
    log = the_log(logs)
    assert log.samples is not None
    assert len(log.samples) == 12
    return log


def test_demonstrations_and_guided_risk_labels(url: str, tmp_path: Path) -> None:
    solver = ("--solver", "baselines/ica.py@in_context_alignment", "-S", "shots=2")
    log = run(url, tmp_path, *solver, "-S", "pool=sample")
    for sample in log.samples or []:
        roles = [message.role for message in sample.messages]
        assert roles == ["system", *["user", "assistant"] * 3]
        assert sample.output.usage is not None
        assert sample.output.usage.output_tokens > 0
    samples = read_run(log.location).samples
    # a model with random weights labels all eight categories, because its decoding is guided
    assert all(sample.unscored == 0 for sample in samples)
    assert all(sample.risks is not None and sample.risks <= set(RISK_NAMES) for sample in samples)


def test_the_model_filters_its_own_responses(url: str, tmp_path: Path) -> None:
    log = run(url, tmp_path, "--solver", "baselines/cascade.py@cascade")
    scores = {sample.id: sample for sample in read_run(log.location).samples}
    samples = log.samples or []
    answered = [sample for sample in samples if "cascade" in sample.metadata]
    assert answered  # an empty response is a refusal already and is not judged
    assert all(not s.output.completion.strip() for s in samples if s not in answered)
    for sample in answered:
        verdict = sample.metadata["cascade"]
        assert verdict["flagged"] in (True, False)  # guided decoding leaves no verdict unread
        assert (sample.output.completion == REFUSAL) is verdict["flagged"]
        if verdict["flagged"]:
            assert scores[str(sample.id)].cosa_score == 0
            assert verdict["unfiltered"] in [message.text for message in sample.messages]
