"""The index of a results folder: one parquet file, built from the submissions and never edited.

It has one line per sample and epoch with numbers and ids only, and one row group per submission. The
board's rows are JSON in the file's metadata, so that one rename puts everything in place. The file's
name contains a hash over this project's code and all files of the results folder, which are read
again at every build.
"""

from __future__ import annotations

import gc
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from leaderboard.board.generated import round_terms
from leaderboard.board.index_file import LAYOUT, Broken, Index, open_index, write_index
from leaderboard.board.pool import check_all
from leaderboard.board.ranking import standings
from leaderboard.board.rows import RoundTerms, Row, Standing
from leaderboard.board.seals import Entry, Sealed, sealed
from leaderboard.board.tiers import Attested, attested
from leaderboard.errors import SubmissionError
from leaderboard.evidence.attestations import MAX_ATTESTATION_BYTES, read_attestations
from leaderboard.evidence.judge_records import MAX_RECORD_BYTES, read_judge_records
from leaderboard.evidence.label_files import MAX_LABEL_BYTES
from leaderboard.evidence.pins import Pins, read_pins
from leaderboard.intake.against_benchmark import AWAITED
from leaderboard.intake.references import is_reference
from leaderboard.intake.validate import PARTIAL
from leaderboard.results.layout import EVIDENCE_PATTERNS, PINS, ROUND_PATTERNS, ROUNDS
from leaderboard.results.parts import Metrics
from leaderboard.results.samples import ranked_samples, scored_samples
from leaderboard.results.submission import Submission, submission_folders
from leaderboard.results.versions import is_older
from leaderboard.rounds.stored import read_announced, stored_folder
from leaderboard.untrusted.json import read_bounded
from scorers.runs import scores_by, summarize

MAX_EVIDENCE_BYTES = max(MAX_ATTESTATION_BYTES, MAX_RECORD_BYTES, MAX_LABEL_BYTES)


def build_index(
    results: Path, cache: Path, progress: Callable[[int, int], None] | None = None
) -> Index:
    """The index of a results folder; rebuilt only if the folder has changed.

    Args:
        results: A results folder, or a downloaded one.
        cache: Folder for index files.
        progress: Called with the number of submissions done and the total.

    Raises:
        SubmissionError: The cache folder cannot be written to.
    """
    read = sealed(list(submission_folders(results)), results)
    path = cache / f"index-{_key(read, results)}.parquet"
    if path.exists() and _settled(index := open_index(path)):
        return index
    entries: list[_Entry] = []
    broken: list[Broken] = []
    try:
        pins = read_pins(results)
    except (
        SubmissionError
    ) as error:  # invalid pins.json: no judge is pinned until the owner fixes it
        pins = Pins()
        broken.append(Broken(PINS, str(error).replace(f"{results}/", "")))
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for each, found in check_all(read, results, cache, progress):
            where = _shown(each.folder, results)
            try:
                entries.append(_entry(each, found, where, results, pins))
            except SubmissionError as error:
                broken.append(Broken(where, str(error).replace(f"{results}/", "")))
            except Exception as error:  # one bad submission must not hide the others
                broken.append(Broken(where, f"not readable: {type(error).__name__}"))
        entries = _distinct(entries, broken)
        broken += [Broken(where, why) for where, why in read_judge_records(results)[1].items()]
        with _without_collector():
            rows = _rows(entries)
        write_index(path, rows, {e.submission.manifest.id: e.table for e in entries}, broken)
    except OSError as error:
        raise SubmissionError(f"{path}: {error.strerror or error}") from error
    return Index(path, tuple(rows), tuple(broken))


@contextmanager
def _without_collector() -> Iterator[None]:
    """Switch Python's cycle collector off: it would walk through millions of samples again and again."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _key(read: Sequence[Sealed], results: Path) -> str:
    digest = hashlib.sha256(LAYOUT.encode())
    for each in read:
        digest.update(each.seal.encode())
    patterns = (*EVIDENCE_PATTERNS, *ROUND_PATTERNS)
    evidence = [path for pattern in patterns for path in sorted(results.glob(pattern))]
    for path in [results / PINS, *evidence]:
        try:
            content = read_bounded(path, MAX_EVIDENCE_BYTES)
        except SubmissionError as error:
            content = ascii(error).encode()
        digest.update(ascii(path.relative_to(results).as_posix()).encode() + b"\0")
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def _settled(index: Index) -> bool:
    """Whether no row of an index lacks public data that was unavailable when it was built."""
    return not any(
        row.benchmark in AWAITED and any(warning.startswith("data: ") for warning in row.warnings)
        for row in index.rows
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """A submission on its way into the index."""

    submission: Submission
    folder: str
    table: pa.Table
    partial: str | None
    warnings: tuple[str, ...]
    attested: Attested
    round: RoundTerms | None


def _entry(
    each: Sealed, found: Entry | SubmissionError, where: str, results: Path, pins: Pins
) -> _Entry:
    if isinstance(found, SubmissionError):
        raise found
    submission = each.submission()
    if where != f"data/{submission.manifest.slug}":
        raise SubmissionError(f"{where}: expected data/{submission.manifest.slug}")
    if error := found.error:
        raise SubmissionError(f"{where}: {error.code}: {error.message}")
    second, faults = read_attestations(results, submission)
    return _Entry(
        submission=submission,
        folder=where,
        table=found.table,
        partial=next((f.message for f in found.findings if f.code == PARTIAL), None),
        warnings=tuple(f"{f.code}: {f.message}" for f in found.findings),
        attested=attested(submission.manifest, second, faults, pins),
        round=_round(submission, results),
    )


def _round(submission: Submission, results: Path) -> RoundTerms | None:
    """The private round that a checked submission is a run of."""
    folder = stored_folder(results / ROUNDS, submission.manifest.data.benchmark)
    if folder is None:
        return None
    about, reveal = read_announced(folder)
    return round_terms(about, reveal.revealed)


def _shown(folder: Path, results: Path) -> str:
    """A folder's path in the results; names that are not valid text are escaped."""
    return folder.relative_to(results).as_posix().encode("utf-8", "backslashreplace").decode()


def _distinct(entries: Sequence[_Entry], broken: list[Broken]) -> list[_Entry]:
    """The entries with a unique id.

    Nothing in the folder proves which of several is the copy, so all of them are left out: a link to a
    row must never lead to another one.
    """
    by_id: dict[str, list[_Entry]] = defaultdict(list)
    for entry in entries:
        by_id[entry.submission.manifest.id].append(entry)
    for group in by_id.values():
        if len(group) > 1:
            places = " and ".join(entry.folder for entry in group[:2])
            broken += [Broken(entry.folder, f"one id for {places}") for entry in group]
    return [group[0] for group in by_id.values() if len(group) == 1]


def _rows(entries: Sequence[_Entry]) -> list[Row]:
    """All rows with revisions, tiers and ranks, ordered by track and score."""
    by_key: dict[str, list[_Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda e: e.submission.manifest.id):
        by_key[entry.submission.manifest.key].append(entry)
    latest = {_newest(group).submission.manifest.id for group in by_key.values()}
    tracks: dict[str, dict[str, pa.Table]] = defaultdict(dict)
    for entry in entries:
        manifest = entry.submission.manifest
        if manifest.id in latest and not is_reference(manifest) and entry.partial is None:
            tracks[manifest.track][manifest.id] = entry.table
    ranks: dict[str, Standing] = {}
    for tables in tracks.values():
        ranks |= standings({row: ranked_samples(table) for row, table in tables.items()})
    rows = [
        _row(entry, number, entry.submission.manifest.id in latest, ranks)
        for group in by_key.values()
        for number, entry in enumerate(group, start=1)
    ]
    return sorted(rows, key=_order)


def _newest(revisions: Sequence[_Entry]) -> _Entry:
    """The revision that stands for the row: the newest that is not partial, if there is one."""
    return next((entry for entry in reversed(revisions) if entry.partial is None), revisions[-1])


def _order(row: Row) -> tuple[str, str, str, float, str]:
    mean = row.metrics.cosa_score.mean
    return row.benchmark, row.judge_name, row.track, -2.0 if mean is None else -mean, row.id


def _metrics(entry: _Entry) -> Metrics:
    """A row's figures; those of an earlier task version are worked out again as they are defined now."""
    manifest = entry.submission.manifest
    if not is_older(manifest.data.task, manifest.data.task_version):
        return manifest.metrics
    samples = scored_samples(entry.table)
    return Metrics.from_summary(summarize(samples), scores_by("group", samples))


def _row(entry: _Entry, revision: int, latest: bool, ranks: dict[str, Standing]) -> Row:
    manifest = entry.submission.manifest
    return Row(
        id=manifest.id,
        folder=entry.folder,
        key=manifest.key,
        revision=revision,
        latest=latest,
        track=manifest.track,
        kind="reference" if is_reference(manifest) else "model",
        partial=entry.partial,
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
        metrics=_metrics(entry),
        declared=manifest.declared,
        warnings=[*entry.warnings, *entry.attested.warnings],
        round=entry.round,
    )
