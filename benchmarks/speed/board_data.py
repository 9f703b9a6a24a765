"""A synthetic results folder for `benchmarks/speed/board.py`: realistic in form, harmless in content.

Every submission passes the validator: ids, prompts and config texts are those of the data, and scores
follow from the judge's stored answers. They are written with the project's `write_samples` and
`Manifest`, not by Inspect runs.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cosapien import (
    CATEGORY_CONFIGS,
    COSALIGN_ID,
    RISK_NAMES,
    TEMPLATES,
    Benchmark,
    Record,
    content_hash,
)
from cosapien.versions import TASK_VERSIONS
from leaderboard.results.layout import MANIFEST, SAMPLES
from leaderboard.results.manifest import Data, Declared, Manifest, Method, SamplesFile, Usage
from leaderboard.results.parts import Metrics
from leaderboard.results.samples import read_samples, scored_samples, write_samples
from leaderboard.results.submission import sha256
from scorers.judging.panel import Judgement, Verdict, combine, verdicts_metadata
from scorers.questions.criterion import HELPFULNESS, prompt_hash
from scorers.questions.risks import RISK_LABELS
from scorers.runs.samples import score_values
from scorers.runs.summary import scores_by, summarize

JUDGE = "openai/scripted-judge"
WORDS = 200
"""Length of a response and of a rationale, about 1.2 kB each."""
UNSCORED, EMPTY, WITH_SUMS = 0.003, 0.01, 0.05
"""Shares of samples without a verdict, without a response, and with an equals sign in it."""


def make_submission(benchmark: Benchmark, number: int, results: Path) -> Path:
    """Write one submission of a synthetic model; a higher number means a better model.

    Args:
        benchmark: CoSAlign-Test, or its bundled miniature.
        number: Number of the model, from 0; its quality is `quality(number)`.
        results: The results folder.

    Returns:
        The submission's folder.
    """
    rng = np.random.default_rng([7, number])
    staging = results / f".making-{number}"
    staging.mkdir(parents=True)
    write_samples(list(_rows(benchmark, rng, quality(number))), staging / SAMPLES)
    manifest = _manifest(benchmark, number, staging / SAMPLES)
    (staging / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    target = results / "data" / manifest.slug
    target.parent.mkdir(parents=True, exist_ok=True)
    staging.rename(target)
    return target


def quality(number: int) -> float:
    """Share of responses that follow the config, in (0, 1): steps of 0.002 from 0.3 on."""
    return min(0.3 + 0.002 * number, 0.95)


def published_files() -> dict[str, bytes]:
    """CoSAlign-Test in its published form with harmless prompts, for a loopback Hub."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    files: dict[str, bytes] = {}
    card = "---\nlicense: cc-by-nc-4.0\nconfigs:\n"
    for group in ("seen", "unseen"):
        card += f"- config_name: {group}\n  data_files:\n"
        for config in CATEGORY_CONFIGS:
            if config.group != group:
                continue
            path = f"data/{config.split}-00000-of-00001.parquet"
            card += f"  - split: {config.split}\n    path: {path}\n"
            codes = [c for c, n in zip("123", config.counts, strict=True) for _ in range(n)]
            rng = random.Random(config.split)
            rows = [
                {
                    "prompt": f"{' '.join(rng.choices(_words(), k=20)).capitalize()} {n}?",
                    "mode": "exact",
                    "situation": f"situation{code}",
                }
                for n, code in enumerate(codes)
            ]
            buffer = io.BytesIO()
            pq.write_table(pa.Table.from_pylist(rows), buffer)
            files[path] = buffer.getvalue()
    return files | {"README.md": f"{card}---\nMade-up, harmless data.\n".encode()}


@cache
def _words() -> list[str]:
    """Synthetic words, common ones several times; such texts compress about as well as English."""
    rng = random.Random(0)
    parts = [a + b for a in "bdfglmnprstv" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
    words = ["".join(rng.choices(parts, k=rng.randint(1, 3))) for _ in range(2_000)]
    return [word for rank, word in enumerate(words, start=1) for _ in range(1 + 500 // rank)]


def _rows(
    benchmark: Benchmark, rng: np.random.Generator, quality: float
) -> Iterator[dict[str, object]]:
    words = np.array(_words(), dtype=object)
    for record in benchmark.records:
        response, *rationales = (
            " ".join(words[rng.integers(len(words), size=WORDS)]) for _ in range(3)
        )
        if rng.random() < WITH_SUMS:
            response += "\nIn short: total = price + tax."
        draw = rng.random()
        refusal = "no_response" if draw < EMPTY else None
        if refusal:
            response, judgement = "", Judgement(0.0, True, (), 0.0, frozenset())
        else:
            silent = draw > 1 - UNSCORED
            judgement = combine(
                _verdicts(record, rng, quality, rationales, silent), record.allowed_risks
            )
        yield _row(record, response, judgement, refusal)


def _verdicts(
    record: Record, rng: np.random.Generator, quality: float, rationales: list[str], silent: bool
) -> list[Verdict]:
    """Helpful answers within the config, in the share that the model's quality gives."""
    good = rng.random() < quality
    rating = int(rng.integers(3, 6)) if good else int(rng.integers(0, 4))
    allowed = record.allowed_risks or frozenset()
    drawn = [name for name in RISK_NAMES if rng.random() < 0.2]
    risks = [name for name in drawn if name in allowed or (not good and rng.random() < 0.8)]
    answers: list[tuple[str, Any, Any]] = [
        (HELPFULNESS.name, rating, rating / 5),
        (RISK_LABELS.name, {name: name in risks for name in RISK_NAMES}, tuple(risks)),
    ]
    fields = {HELPFULNESS.name: HELPFULNESS.field, RISK_LABELS.name: RISK_LABELS.field}
    return [
        Verdict(JUDGE, name, None, rationale, 3, "no_verdict")
        if silent
        else Verdict(
            judge=JUDGE,
            criterion=name,
            value=value,
            raw=json.dumps({"rationale": rationale, fields[name]: answer}),
            attempts=1,
            status="ok",
        )
        for rationale, (name, answer, value) in zip(rationales, answers, strict=True)
    ]


def _row(
    record: Record, response: str, judgement: Judgement, refusal: str | None
) -> dict[str, object]:
    values = score_values(judgement.helpfulness, judgement.compliant)
    known = {name: None if value != value else value for name, value in values.items()}
    return known | {
        "sample_id": record.id,
        "epoch": 1,
        "config": record.config.name,
        "scenario": record.config.text,
        "type": record.type,
        "group": record.group,
        "contrast": record.contrast,
        "override": "none",
        "prompt_hash": record.prompt_hash,
        "prompt": record.prompt,
        "response": response,
        "stop_reason": "stop",
        "refusal": refusal,
        "compliant": judgement.compliant,
        "risks": None if judgement.risks is None else sorted(judgement.risks),
        "disagreement": judgement.disagreement,
        "explanation": "\n\n".join(
            f"[{v.criterion}] {v.judge} ({v.status}): {v.raw}" for v in judgement.verdicts
        ),
        "verdicts": json.dumps(verdicts_metadata(judgement), ensure_ascii=False),
        "input_tokens": 400,
        "output_tokens": 300,
    }


def _manifest(benchmark: Benchmark, number: int, path: Path) -> Manifest:
    samples = scored_samples(read_samples(path))
    digest = sha256(path)
    created = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    model = f"vllm/made-up/model-{number:03}"
    judge: dict[str, Any] = {
        "prompt_hash": prompt_hash((HELPFULNESS, RISK_LABELS)),
        "attempts": 3,
        "safety": "risks",
        "models": [{"name": JUDGE, "form": "schema", "parameters": {"temperature": 0.0}}],
    }
    return Manifest(
        id=f"{created:%Y%m%dT%H%M%SZ}-{digest[:8]}",
        created=created,
        model=model,
        method=Method(name=("plain", "in_context_alignment", "cascade")[number % 3]),
        data=Data(
            benchmark=benchmark.name,
            revision=benchmark.revision,
            task="cosalign_test",
            task_version=TASK_VERSIONS["cosalign_test"],
            template=TEMPLATES[0],
            wording="seeded",
            config_hashes=benchmark.config_hashes,
        ),
        judge={"id": content_hash(json.dumps(judge, sort_keys=True)), "kind": "llm", **judge},
        decoding={"temperature": 0.0, "max_tokens": 1024},
        versions={"inspect_ai": "0.3.285", "cosa_eval": "0.1.0"},
        usage=[Usage(role="candidate", model=model, input_tokens=10**6, output_tokens=10**6)],
        seconds=3600.0,
        run_date=created.isoformat(),
        command=f"inspect eval tasks/cosalign_test.py --model {model}",
        run_config={"task": "tasks/cosalign_test.py", "model": model},
        metrics=Metrics.from_summary(summarize(samples), scores_by("group", samples)),
        samples=SamplesFile(sha256=digest, rows=len(samples), bytes=path.stat().st_size),
        declared=Declared(submitter="made up", notes=f"A script's submission on {COSALIGN_ID}."),
    )
