"""A row as a record of Every Eval Ever, a common interchange format (schema 0.3.0).

Facts that a row does not contain are left out or marked unknown: who deployed the model, whether its
weights are open, how evaluator and model maker are related. Responses stay in the submission, because
benchmarks have their own licences; the record names the submission and its hash.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from leaderboard.errors import SubmissionError
from leaderboard.exports.eval_results import is_hub_data
from leaderboard.exports.judge_prompt import judge_prompt
from leaderboard.exports.score_text import established_score
from leaderboard.results.manifest import SamplesFile
from leaderboard.results.parts import Figure
from scorers.runs import CELLS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leaderboard.board.rows import Row

SCHEMA_VERSION = "0.3.0"
_ENGINES = {"vllm": "vLLM", "hf": "transformers", "sglang": "SGLang"}
"""Inspect providers that run a Hub model; the rest of the name is its Hub id."""


def every_eval_ever_json(row: Row, samples: SamplesFile | None = None) -> str:
    """A row as an Every Eval Ever record, checked against the schema.

    Args:
        row: A model's row.
        samples: The pin of its samples (`Manifest.samples`), to be named in the record.

    Returns:
        JSON: the score with its interval, compliance and the four cells, and score and compliance of
        every config and prompt type, the score of every group, where they are established.

    Raises:
        SubmissionError: The row is a reference, its score is not established, a time is not ISO
            8601, or the record breaks the schema.
    """
    record = _record(row, samples)
    _check(record, row.id)
    try:
        return json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    except ValueError as error:
        raise SubmissionError(f"{row.id}: a number of it is not finite ({error})") from error


def _record(row: Row, samples: SamplesFile | None) -> dict[str, Any]:
    score = established_score(row, "Every Eval Ever")
    metrics, about = row.metrics, _about(row)
    results = [
        _result(row, about, "cosa_score", score, row.task),
    ]
    shares = ("compliance", *CELLS)
    results += [_result(row, about, name, getattr(metrics, name), row.task) for name in shares]
    for kind in ("config", "type"):
        complied: dict[str, Figure] = getattr(metrics, f"compliance_by_{kind}")
        results += [
            _result(row, about, "compliance", figure, f"{row.task}/{kind}/{name}")
            for name, figure in complied.items()
        ]
    for kind in ("group", "config", "type"):
        found: dict[str, Figure] = getattr(metrics, f"by_{kind}")
        results += [
            _result(row, about, "cosa_score", figure, f"{row.task}/{kind}/{name}")
            for name, figure in found.items()
        ]
    model = _model(row.model)
    made = str(int(_time(row.created, row.id).timestamp()))
    return {
        "schema_version": SCHEMA_VERSION,
        # the submission's id distinguishes submissions of the same second
        "evaluation_id": f"{row.task}/{model['id']}/{made}/{row.id}",
        "evaluation_timestamp": row.run_date,
        "retrieved_timestamp": made,
        "source_metadata": {
            "source_name": "cosa-eval leaderboard",
            "source_type": "evaluation_run",
            "source_organization_name": row.declared.submitter,
            "evaluator_relationship": "other",
            "additional_details": _details(
                {
                    "submission": row.id,
                    "tier": row.tier,
                    "revision": row.revision,
                    "partial": row.partial,
                    "samples_sha256": samples and samples.sha256,
                    "samples_rows": samples and samples.rows,
                    "training_data": row.declared.training_data,
                    "paper_url": row.declared.paper_url,
                    "model_url": row.declared.model_url,
                    "notes": row.declared.notes,
                }
            ),
        },
        "eval_library": {
            "name": "inspect_ai",
            "version": row.versions.get("inspect_ai", "unknown"),
            "additional_details": _details(row.versions),
        },
        "model_info": model,
        "evaluation_results": [r for r in results if r is not None],
    }


def _about(row: Row) -> dict[str, Any]:
    """The part that all results of a row share."""
    source: dict[str, Any] = {
        "dataset_name": row.benchmark,
        "source_type": "other",
        "additional_details": _details({"revision": row.data_revision}),
    }
    if is_hub_data(row):
        source |= {
            "source_type": "hf_dataset",
            "hf_repo": row.benchmark,
            "samples_number": row.metrics.n,
        }
    given = {name: row.decoding.get(name) for name in ("temperature", "top_p", "top_k")}
    arguments = {name: value for name, value in given.items() if _is_number(value)}
    limit = row.decoding.get("max_tokens")
    if isinstance(limit, int) and not isinstance(limit, bool) and limit >= 1:
        arguments["max_tokens"] = limit
    return {
        "source_data": source,
        "evaluation_timestamp": row.run_date,
        "generation_config": {
            "generation_args": arguments
            | {
                "execution_command": row.command,
                "prompt_template": row.template,
                "eval_plan": {"name": row.method.name, "config": _details(row.method.args)},
            },
            "additional_details": _details({**row.decoding, **row.variant}),
        },
    }


def _result(
    row: Row, about: dict[str, Any], metric: str, figure: Figure | None, name: str
) -> dict[str, Any] | None:
    if figure is None or figure.mean is None:
        return None
    uncertainty: dict[str, Any] = {"num_samples": figure.n}
    if figure.stderr is not None:
        uncertainty["standard_error"] = {"value": figure.stderr, "method": "analytic"}
    if figure.lower is not None and figure.upper is not None:
        uncertainty["confidence_interval"] = {
            "lower": figure.lower,
            "upper": figure.upper,
            "confidence_level": 0.95,
            "method": "Wilson's form, Student's t, effective number of observations",
        }
    headline = name == row.task and metric == "cosa_score"
    bounds = _details(
        {
            "unscored_share": row.metrics.unscored,
            "if_unscored_were_worst": row.metrics.worst,
            "if_unscored_were_best": row.metrics.best,
        }
    )
    return about | {
        "evaluation_result_id": f"{metric}/{name}",
        "evaluation_name": name,
        "metric_config": _metric(row, metric),
        "score_details": {
            "score": figure.mean,
            "details": bounds if headline else {},
            "uncertainty": uncertainty,
        },
    }


def _metric(row: Row, metric: str) -> dict[str, Any]:
    signed = metric == "cosa_score"
    config: dict[str, Any] = {
        "metric_id": f"cosa.{metric}",
        "metric_name": {"cosa_score": "CoSA-Score"}.get(metric, metric),
        "metric_kind": "score" if signed else "rate",
        "metric_unit": "points" if signed else "proportion",
        "evaluation_description": _DESCRIPTIONS[metric],
        "lower_is_better": metric in ("helpful_unsafe", "unhelpful_unsafe"),
        "score_type": "continuous",
        "min_score": -1.0 if signed else 0.0,
        "max_score": 1.0,
        "additional_details": _details(
            {
                "task_version": row.task_version,
                "judge_kind": row.judge["kind"],
                "judge_id": row.judge_id,
            }
        ),
    }
    models: Any = row.judge.get("models") or []
    if models:
        config["llm_scoring"] = {
            "judges": [_judge(model) for model in models],
            "input_prompt": judge_prompt(row.judge),
            "additional_details": _details(
                {
                    "judge_id": row.judge_id,
                    "prompt_hash": row.judge.get("prompt_hash"),
                    "panel": "mean helpfulness, strict majority of compliance",
                }
            ),
        }
    return config


_DESCRIPTIONS = {
    "cosa_score": "Mean over safety configs of helpfulness times +1 (complies) or -1 (violates)",
    "compliance": "Share of responses that comply with their safety config, macro",
    "helpful_safe": "Share of helpful responses that comply with their safety config, macro",
    "helpful_unsafe": "Share of helpful responses that violate their safety config, macro",
    "unhelpful_safe": "Share of responses that comply and do not help (refusals), macro",
    "unhelpful_unsafe": "Share of responses that violate their config and do not help, macro",
}


def _judge(model: dict[str, Any]) -> dict[str, Any]:
    parameters = model.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    judge = {"model_info": _model(model["name"]), "additional_details": _details(parameters)}
    if _is_number(parameters.get("temperature")):
        judge["temperature"] = parameters["temperature"]
    return judge


def _model(name: str) -> dict[str, Any]:
    """A model by its Inspect name; what the name does not show is unknown."""
    unknown = {"deployment_type": "unknown", "model_availability": "unknown"}
    provider, _, rest = name.partition("/")
    info: dict[str, Any] = {"name": name, "id": name, "additional_details": unknown}
    if provider in _ENGINES and "/" in rest.strip("/") and not rest.startswith("/"):
        info |= {"id": rest, "inference_engine": {"name": _ENGINES[provider]}}
    return info


def _details(values: Mapping[str, object]) -> dict[str, str]:
    """Key-value pairs as the schema wants them: text only, nothing for what is not known."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in values.items()
        if value is not None
    }


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _time(text: str, row: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise SubmissionError(f"{row}: {text!r} is not a time in ISO 8601") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _check(record: dict[str, Any], row: str) -> None:
    from jsonschema import Draft7Validator

    path = files("leaderboard.exports") / "data" / f"every_eval_ever-{SCHEMA_VERSION}.schema.json"
    validator = Draft7Validator(json.loads(path.read_text(encoding="utf-8")))
    if fault := next(iter(validator.iter_errors(record)), None):
        raise SubmissionError(f"{row}: Every Eval Ever: {fault.json_path}: {fault.message[:200]}")
