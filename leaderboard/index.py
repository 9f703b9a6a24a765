"""The index of a results folder: one parquet file, built from the submissions and never edited.

One row per sample and epoch with numbers and ids only, one row group per submission; the board's
rows stand as JSON in the file's metadata, so that one rename puts everything in place. The file is
named by what it was built from: a key over all manifests and attestations. The folder that a Hub
commit is downloaded to has that commit's files, so its index has a key of its own too.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from leaderboard.attestations import FOLDER, MAX_ATTESTATION_BYTES, read_attestations
from leaderboard.manifest import SubmissionError
from leaderboard.ranking import standings
from leaderboard.rows import Row, Standing
from leaderboard.samples import SCHEMA, scored_samples
from leaderboard.submission import MANIFEST, Submission, read_submission, submission_folders
from leaderboard.tiers import Attested, attested
from leaderboard.validation import validate
from scorers.summary import ScoredSample

_LAYOUT = "cosa-index/1"

_COLUMNS = (
    "sample_id", "epoch", "config", "type", "group", "override", "prompt_hash", "cosa_score",
    "helpfulness", "compliant", "helpful_safe", "helpful_unsafe", "unscored", "refusal",
    "disagreement",
)  # fmt: skip
_REFERENCES = frozenset({"refuse_all", "comply_all", "ideal"})


@dataclass(frozen=True, slots=True)
class Broken:
    """A submission that is not on the board.

    Attributes:
        folder: Relative to the results folder.
        reason: The first error found.
    """

    folder: str
    reason: str


@dataclass(frozen=True, slots=True)
class Index:
    """A built index.

    Attributes:
        path: The parquet file.
        rows: All rows: by track, best first; older revisions and references among them.
        broken: Submissions that were left out, and why.
    """

    path: Path
    rows: tuple[Row, ...]
    broken: tuple[Broken, ...]


def build_index(
    results: Path, cache: Path, progress: Callable[[int, int], None] | None = None
) -> Index:
    """The index of a results folder; built anew only if the folder has changed.

    Args:
        results: A results folder, or a downloaded one.
        cache: Folder for index files.
        progress: Called with how many submissions are done and how many there are.

    Raises:
        SubmissionError: The cache folder cannot be written to.
    """
    path = cache / f"index-{results_key(results)}.parquet"
    if path.exists():
        return open_index(path)
    folders = list(submission_folders(results))
    entries: list[_Entry] = []
    broken: list[Broken] = []
    for done, folder in enumerate(folders):
        if progress is not None:
            progress(done, len(folders))
        where = folder.relative_to(results).as_posix()
        try:
            entries.append(_entry(folder, where, results))
        except SubmissionError as error:
            broken.append(Broken(where, str(error).replace(f"{results}/", "")))
    rows = _rows(entries)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _write(path, rows, {entry.submission.manifest.id: entry for entry in entries}, broken)
    except OSError as error:
        raise SubmissionError(f"{path}: {error.strerror or error}") from error
    return Index(path, tuple(rows), tuple(broken))


def open_index(path: Path) -> Index:
    """An index that was built before.

    Raises:
        SubmissionError: It is no index of this version.
    """
    try:
        metadata = pq.read_schema(path).metadata or {}
        if metadata.get(b"cosa.layout") != _LAYOUT.encode():
            raise SubmissionError(f"{path}: not an index of this version: delete it")
        rows = [Row.model_validate(row) for row in json.loads(metadata[b"cosa.rows"])]
        broken = [Broken(**found) for found in json.loads(metadata[b"cosa.broken"])]
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        if isinstance(error, SubmissionError):
            raise
        raise SubmissionError(f"{path}: not a readable index ({error})") from error
    return Index(path, tuple(rows), tuple(broken))


def results_key(results: Path) -> str:
    """What a results folder holds, as 16 hex digits: changes whenever a file comes or goes."""
    digest = hashlib.sha256(_LAYOUT.encode())
    files = [folder / MANIFEST for folder in submission_folders(results)]
    for path in [*files, *sorted(results.glob(f"{FOLDER}/*/*.json"))]:
        try:
            with path.open("rb") as file:
                content = file.read(MAX_ATTESTATION_BYTES + 1)
        except OSError:
            content = b""
        digest.update(path.relative_to(results).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A submission on its way into the index."""

    submission: Submission
    folder: str
    table: pa.Table
    samples: tuple[ScoredSample, ...]
    warnings: tuple[str, ...]
    attested: Attested


def _entry(folder: Path, where: str, results: Path) -> _Entry:
    submission = read_submission(folder)
    if where != f"data/{submission.manifest.slug}":
        raise SubmissionError(f"{where}: expected data/{submission.manifest.slug}")
    findings = validate(submission)
    if error := next((f for f in findings if f.level == "error"), None):
        raise SubmissionError(f"{where}: {error.code}: {error.message}")
    table = submission.samples([*_COLUMNS, "contrast", "risks"])
    second, faults = read_attestations(results, submission)
    return _Entry(
        submission=submission,
        folder=where,
        table=table.select(_COLUMNS),
        samples=tuple(scored_samples(table)),
        warnings=tuple(f"{f.code}: {f.message}" for f in findings),
        attested=attested(submission.manifest, second, faults),
    )


def _rows(entries: Sequence[_Entry]) -> list[Row]:
    """All rows with revisions, tiers and ranks; by track, best first."""
    by_key: dict[str, list[_Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda e: e.submission.manifest.id):
        by_key[entry.submission.manifest.key].append(entry)
    latest = {group[-1].submission.manifest.id for group in by_key.values()}
    tracks: dict[str, dict[str, Sequence[ScoredSample]]] = defaultdict(dict)
    for entry in entries:
        manifest = entry.submission.manifest
        if manifest.id in latest and not _is_reference(entry):
            tracks[manifest.track][manifest.id] = entry.samples
    ranks: dict[str, Standing] = {}
    for scores in tracks.values():
        ranks |= standings(scores)
    rows = [
        _row(entry, number, entry.submission.manifest.id in latest, ranks)
        for group in by_key.values()
        for number, entry in enumerate(group, start=1)
    ]
    return sorted(rows, key=_order)


def _order(row: Row) -> tuple[str, str, str, float, str]:
    mean = row.metrics.cosa_score.mean
    return row.benchmark, row.judge_name, row.track, -2.0 if mean is None else -mean, row.id


def _row(entry: _Entry, revision: int, latest: bool, ranks: dict[str, Standing]) -> Row:
    manifest = entry.submission.manifest
    return Row(
        id=manifest.id,
        folder=entry.folder,
        key=manifest.key,
        revision=revision,
        latest=latest,
        track=manifest.track,
        kind="reference" if _is_reference(entry) else "model",
        standing=ranks.get(manifest.id),
        tier=entry.attested.tier,
        attestations=list(entry.attested.attestations),
        name=manifest.name,
        model=manifest.model,
        method=manifest.method,
        method_name=manifest.method_name,
        benchmark=manifest.data.benchmark,
        data_revision=manifest.data.revision,
        task=manifest.data.task,
        task_version=manifest.data.task_version,
        template=manifest.data.template,
        variant=manifest.variant,
        judge_id=manifest.judge_id,
        judge_name=manifest.judge_name,
        judge=manifest.judge,
        decoding=manifest.decoding,
        versions=manifest.versions,
        usage=manifest.usage,
        seconds=manifest.seconds,
        run_date=manifest.run_date,
        created=manifest.created.isoformat(),
        command=manifest.command,
        run_config=manifest.run_config,
        metrics=manifest.metrics,
        declared=manifest.declared,
        warnings=[*entry.warnings, *entry.attested.warnings],
    )


def _is_reference(entry: _Entry) -> bool:
    manifest = entry.submission.manifest
    return manifest.model.startswith("none/") and manifest.method.name in _REFERENCES


def _write(
    path: Path, rows: Sequence[Row], entries: dict[str, _Entry], broken: Sequence[Broken]
) -> None:
    metadata = {
        b"cosa.layout": _LAYOUT.encode(),
        b"cosa.rows": json.dumps([row.model_dump(mode="json") for row in rows]).encode(),
        b"cosa.broken": json.dumps([asdict(found) for found in broken]).encode(),
    }
    own = [pa.field("row_id", pa.string()), pa.field("track", pa.string())]
    schema = pa.schema([*own, *(SCHEMA.field(name) for name in _COLUMNS)], metadata=metadata)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".index-", suffix=".parquet")
    os.close(handle)
    try:
        with pq.ParquetWriter(name, schema, compression="zstd") as writer:
            for row in rows:
                table = entries[row.id].table
                for position, value in enumerate((row.id, row.track)):
                    column = pa.repeat(pa.scalar(value), table.num_rows)
                    table = table.add_column(position, own[position], column)
                writer.write_table(table.replace_schema_metadata(metadata))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
