"""From an Inspect log to a submission: what is taken over, what is left behind.

Prompts, config texts and responses are the evidence and are taken as they are, but for secrets;
everything else passes through `leaderboard.untrusted.secrets`. The log itself is never submitted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog, EvalSample, read_eval_log, read_eval_log_samples
from pydantic import ValidationError

from leaderboard.errors import SubmissionError
from leaderboard.intake.run_config import command_of, run_config_of
from leaderboard.results.layout import MANIFEST, SAMPLES
from leaderboard.results.manifest import Data, Declared, Manifest, Method, SamplesFile, Usage
from leaderboard.results.parts import Metrics
from leaderboard.results.samples import (
    MAX_ROWS,
    MAX_TEXT_BYTES,
    SCHEMA,
    read_samples,
    scored_samples,
    write_samples,
)
from leaderboard.results.submission import Submission, sha256
from leaderboard.untrusted.json import fault_in_words
from leaderboard.untrusted.secrets import clean, clean_model, clean_secrets, clean_text
from scorers.judging import GENERATION_PARAMETERS
from scorers.runs import read_run, scores_by, summarize


def submission_from_log(log: str | Path, declared: Declared, out: Path) -> Submission:
    """Make a submission from a finished run.

    Args:
        log: An Inspect log of `tasks/cosapien` or `tasks/cosalign_test`.
        declared: What the submitter says.
        out: An empty or missing folder; `submission.json` and `samples.parquet` are written to it.

    Raises:
        LogError: The run did not finish, has failed samples, has no scores or mixes judges.
        SubmissionError: The log is not of a task of this project, or the folder cannot be written.
    """
    run = read_run(log)
    header = read_eval_log(str(log), header_only=True)
    about = header.eval.metadata or {}
    if "config_hashes" not in about:
        raise SubmissionError(
            f"{log}: not a run of tasks/cosapien or tasks/cosalign_test (its metadata has no "
            "config_hashes)"
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        samples_of_log = read_eval_log_samples(str(log), all_samples_required=True)
        write_samples(list(_bounded(map(_row, samples_of_log), log)), out / SAMPLES)
    except OSError as error:
        raise SubmissionError(f"{out}: {error.strerror or error}") from error
    table = read_samples(out / SAMPLES)
    samples = scored_samples(table)
    digest, now = sha256(out / SAMPLES), datetime.now(UTC).replace(microsecond=0)
    steps = header.plan.steps
    solver = steps[-1].solver.rpartition("/")[2] if steps else "generate"
    args = (steps[-1].params_passed or {}) if steps else {}
    task = header.eval.task.rpartition("/")[2]
    config = run_config_of(header)
    try:
        manifest = Manifest(
            id=f"{now:%Y%m%dT%H%M%SZ}-{digest[:8]}",
            created=now,
            model=clean_model(run.model),
            method=Method(name="plain" if solver == "generate" else solver, args=clean(args)),
            data=Data(
                benchmark=clean_text(run.benchmark),
                revision=clean_text(run.revision),
                task=task,
                task_version=str(header.eval.task_version),
                template=run.template,
                placement=str(about.get("placement", "system")),
                override=str(about.get("override", "none")),
                seed=int(about.get("seed", 0)),
                wording=about.get("wording"),
                config_hashes=about["config_hashes"],
                epochs=header.eval.config.epochs or 1,
            ),
            judge=clean(run.judge),
            decoding=clean(_decoding(header)),
            versions=_versions(header),
            usage=[
                Usage(
                    role=use.role,
                    model=clean_model(use.model),
                    input_tokens=use.input_tokens,
                    output_tokens=use.output_tokens,
                )
                for use in run.usage
            ],
            seconds=_seconds(header),
            run_date=str(header.eval.created),
            command=command_of(config),
            run_config=config,
            metrics=Metrics.of(summarize(samples), scores_by("group", samples)),
            samples=SamplesFile(
                sha256=digest, rows=table.num_rows, bytes=(out / SAMPLES).stat().st_size
            ),
            declared=declared,
            log_sha256=sha256(Path(log)) if Path(log).is_file() else None,
        )
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        raise SubmissionError(f"{log}: {fault_in_words(fault['loc'], fault['msg'])}") from error
    text = manifest.model_dump_json(indent=2)
    (out / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return Submission(out, manifest)


def _bounded(rows: Iterable[dict[str, object]], log: str | Path) -> Iterator[dict[str, object]]:
    """The rows, as long as they stay within the limits of a submission."""
    size = 0
    for number, row in enumerate(rows):
        size += sum(len(value) for value in row.values() if isinstance(value, str))
        if number >= MAX_ROWS or size > MAX_TEXT_BYTES:
            raise SubmissionError(
                f"{log}: over {MAX_ROWS:,} samples or {MAX_TEXT_BYTES:,} characters"
            )
        yield row


def _row(sample: EvalSample) -> dict[str, object]:
    """One line of the samples file; `read_run` has found that the score is there."""
    score = (sample.scores or {})["cosa_score"]
    details: Mapping[str, Any] = score.metadata or {}
    value: Mapping[str, Any] = score.value if isinstance(score.value, dict) else {}
    metadata = sample.metadata
    usage = list(sample.model_usage.values())
    cascade, oracle = metadata.get("cascade") or {}, details.get("unfiltered") or {}
    unfiltered = cascade.get("unfiltered") if cascade.get("flagged") else oracle.get("response")
    row: dict[str, object] = {
        "sample_id": str(sample.id),
        "epoch": sample.epoch,
        "config": metadata["config"],
        "scenario": metadata["scenario"],
        "type": metadata["type"],
        "group": metadata.get("group"),
        "contrast": metadata.get("contrast"),
        "override": metadata.get("override"),
        "prompt_hash": metadata["prompt_hash"],
        "prompt": sample.input if isinstance(sample.input, str) else _text_of(sample),
        "response": clean_secrets(score.answer or ""),
        "unfiltered": None if unfiltered is None else clean_secrets(str(unfiltered)),
        "stop_reason": details.get("stop_reason"),
        "refusal": details.get("refusal"),
        "risks": details.get("risks"),
        "disagreement": details.get("disagreement"),
        "explanation": clean_secrets(score.explanation or ""),
        "verdicts": clean_secrets(json.dumps(details.get("verdicts", []), ensure_ascii=False)),
        "input_tokens": sum(u.input_tokens for u in usage) if usage else None,
        "output_tokens": sum(u.output_tokens for u in usage) if usage else None,
    }
    for name in ("cosa_score", "helpfulness", "helpful_safe", "helpful_unsafe", "unscored"):
        row[name] = _known(value.get(name))
    compliant = _known(value.get("compliant"))
    row["compliant"] = None if compliant is None else bool(compliant)
    assert set(row) == set(SCHEMA.names)
    return row


def _text_of(sample: EvalSample) -> str:
    return "\n\n".join(m.text for m in sample.input if not isinstance(m, str) and m.role == "user")


def _known(value: object) -> float | None:
    """A number, or None for NaN and for no number at all."""
    if not isinstance(value, int | float) or value != value:
        return None
    return float(value)


def _decoding(header: EvalLog) -> dict[str, Any]:
    found = header.plan.config.merge(header.eval.model_generate_config)
    dumped: dict[str, Any] = found.model_dump(
        exclude_none=True, include={parameter.name for parameter in GENERATION_PARAMETERS}
    )
    return dumped


def _versions(header: EvalLog) -> dict[str, str]:
    versions = {name: str(value) for name, value in header.eval.packages.items()}
    own = (header.eval.metadata or {}).get("cosa_eval")
    versions["cosa_eval"] = str(own or package_version("cosa-eval"))
    if header.eval.revision is not None:
        dirty = " (with local changes)" if header.eval.revision.dirty else ""
        versions["commit"] = f"{header.eval.revision.commit}{dirty}"
    return dict(_short(versions))


def _short(versions: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in versions.items():
        yield clean_text(name)[:100], clean_text(value)[:100]


def _seconds(header: EvalLog) -> float | None:
    try:
        began = datetime.fromisoformat(str(header.stats.started_at))
        return max(
            (datetime.fromisoformat(str(header.stats.completed_at)) - began).total_seconds(), 0
        )
    except ValueError:
        return None
