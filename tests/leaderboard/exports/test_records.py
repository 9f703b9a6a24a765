"""`.eval_results` and Every Eval Ever: read back by other readers than their writers."""

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
import yaml
from huggingface_hub import parse_eval_result_entries
from hypothesis import given

from leaderboard.board.rows import Row
from leaderboard.errors import SubmissionError
from leaderboard.exports import eval_results_path, eval_results_yaml, every_eval_ever_json
from leaderboard.exports.judge_prompt import judge_prompt
from leaderboard.results.manifest import SamplesFile
from scorers.judging import criteria_of
from scorers.questions.criterion import COMPLIANCE, HELPFULNESS, prompt_hash
from tests.leaderboard.exports.test_text import texts
from tests.leaderboard.row_factory import COMMIT, row

METHOD = "Wilson's form, Student's t, effective number of observations"
SCHEMA = json.loads(
    (files("leaderboard.exports") / "data/every_eval_ever-0.3.0.schema.json").read_text()
)


def test_eval_results_by_the_hubs_own_reader() -> None:
    made = row(declared={"submitter": "x", "paper_url": "https://x.example/p"})
    (entry,) = parse_eval_result_entries(yaml.safe_load(eval_results_yaml(made)))
    assert (entry.dataset_id, entry.dataset_revision) == ("microsoft/CoSApien", COMMIT)
    assert (entry.task_id, entry.value) == ("cosapien", 0.25)
    assert entry.date == "2026-01-01T00:00:00+00:00"
    assert entry.source_url == "https://x.example/p"
    assert entry.notes is not None
    for part in ("0.200 to 0.300", "openai/judge (cccccccccccc)", "self-reported", "plain"):
        assert part in entry.notes
    assert eval_results_path(made) == ".eval_results/cosapien.yaml"
    (plain,) = parse_eval_result_entries(yaml.safe_load(eval_results_yaml(row())))
    assert plain.source_url is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"benchmark": "contrast", "data_revision": "0" * 12}, "Hub data set at a commit"),
        ({"benchmark": "policies/ours.jsonl", "data_revision": "0" * 12}, "Hub data set"),
        ({"kind": "reference"}, "reference"),
        ({"model": "none/none"}, "reference"),
        ({"score": None}, "not established"),
    ],
)
def test_eval_results_refuses(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(SubmissionError, match=message):
        eval_results_yaml(row(**changed))


@pytest.mark.parametrize("url", ["http://x.example", "javascript:alert(1)", "https://x y"])
def test_eval_results_refuses_addresses(url: str) -> None:
    with pytest.raises(SubmissionError, match="https"):
        eval_results_yaml(row(), url)


@given(texts)
def test_eval_results_holds_any_text_as_text(text: str) -> None:
    made = row(text=text, benchmark="microsoft/CoSApien", data_revision=COMMIT, model="a/b")
    written = eval_results_yaml(made)
    assert "!!" not in written.replace("!!python/object:os.system", "")
    (entry,) = parse_eval_result_entries(yaml.safe_load(written))
    assert (entry.task_id, entry.date, entry.value) == (text, text, 0.25)
    assert len((entry.notes or "").splitlines()) == 1


def record(made: Row, samples: SamplesFile | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(every_eval_ever_json(made, samples))
    jsonschema.validate(found, SCHEMA, jsonschema.Draft7Validator)
    return found


def test_every_eval_ever_by_hand() -> None:
    made = record(row(), SamplesFile(sha256="f" * 64, rows=200, bytes=10))
    assert made["evaluation_id"].startswith("cosapien/acme/scripted/1767225600/")
    assert made["model_info"]["inference_engine"] == {"name": "vLLM"}
    assert made["source_metadata"]["additional_details"]["samples_sha256"] == "f" * 64
    score, complies, safe, unsafe, refused, useless, under_desk, seen, desk = made[
        "evaluation_results"
    ]
    assert (score["metric_config"]["min_score"], score["metric_config"]["max_score"]) == (-1, 1)
    assert score["score_details"]["score"] == 0.25
    assert score["score_details"]["uncertainty"] == {
        "num_samples": 200,
        "standard_error": {"value": 0.025, "method": "analytic"},
        "confidence_interval": {
            "lower": 0.2, "upper": 0.3, "confidence_level": 0.95, "method": METHOD
        },
    }  # fmt: skip
    (judge,) = score["metric_config"]["llm_scoring"]["judges"]
    assert (judge["model_info"]["id"], judge["temperature"]) == ("openai/judge", 0.0)
    assert score["generation_config"]["generation_args"]["max_tokens"] == 1024
    assert score["source_data"]["hf_repo"] == "microsoft/CoSApien"
    shares = (complies, safe, unsafe, refused, useless)
    assert [r["metric_config"]["lower_is_better"] for r in shares] == [False] * 2 + [
        True,
        False,
        True,
    ]
    assert [r["score_details"]["score"] for r in shares] == [0.75, 0.5, 0.125, 0.25, 0.125]
    assert (under_desk["evaluation_result_id"], under_desk["score_details"]["score"]) == (
        "compliance/cosapien/config/desk",
        0.8,
    )
    assert safe["metric_config"]["min_score"] == 0
    # the config without an established score is left out, not written as 0
    assert [r["evaluation_name"] for r in (seen, desk)] == [
        "cosapien/group/seen", "cosapien/config/desk"
    ]  # fmt: skip
    assert seen["score_details"]["score"] == -0.75


def test_every_eval_ever_without_llm_judge_or_hub_data() -> None:
    rules = {"kind": "rules", "id": "c" * 12}
    made = record(row(judge=rules, benchmark="contrast", data_revision="0" * 12))
    for result in made["evaluation_results"]:
        assert "llm_scoring" not in result["metric_config"]
        assert result["source_data"]["source_type"] == "other"


@given(texts)
def test_every_eval_ever_holds_any_text(text: str) -> None:
    made = record(row(text=text, model="a/b", created="2026-01-01T00:00:00+00:00"))
    assert made["source_metadata"]["source_organization_name"] == text
    assert made["evaluation_results"][0]["score_details"]["score"] == 0.25


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"created": "yesterday"}, "ISO 8601"),
        ({"kind": "reference"}, "reference"),
        ({"score": None}, "not established"),
    ],
)
def test_every_eval_ever_refuses(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(SubmissionError, match=message):
        every_eval_ever_json(row(**changed))


def test_the_judges_words_where_they_are_known() -> None:
    known = judge_prompt({"prompt_hash": prompt_hash((HELPFULNESS, COMPLIANCE))})
    assert COMPLIANCE.rubric in known
    ours = criteria_of("risks", "ours")
    assert ours[0].rubric in judge_prompt({"prompt_hash": prompt_hash(ours)})
    assert "prompt hash 123" in judge_prompt({"prompt_hash": "123"})
