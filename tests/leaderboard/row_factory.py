"""Rows built by hand: scripted figures, no model's."""

from typing import Any

from leaderboard.board.rows import Row
from leaderboard.results.parts import Figure

COMMIT = "0123456789abcdef0123456789abcdef01234567"

NAMES = [
    *("name", "model", "method_name", "task", "task_version", "template", "judge_id"),
    *("judge_name", "run_date", "command", "id", "track", "data_revision", "benchmark"),
]


def figure(mean: float | None, half: float = 0.05, n: int = 200) -> Figure:
    if mean is None:
        return Figure(mean=None, stderr=None, lower=None, upper=None, n=n)
    return Figure(mean=mean, stderr=half / 2, lower=mean - half, upper=mean + half, n=n)


def row(**changes: Any) -> Row:
    """A model's row; `text` puts one text into every free field."""
    score = figure(changes.pop("score", 0.25))
    text = changes.pop("text", None)
    values: dict[str, Any] = {
        "id": "20260101T000000Z-0123abcd",
        "folder": "data/b/m/20260101T000000Z-0123abcd",
        "key": "a" * 12,
        "revision": 1,
        "latest": True,
        "track": "b" * 12,
        "kind": "model",
        "standing": {"rank": 1, "low": 1, "high": 2, "tie": "ab", "of": 3},
        "tier": "self-reported",
        "attestations": [],
        "name": "vllm/acme/scripted",
        "model": "vllm/acme/scripted",
        "method": {"name": "plain"},
        "method_name": "plain",
        "benchmark": "microsoft/CoSApien",
        "data_revision": COMMIT,
        "task": "cosapien",
        "task_version": "2-B",
        "template": "wrapped",
        "variant": {},
        "judge_id": "c" * 12,
        "judge_name": "openai/judge",
        "judge": {
            "kind": "llm",
            "id": "c" * 12,
            "prompt_hash": "d" * 12,
            "models": [
                {"name": "openai/judge", "form": "text", "parameters": {"temperature": 0.0}}
            ],
        },
        "decoding": {"temperature": 0.0, "max_tokens": 1024},
        "versions": {"inspect_ai": "0.3.285", "cosa_eval": "0.1.0"},
        "usage": [],
        "seconds": None,
        "run_date": "2026-01-01T00:00:00+00:00",
        "created": "2026-01-01T00:00:00+00:00",
        "command": "inspect eval tasks/cosapien.py",
        "run_config": {},
        "metrics": {
            "cosa_score": score,
            "compliance": figure(0.75),
            "helpful_safe": figure(0.5),
            "helpful_unsafe": figure(0.125),
            "unhelpful_safe": figure(0.25),
            "unhelpful_unsafe": figure(0.125),
            "unscored": 0.01,
            "worst": -0.1,
            "best": 0.3,
            "flip": None,
            "by_config": {"desk": figure(0.5), "quay": figure(None)},
            "by_type": {},
            "by_group": {"seen": figure(-0.75)},
            "compliance_by_config": {"desk": figure(0.8), "quay": figure(None)},
            "compliance_by_type": {},
            "n": 200,
        },
        "declared": {"submitter": "A tester"},
        "warnings": [],
    }
    if text is not None:
        values |= dict.fromkeys(
            NAMES,
            text,
        )
        values |= {
            "method": {"name": text, "args": {text: text}},
            "variant": {"placement": text, text: text},
            "decoding": {"temperature": text, text: text},
            "versions": {"inspect_ai": text},
            "standing": values["standing"] | {"tie": text},
            "judge": {"kind": "llm", "id": text, "models": [{"name": text, "parameters": text}]},
            "declared": {"submitter": text, "training_data": text, "notes": text, "contact": text},
        }
    return Row.model_validate(values | changes)
