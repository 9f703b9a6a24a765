"""What may score a training, and which of its records do."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cosalign.stages import StageError
from cosalign.training.dpo import DpoParameters
from cosalign.training.sft import SftParameters
from cosalign.watching.score_parameters import ScoreParameters
from cosalign.watching.score_records import check_whole_weights, score_records
from cosapien import load_benchmark
from cosapien.generate import generate, parse_spec
from tests.cosalign.watching.tiny_records import topic_records, write_records

TRAINING = "v1.level1.seed1900000.worlds2.prompts6"


def score(benchmark: str, **options: Any) -> ScoreParameters:
    return ScoreParameters.model_validate({"benchmark": benchmark, **options})


@pytest.mark.parametrize(
    ("benchmark", "fault"),
    [
        ("v1.level1.seed7", "seed 7 is not one for training"),
        ("v1.level9.seed1000000", "level '9' is out of range"),
        ("microsoft/CoSApien", "expected contrast, a file"),
        ("generated", "expected contrast, a file"),
    ],
)
def test_refuses(benchmark: str, fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        score(benchmark)


@pytest.mark.parametrize("steering", [{"keep_best": True}, {"stop_after": 2}])
def test_a_test_set_is_reported_but_steers_nothing(steering: dict[str, Any]) -> None:
    assert score_records(score("contrast")).name == "contrast"
    with pytest.raises(ValidationError, match="contrast is a test set, so it must not choose"):
        score("contrast", **steering)
    assert score(TRAINING, **steering).spec == parse_spec(TRAINING)


def test_generated_records_are_those_of_the_generator() -> None:
    chosen = score_records(score(TRAINING, limit=None))
    assert chosen.records == generate(parse_spec(TRAINING)).records
    assert len(chosen.records) == 2 * 2 * 6


def test_only_records_in_some_languages() -> None:
    german = score_records(score("contrast", languages=["de"], limit=None)).records
    assert german == tuple(r for r in load_benchmark("contrast").records if r.language == "de")
    with pytest.raises(StageError, match="score: contrast: no record in the language fr"):
        score_records(score("contrast", languages=["fr"]))


def test_the_limit_takes_the_first_of_each_config() -> None:
    whole = load_benchmark("contrast")
    configs = [config.name for config in whole.configs]
    chosen = score_records(score("contrast", limit=2 * len(configs) + 1)).records
    for number, name in enumerate(configs):
        expected = [r.id for r in whole.records if r.config.name == name][: 3 if number == 0 else 2]
        assert [r.id for r in chosen if r.config.name == name] == expected
    assert [r.config.name for r in chosen] == sorted(
        (r.config.name for r in chosen), key=configs.index
    )


def test_a_config_with_few_records_leaves_its_share_to_the_others(tmp_path: Path) -> None:
    records = topic_records()
    few = records[:1] + records[3:]  # 1, 3 and 3
    file = write_records(tmp_path / "few.jsonl", few)
    chosen = score_records(score(str(file), limit=6)).records
    assert [r.id for r in chosen] == [
        *("trains-trains", "boats-trains", "boats-boats", "boats-planes"),
        *("planes-trains", "planes-boats"),
    ]


def test_records_need_checks(tmp_path: Path) -> None:
    records = topic_records()
    del records[4]["checks"]
    file = write_records(tmp_path / "some.jsonl", records)
    with pytest.raises(StageError, match=r"record boats-boats of .* has no checks"):
        score_records(score(str(file)))
    with pytest.raises(StageError, match=r"score: .*none\.jsonl"):
        score_records(score(str(tmp_path / "none.jsonl")))


def test_divided_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    check_whole_weights({})
    for name, what in (("FSDP", "FSDP"), ("DEEPSPEED", "DeepSpeed")):
        with monkeypatch.context() as patch:
            patch.setenv(f"ACCELERATE_USE_{name}", "true")
            with pytest.raises(StageError, match=rf"weights are divided .*\({what}\)"):
                check_whole_weights({})
    with pytest.raises(StageError, match=r"\(deepspeed\)"):
        check_whole_weights({"deepspeed": "zero3.json"})


@pytest.mark.parametrize("kind", [SftParameters, DpoParameters])
def test_a_training_without_scores_is_recorded_as_before(
    kind: type[SftParameters] | type[DpoParameters],
) -> None:
    """Earlier code recorded no `score`, and its stages must count as unchanged."""
    plain = kind.model_validate({"model": "a/model"})
    assert "score" not in plain.model_dump(mode="json")
    scored = kind.model_validate({"model": "a/model", "score": {"benchmark": TRAINING}})
    assert json.loads(scored.model_dump_json())["score"] == {
        "benchmark": TRAINING,
        "every": 200,
        "limit": 96,
        "max_tokens": 96,
        "batch": 16,
        "template": "guideline",
        "keep_best": False,
        "stop_after": None,
    }
