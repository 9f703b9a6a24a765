"""Judges' records made by hand, without a run: scripted verdicts on scripted labels."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scorers.labels.figures import Judged, by_group, question, repeats
from scorers.labels.files import Label
from scorers.labels.record import JudgeRecord, write_record

JUDGE = {
    "id": "c" * 12,
    "kind": "llm",
    "prompt_hash": "d" * 12,
    "models": [{"name": "openai/judge", "form": "text", "parameters": {}}],
}


def judged(
    number: int, truth: Label, verdict: Label, epoch: int = 1, variation: str = "plain"
) -> Judged:
    """One verdict; every response has a prompt of its own, in turn under two configs."""
    return Judged(
        id=f"r{number}",
        epoch=epoch,
        variation=variation,
        prompt=f"p{number}",
        config=("desk", "quay")[number % 2],
        type="allowed",
        truth=truth,
        people=(truth, truth),
        verdict=verdict,
    )


def compliance(*counts: int) -> list[Judged]:
    """Compliant called so, compliant called violating, violating called so, called compliant."""
    pairs = [(True, True), (True, False), (False, False), (False, True)]
    answers = [pair for pair, count in zip(pairs, counts, strict=True) for _ in range(count)]
    return [
        judged(number, Label(compliant=truth), Label(compliant=said))
        for number, (truth, said) in enumerate(answers)
    ]


def record(verdicts: Sequence[Judged], **changes: Any) -> JudgeRecord:
    """A record of some verdicts."""
    names = [n for n in ("helpfulness", "compliant", "refused") if question(n, verdicts)]
    found = {name: figures for name in names if (figures := question(name, verdicts))}
    configs: dict[str, dict[str, Any]] = {}
    for name in names:
        for config, figures in by_group(lambda j: j.config, name, verdicts).items():
            configs.setdefault(config, {})[name] = figures
    values: dict[str, Any] = {
        "judge": JUDGE,
        "labels": "ours.jsonl",
        "revision": "e" * 12,
        "questions": found,
        "by_config": configs,
        "by_type": {},
        "repeats": repeats(verdicts),
        "variations": tuple(sorted({j.variation for j in verdicts})),
        "disagreement": None,
        "date": "2026-01-03T00:00:00+00:00",
        "log_sha256": "f" * 64,
    }
    return JudgeRecord(**values | changes)


def put(made: JudgeRecord, results: Path) -> Path:
    """The record as a file of a results folder."""
    return write_record(made, results / "judges")
