"""The whole task on a real transformers model, in this process and by the command line."""

import json
import re
import shutil
from pathlib import Path
from typing import Any, Final

import pytest
from inspect_ai import eval as run_eval
from inspect_ai.event import ModelEvent
from inspect_ai.log import EvalLog, EvalSample, read_eval_log

from cosapien import load_benchmark, render_config
from scorers import judge_by_rules, score_values
from scorers.rules.values import read
from scorers.rules.values.words import find_exact
from tests.commands import only_log, run_alone
from tests.fakes.tiny_model import build_tiny_llama
from tests.running import TASK, local_model, metrics

pytest.importorskip("torch", reason="needs the `train` extra, which `make test` installs")
pytest.importorskip("transformers", reason="needs the `train` extra, which `make test` installs")

pytestmark = pytest.mark.usefixtures("offline")
RECORDS: Final = {record.id: record for record in load_benchmark("contrast").records}
TOKENS: Final = 24


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_llama(tmp_path_factory.mktemp("model") / "tiny")


def run(model_path: Path, dataset: Path | str, logs: Path, tokens: int = TOKENS) -> EvalLog:
    """Four samples in this process."""
    log = run_eval(
        TASK,
        task_args={"dataset": str(dataset)},
        model=local_model(model_path),
        max_tokens=tokens,
        limit=4,
        log_dir=str(logs),
        display="none",
    )[0]
    return read_eval_log(log.location, resolve_attachments=True)


@pytest.fixture(scope="module")
def contrast(offline: None, tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> EvalLog:
    return run(tiny, "contrast", tmp_path_factory.mktemp("logs"))


def samples(log: EvalLog) -> list[EvalSample]:
    assert log.status == "success", log.error
    assert log.samples is not None
    assert len(log.samples) == 4
    return log.samples


def values(sample: EvalSample) -> dict[str, Any]:
    assert sample.scores is not None
    return sample.scores["cosa_score"].as_dict()


def judged_by_rules(log: EvalLog) -> None:
    """Every sample has the score that its record's checks give its logged answer."""
    for sample in samples(log):
        checks = RECORDS[str(sample.id)].checks
        assert checks is not None
        assert values(sample) == score_values(*judge_by_rules(checks, sample.output.completion))
    assert metrics(log)["unscored"] == 0


def test_the_model_reads_the_config_and_is_judged_by_rules(contrast: EvalLog, tiny: Path) -> None:
    from transformers import AutoTokenizer

    judged_by_rules(contrast)
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    for sample in samples(contrast):
        record = RECORDS[str(sample.id)]
        (event,) = [event for event in sample.events if isinstance(event, ModelEvent)]
        system = render_config(record.config)
        assert record.config.text in system
        assert [(message.role, message.text) for message in event.input] == [
            ("system", system),
            ("user", record.prompt),
        ]
        assert event.config.temperature == 0
        # what the model was fed is these messages to the token, the config included
        chat = [{"role": message.role, "content": message.text} for message in event.input]
        text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        usage = sample.output.usage
        assert usage is not None
        assert usage.input_tokens == len(tokenizer(text)["input_ids"])
        assert 0 < usage.output_tokens <= TOKENS
        assert sample.output.completion.strip()


def test_the_command_line_gives_the_same_answers(
    contrast: EvalLog, tiny: Path, tmp_path: Path
) -> None:
    done = run_alone(
        *("inspect", "eval", "tasks/cosapien.py", "-T", "dataset=contrast", "--limit", "4"),
        *("--model", "hf/local", "-M", f"model_path={tiny}", "-M", "device=cpu"),
        *("-M", "do_sample=false", "--max-tokens", str(TOKENS), "--max-connections", "1"),
        *("--log-dir", str(tmp_path / "cli")),
    )
    assert done.returncode == 0, done.stderr
    log = only_log(tmp_path / "cli")
    judged_by_rules(log)
    here, there = samples(contrast), samples(log)
    assert [s.id for s in here] == [s.id for s in there]
    assert [s.output.completion for s in here] == [s.output.completion for s in there]


def test_scores_follow_the_evidence_in_the_models_words(
    contrast: EvalLog, tiny: Path, tmp_path: Path
) -> None:
    # the same records again, with checks made from what the model is known to answer
    rows: list[dict[str, Any]] = []
    for n, sample in enumerate(samples(contrast)):
        record, answer = RECORDS[str(sample.id)], sample.output.completion
        words = re.findall(r"[a-z]{2,}", answer, re.IGNORECASE)
        said = next(word for word in words if any(find_exact(read(answer), word)))
        required, forbidden = (
            ([[said]], ["zebra"]),
            ([[said]], ["zebra", said]),
            ([["zebra"], ["zebra", said]], []),
            ([["zebra"]], [said]),
        )[n]
        rows.append(
            {
                "id": record.id,
                "config": record.config.name,
                "scenario": record.config.text,
                "prompt": record.prompt,
                "type": record.type,
                "checks": {"required": required, "forbidden": forbidden},
            }
        )
    path = tmp_path / "evidence.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    log = run(tiny, path, tmp_path / "logs")
    assert [values(sample)["cosa_score"] for sample in samples(log)] == [1, -1, 0.5, 0]
    assert [values(sample)["compliant"] for sample in samples(log)] == [1, 0, 1, 0]
    got = metrics(log)
    assert got["cosa"] == got["micro"] == pytest.approx((1 - 1 + 0.5 + 0) / 4)
    assert (got["helpful_safe"], got["helpful_unsafe"]) == (0.5, 0.25)


def test_a_model_that_says_nothing_refuses(tiny: Path, tmp_path: Path) -> None:
    silent = shutil.copytree(tiny, tmp_path / "silent")
    path = silent / "generation_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["forced_eos_token_id"] = settings["eos_token_id"]  # as the last token allowed
    path.write_text(json.dumps(settings), encoding="utf-8")
    log = run(silent, "contrast", tmp_path / "logs", tokens=1)
    for sample in samples(log):
        assert sample.output.completion == ""
        assert sample.scores is not None
        assert sample.scores["cosa_score"].reason == "no_response"
        assert (values(sample)["cosa_score"], values(sample)["compliant"]) == (0, 1)
