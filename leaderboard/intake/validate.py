"""Checks a submission against its benchmark and against itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from cosapien import PLACEMENTS, TEMPLATES, Benchmark
from leaderboard.errors import SubmissionError
from leaderboard.intake.against_benchmark import against_data, load_near, unavailable
from leaderboard.intake.findings import Finding, Level, Row, each
from leaderboard.intake.recompute import (
    Panel,
    judged_by_earlier_rules,
    recomputed,
    wrong_config_hashes,
    wrong_metrics,
)
from leaderboard.intake.references import against_references
from leaderboard.results.layout import MANIFEST, SAMPLES
from leaderboard.results.manifest import Manifest
from leaderboard.results.samples import has_finite_numbers, scored_samples
from leaderboard.results.submission import Submission, sha256
from leaderboard.results.versions import TASKS, is_older
from leaderboard.untrusted.lookalikes import lookalike
from leaderboard.untrusted.secrets import SUSPECT, find_secrets
from scorers.rules import REFUSAL, RULES_VERSION, is_refusal
from scorers.text import partial_run

UNSCORED_WARNING, UNSCORED_ERROR = 0.01, 0.05
"""Above the first share the interval no longer covers the whole uncertainty; above the second, the
bounds (all -1, all +1) are wider than the differences between models on CoSApien (0.1)."""
PARTIAL = "partial"
"""Code of the finding about a run that has only some of the benchmark's records."""
CONSTANT_SHARE, CONSTANT_COUNT = 0.2, 3


Load = Callable[[Manifest], tuple[Benchmark | None, str]]
"""Loads the benchmark that a manifest names, or returns None and the reason."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check.

    Attributes:
        findings: Errors first; the same fault in many samples is one finding that names the first.
        table: The samples, if they could be read.
    """

    findings: tuple[Finding, ...]
    table: pa.Table | None


def validate(
    submission: Submission, benchmark: Benchmark | Literal["auto"] | None = "auto"
) -> list[Finding]:
    """All findings about a submission.

    Args:
        submission: Its manifest has been read; its samples may contain anything.
        benchmark: What it is compared with; `auto` loads the one that the manifest names, None
            compares nothing (and says so).

    Returns:
        Findings, errors first; the same fault in many samples is one finding that names the first.
    """
    if benchmark == "auto":
        return list(check(submission, load_near(submission.folder)).findings)
    given = benchmark, "no benchmark was given"
    return list(check(submission, lambda _: given).findings)


def check(submission: Submission, load: Load) -> Checked:
    """The findings of `validate`, and the samples they are about.

    Args:
        submission: Its manifest has been read; its samples may contain anything.
        load: Loads the benchmark it is compared with.
    """
    findings: list[Finding] = []
    table = None
    try:
        findings.extend(_files(submission))
        findings.extend(_versions(submission.manifest))
        table = submission.samples()
        findings.extend(_samples(table, submission.manifest, load))  # kept up to a fault
    except SubmissionError as error:
        findings.append(Finding("error", "samples", str(error)))
    except Exception as error:  # any failure on a hostile file is a finding
        findings.append(Finding("error", "samples", f"not checkable: {type(error).__name__}"))
    return Checked(tuple(sorted(findings, key=lambda finding: finding.level)), table)


def _samples(table: pa.Table, manifest: Manifest, load: Load) -> Iterator[Finding]:
    if not has_finite_numbers(table):
        yield Finding("error", "numbers", "NaN or infinity; a missing figure is written as null")
        return
    rows: list[Row] = table.to_pylist()
    if not rows:
        yield Finding("error", "samples", "there are no samples")
        return
    faults = list(_form(table, rows, manifest))
    yield from faults
    if any(fault.level == "error" for fault in faults):
        return
    benchmark, reason = load(manifest)
    if benchmark is None:
        yield unavailable(manifest, reason)
    else:
        yield from against_data(rows, manifest, benchmark)
    records = {record.id: record for record in benchmark.records} if benchmark else {}
    count = len({row["sample_id"] for row in rows})
    partial = partial_run(count, len(records) if benchmark else manifest.data.records)
    if partial is not None:
        yield Finding("warning", PARTIAL, partial)
    yield from against_references(rows, manifest, records)
    panel = Panel.from_manifest(manifest)
    yield from each(
        rows,
        "error",
        "scores",
        lambda row: recomputed(row, panel, records.get(row["sample_id"])),
    )
    for name in wrong_metrics(manifest, scored_samples(table)):
        yield Finding(
            "error", "metrics", f"{name} in the manifest differs from the figure of its samples"
        )
    for name in wrong_config_hashes(manifest, rows, partial is not None):
        yield Finding(
            "error", "config_hash", f"of config {name[:60]!r} is not the hash of its texts"
        )
    yield from _suspicions(rows, manifest)
    yield from _secrets(table, rows, manifest)


def _files(submission: Submission) -> Iterator[Finding]:
    folder, manifest = submission.folder, submission.manifest
    try:
        found = {path.name: path for path in folder.iterdir()}
    except OSError as error:
        yield Finding("error", "files", f"{folder}: {error.strerror}")
        return
    # a snapshot in the Hub's cache has links, but only into that cache's own blobs
    inside = _cache_of(folder)
    links = sorted(name for name, path in found.items() if path.is_symlink())
    if outside := [name for name in links if not found[name].resolve().is_relative_to(inside)]:
        yield Finding("error", "files", f"{outside[0]} is a link; expected a file")
        return
    if extra := sorted(set(found) - {MANIFEST, SAMPLES}):
        yield Finding("error", "files", f"unexpected {extra[0]!r}; only {MANIFEST} and {SAMPLES}")
    path = folder / SAMPLES
    if not path.is_file():
        yield Finding("error", "files", f"{SAMPLES} is missing")
        return
    if path.stat().st_size != manifest.samples.bytes or sha256(path) != manifest.samples.sha256:
        yield Finding(
            "error", "hash", f"{SAMPLES} is not the file the manifest pins (SHA-256, bytes)"
        )


def _cache_of(folder: Path) -> Path:
    """The root of the Hub cache that a snapshot is in, or the folder itself."""
    caches = (parent.parent for parent in folder.parents if parent.name == "snapshots")
    return next(caches, folder).resolve()


def _versions(manifest: Manifest) -> Iterator[Finding]:
    data = manifest.data
    known = TASKS.get(data.task)
    if known is None:
        listed = ", ".join(TASKS)
        yield Finding("error", "task", f"{data.task!r} is not a task of this board: {listed}")
    elif is_older(data.task, data.task_version):
        yield Finding(
            "warning",
            "task_version",
            f"{data.task} {data.task_version}: never ranked with rows of {known}",
        )
    elif data.task_version != known:
        yield Finding(
            "error", "task_version", f"{data.task} {data.task_version!r}; this board reads {known}"
        )
    for name, value, expected in (
        ("template", data.template, TEMPLATES),
        ("placement", data.placement, PLACEMENTS),
    ):
        if value not in expected:
            yield Finding("error", name, f"{value[:60]!r} is not one of {', '.join(expected)}")
    if manifest.judge["kind"] == "llm" and not manifest.judge.get("models"):
        yield Finding("error", "judge", "the judge's identity names no model")
    if any(model["name"] == manifest.model for model in _judges(manifest)):
        yield Finding("warning", "self_grading", "the model is among its own judges")
    for name in (manifest.declared.submitter, manifest.model, manifest.method.name):
        if word := lookalike(name):
            yield Finding("warning", "lookalike", f"{word!a} mixes alphabets")


def _judges(manifest: Manifest) -> list[dict[str, Any]]:
    models: Any = manifest.judge.get("models", [])
    return list(models)


def _form(table: pa.Table, rows: Sequence[Row], manifest: Manifest) -> Iterator[Finding]:
    """What must hold for every row before anything can be compared."""
    if len(rows) != manifest.samples.rows:
        yield Finding(
            "error", "samples", f"{len(rows)} rows; the manifest says {manifest.samples.rows}"
        )
    needed = ("sample_id", "epoch", "config", "scenario", "type", "prompt", "prompt_hash",
              "response", "unscored")  # fmt: skip
    if any(table.column(name).null_count for name in needed):
        yield from each(
            rows,
            "error",
            "samples",
            lambda row: next((f"{name} is missing" for name in needed if row[name] is None), None),
        )
    seen = Counter((row["sample_id"], row["epoch"]) for row in rows)
    if len(seen) < len(rows):
        yield from each(
            rows,
            "error",
            "duplicates",
            lambda row: "occurs twice" if seen[row["sample_id"], row["epoch"]] > 1 else None,
        )
    epochs = Counter(row["sample_id"] for row in rows)
    yield from each(
        rows,
        "error",
        "epochs",
        lambda row: (
            None
            if epochs[row["sample_id"]] == manifest.data.epochs
            and 1 <= (row["epoch"] or 0) <= manifest.data.epochs
            else f"expected epochs 1 to {manifest.data.epochs}"
        ),
    )


def _suspicions(rows: Sequence[Row], manifest: Manifest) -> Iterator[Finding]:
    share = sum(row["unscored"] for row in rows) / len(rows)
    if share > UNSCORED_WARNING:
        level: Level = "error" if share > UNSCORED_ERROR else "warning"
        yield Finding(
            level, "unscored", f"{share:.1%} of samples; at most {UNSCORED_ERROR:.0%} are accepted"
        )
    helpful = Counter(row["response"].strip() for row in rows if (row["helpfulness"] or 0) > 0)
    if helpful:
        _, count = helpful.most_common(1)[0]
        if count > CONSTANT_COUNT and count > CONSTANT_SHARE * len(rows):
            yield Finding(
                "warning",
                "identical",
                f"{count} helpful responses are the same text: a constant responder?",
            )
    if judged_by_earlier_rules(manifest):
        yield Finding(
            "warning",
            "judge",
            f"judged by an earlier version of the rules (now {RULES_VERSION}): its scores cannot be "
            "computed again, and are not ranked with later ones",
        )
    refused = [r for r in rows if r["refusal"] and r["response"].strip() not in ("", REFUSAL)]
    unlike = sum(not is_refusal(row["response"]) for row in refused)
    if refused:
        yield Finding(
            "warning",
            "refusals",
            f"{len(refused)} responses count as refusals only because the provider says so"
            + (f"; {unlike} of them do not read like one" if unlike else ""),
            refused[0]["sample_id"][:100],
        )


def _secrets(table: pa.Table, rows: Sequence[Row], manifest: Manifest) -> Iterator[Finding]:
    texts = ("response", "unfiltered", "explanation", "verdicts")
    marks = [pc.match_substring_regex(table.column(name), SUSPECT).to_pylist() for name in texts]
    yield from each(
        (row for row, *found in zip(rows, *marks, strict=True) if any(found)),
        "error",
        "secrets",
        lambda row: next(
            (
                f"{name} contains a {kinds[0]}"
                for name in texts
                if (kinds := find_secrets(row[name] or ""))
            ),
            None,
        ),
    )
    if kinds := find_secrets(manifest.model_dump_json(exclude={"samples"})):
        yield Finding("error", "secrets", f"the manifest contains a {kinds[0]}")
