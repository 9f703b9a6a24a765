"""Makes a submission from an Inspect log.

Prompts, config texts and responses are the evidence and are copied unchanged, except for secrets;
everything else is cleaned by `leaderboard.untrusted.secrets`. The log itself is never submitted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog, EvalSample
from pydantic import ValidationError

from leaderboard.errors import SubmissionError
from leaderboard.intake.findings import Row
from leaderboard.intake.log_guard import INVALIDATED
from leaderboard.intake.run_config import command_of, run_config_of
from leaderboard.results.layout import MANIFEST, SAMPLES
from leaderboard.results.manifest import Data, Declared, Manifest, Method, SamplesFile, Usage
from leaderboard.results.parts import Metrics, known
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
from scorers.runs import (
    Run,
    SampleKey,
    finished_header,
    run_of,
    sample_keys,
    samples_of,
    scores_by,
    summarize,
)


def submission_from_log(log: str | Path, declared: Declared, out: Path) -> Submission:
    """Make a submission from a finished run.

    Args:
        log: An Inspect log of `tasks/cosapien` or `tasks/cosalign_test`.
        declared: What the submitter declares.
        out: An empty or missing folder; `submission.json` and `samples.parquet` are written to it.

    Raises:
        LogError: The run did not finish, has failed samples, has no scores or mixes judges.
        SubmissionError: The log is from another task, or the folder cannot be written.
    """
    return converted(log, finished_header(log), declared, out)


def converted(
    log: str | Path,
    header: EvalLog,
    declared: Declared,
    out: Path,
    samples: Iterable[EvalSample] | None = None,
) -> Submission:
    """Like `submission_from_log`, for a log whose header has been read already.

    Its samples are read once: scores are checked and rows are made in the same pass.

    Args:
        log: As in `submission_from_log`.
        header: The log's header.
        declared: As in `submission_from_log`.
        out: As in `submission_from_log`.
        samples: All of the log's samples, if they were changed after reading; None reads them.
    """
    ours = "config_hashes" in (header.eval.metadata or {})
    rows = _Rows(log)
    read = samples_of(log) if samples is None else samples
    run = run_of(str(log), header, read, keep=rows.add if ours else lambda sample: None)
    if not ours:
        raise SubmissionError(
            f"{log}: not a run of tasks/cosapien or tasks/cosalign_test (its metadata has no "
            "config_hashes)"
        )
    if gone := run.endings.no_answer["invalidated"]:
        raise SubmissionError(f"{log}: {gone} of {run.endings.total} {INVALIDATED}")
    if edited := run.endings.edited:
        raise SubmissionError(
            f"{log}: {edited} of {run.endings.total} scores were edited by hand; a board takes what "
            "the judges said (judge the log again with `inspect score`)"
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_samples(list(rows.listed(sample_keys(header))), out / SAMPLES)
    except OSError as error:
        raise SubmissionError(f"{out}: {error.strerror or error}") from error
    try:
        manifest = _manifest(log, header, run, declared, out / SAMPLES)
    except ValidationError as error:
        raise SubmissionError(f"{log}: {fault_in_words(error)}") from error
    text = manifest.model_dump_json(indent=2)
    (out / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return Submission(out, manifest)


class _Rows:
    """Lines of a samples file, within the limits of a submission."""

    def __init__(self, log: str | Path) -> None:
        self._log = log
        self._found: dict[SampleKey, Row] = {}
        self._size = 0

    def add(self, sample: EvalSample) -> None:
        """Add the line of a sample."""
        row = _row(sample)
        self._size += _size(row)
        self._check(len(self._found) + 1, self._size)
        self._found[str(sample.id), sample.epoch] = row

    def listed(self, keys: Iterable[SampleKey]) -> Iterator[Row]:
        """The lines of some samples, in the given order; IndexError if one is missing."""
        size = 0
        for number, (name, epoch) in enumerate(keys, start=1):
            if (row := self._found.get((str(name), epoch))) is None:
                raise IndexError(f"{self._log}: no sample {name} in epoch {epoch}")
            size += _size(row)
            self._check(number, size)  # again, since a header can list a sample many times
            yield row

    def _check(self, number: int, size: int) -> None:
        if number > MAX_ROWS or size > MAX_TEXT_BYTES:
            raise SubmissionError(
                f"{self._log}: over {MAX_ROWS:,} samples or {MAX_TEXT_BYTES:,} characters"
            )


def _size(row: Row) -> int:
    return sum(len(value) for value in row.values() if isinstance(value, str))


def _manifest(
    log: str | Path, header: EvalLog, run: Run, declared: Declared, path: Path
) -> Manifest:
    """The manifest of a run whose samples file has been written."""
    table = read_samples(path)
    samples = scored_samples(table)
    digest, now = sha256(path), datetime.now(UTC).replace(microsecond=0)
    config = run_config_of(header)
    return Manifest(
        id=f"{now:%Y%m%dT%H%M%SZ}-{digest[:8]}",
        created=now,
        model=clean_model(run.model),
        method=_method(header),
        data=_data(header, run),
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
        metrics=Metrics.from_summary(summarize(samples), scores_by("group", samples)),
        samples=SamplesFile(sha256=digest, rows=table.num_rows, bytes=path.stat().st_size),
        declared=declared,
        log_sha256=sha256(Path(log)) if Path(log).is_file() else None,
    )


def _method(header: EvalLog) -> Method:
    steps = header.plan.steps
    solver = steps[-1].solver.rpartition("/")[2] if steps else "generate"
    if solver == "generate":
        return Method(name="plain")  # the task's own solver: its arguments are no choice of a run
    return Method(name=solver, args=clean(steps[-1].params_passed or {}))


def _data(header: EvalLog, run: Run) -> Data:
    about = header.eval.metadata or {}
    return Data(
        benchmark=clean_text(run.benchmark),
        revision=clean_text(run.revision),
        task=header.eval.task.rpartition("/")[2],
        task_version=str(header.eval.task_version),
        template=run.template,
        placement=str(about.get("placement", "system")),
        override=str(about.get("override", "none")),
        seed=int(about.get("seed", 0)),
        wording=about.get("wording"),
        config_hashes=about["config_hashes"],
        epochs=header.eval.config.epochs or 1,
        records=run.records,
    )


def _row(sample: EvalSample) -> Row:
    """One line of the samples file; the sample must have a score."""
    score = (sample.scores or {})["cosa_score"]
    details: Mapping[str, Any] = score.metadata or {}
    value: Mapping[str, Any] = score.value if isinstance(score.value, dict) else {}
    metadata = sample.metadata
    usage = list(sample.model_usage.values())
    cascade, oracle = metadata.get("cascade") or {}, details.get("unfiltered") or {}
    unfiltered = cascade.get("unfiltered") if cascade.get("flagged") else oracle.get("response")
    row: Row = {
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
        "ending": f"{details['limit']}_limit" if "limit" in details else details.get("ending"),
        "reasoning": clean_secrets(str(details.get("reasoning") or "")) or None,
        "risks": details.get("risks"),
        "disagreement": details.get("disagreement"),
        "explanation": clean_secrets(score.explanation or ""),
        "verdicts": clean_secrets(json.dumps(details.get("verdicts", []), ensure_ascii=False)),
        "input_tokens": sum(u.input_tokens for u in usage) if usage else None,
        "output_tokens": sum(u.output_tokens for u in usage) if usage else None,
    }
    for name in ("cosa_score", "helpfulness", "helpful_safe", "helpful_unsafe", "unscored"):
        row[name] = known(value.get(name))
    compliant = known(value.get("compliant"))
    row["compliant"] = None if compliant is None else bool(compliant)
    assert set(row) == set(SCHEMA.names)
    return row


def _text_of(sample: EvalSample) -> str:
    return "\n\n".join(m.text for m in sample.input if not isinstance(m, str) and m.role == "user")


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
