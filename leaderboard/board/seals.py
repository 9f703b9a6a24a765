"""Cached checks of submissions: each is checked once, and again only after a change.

A submission's findings depend on the bytes of its two files, the names and links beside them, the
data at the pinned revision (of a private round: the files of rounds), and this project's code. A seal
is a hash over all of these except public data; findings and numbers are cached under it. Every build
hashes every file again, so a changed file has a new seal and is checked.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cosapien.whole import replaced_file
from leaderboard.board.index_file import COLUMNS
from leaderboard.errors import SubmissionError
from leaderboard.intake.against_benchmark import AWAITED
from leaderboard.intake.findings import Finding
from leaderboard.intake.validate import Load, check
from leaderboard.results.layout import MANIFEST, ROUND_PATTERNS, SAMPLES
from leaderboard.results.manifest_json import MAX_MANIFEST_BYTES, parse_manifest
from leaderboard.results.samples import MAX_FILE_BYTES, SCHEMA
from leaderboard.results.submission import Submission, read_submission, sha256
from leaderboard.rounds.stored import MAX_ROUND_BYTES
from leaderboard.untrusted.json import read_bounded

_REPO = Path(__file__).parents[2]
_CODE = (
    "cosapien",
    "scorers",
    "leaderboard/errors.py",
    "leaderboard/untrusted",
    "leaderboard/results",
    "leaderboard/rounds",
    "leaderboard/intake",
)
_SUFFIXES = (".py", ".json", ".jsonl", ".toml", ".txt")
_ROUND = "round-"
"""How the folder of every round's submissions begins (`safe_name` of `round NAME`)."""
_FINDINGS = b"cosa.findings"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A submission's folder with the hash of its contents.

    Attributes:
        folder: The folder.
        manifest: Bytes of `submission.json`; empty if it cannot be read.
        samples_sha256: SHA-256 of the samples file; "" if it is missing or too large.
        seal: Hash (64 hex digits) over all that the findings depend on, except the data.
    """

    folder: Path
    manifest: bytes
    samples_sha256: str
    seal: str

    def submission(self) -> Submission:
        """The submission, its manifest strictly validated.

        Raises:
            SubmissionError: The manifest is unreadable or breaks the schema.
        """
        if not self.manifest:
            return read_submission(self.folder)  # raises, and says why it cannot be read
        return Submission(self.folder, parse_manifest(self.manifest, str(self.folder / MANIFEST)))


@dataclass(frozen=True, slots=True)
class Entry:
    """A checked submission.

    Attributes:
        findings: The validator's findings; paths are relative to the results folder.
        table: Its samples with the columns `COLUMNS`; empty if there is an error.
    """

    findings: tuple[Finding, ...]
    table: pa.Table

    @property
    def error(self) -> Finding | None:
        """The first error, if there is one."""
        return next((f for f in self.findings if f.level == "error"), None)


def sealed(folders: Sequence[Path], results: Path) -> list[Sealed]:
    """Read and hash the files of some submissions.

    Args:
        folders: Their folders.
        results: The results folder they are in.
    """
    rounds = _rounds(results)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # hashing and reading need no interpreter
        return list(pool.map(partial(_sealed, results=results, rounds=rounds), folders))


def checked(each: Sealed, results: Path, cache: Path, load: Load) -> Entry:
    """A submission's findings and numbers, from the cache folder if possible.

    Args:
        each: The submission.
        results: The results folder it is in.
        cache: Folder of earlier results.
        load: Loads the data it is compared with.

    Raises:
        SubmissionError: The manifest is unreadable or breaks the schema.
        OSError: The cache folder cannot be written to.
    """
    if (known := kept(each, cache)) is not None:
        return known
    submission = each.submission()
    found = check(submission, load)
    findings = tuple(_relative(finding, results) for finding in found.findings)
    wrong = any(finding.level == "error" for finding in findings)
    table = _EMPTY if wrong or found.table is None else found.table.select(COLUMNS)
    entry = Entry(findings, table)
    # cache only what was sealed and would be found again
    pinned = submission.manifest.samples.sha256 == each.samples_sha256
    codes = {finding.code for finding in findings}
    awaited = "data" in codes and submission.manifest.data.benchmark in AWAITED
    if pinned and not awaited and codes.isdisjoint({"files", "hash"}):
        _keep(entry, _place(each, cache))
    return entry


def kept(each: Sealed, cache: Path) -> Entry | None:
    """The cached result for exactly this submission, or None.

    Args:
        each: The submission.
        cache: Folder of earlier results.
    """
    try:
        table = pq.read_table(_place(each, cache), partitioning=None)
        findings = json.loads((table.schema.metadata or {})[_FINDINGS])
        entry = Entry(tuple(Finding(**finding) for finding in findings), table.cast(_EMPTY.schema))
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
        return None  # missing or damaged: check again
    return entry


_EMPTY = pa.schema([SCHEMA.field(name) for name in COLUMNS]).empty_table()


def _place(each: Sealed, cache: Path) -> Path:
    return cache / "checked" / f"{each.seal}.parquet"


def _keep(entry: Entry, path: Path) -> None:
    found = json.dumps([asdict(finding) for finding in entry.findings]).encode()
    table = entry.table.replace_schema_metadata({_FINDINGS: found})
    with replaced_file(path) as part:
        pq.write_table(table, part, compression="zstd")


def _relative(finding: Finding, results: Path) -> Finding:
    message = finding.message.replace(f"{results}/", "")
    return Finding(finding.level, finding.code, message, finding.sample)


def _sealed(folder: Path, results: Path, rounds: str) -> Sealed:
    digest = hashlib.sha256(_code().encode())
    place = folder.relative_to(results)
    digest.update(ascii(place.as_posix()).encode())
    if len(place.parts) > 1 and place.parts[1].startswith(_ROUND):  # a board refuses it elsewhere
        digest.update(rounds.encode())
    manifest, samples = b"", ""
    try:
        for path in sorted(folder.iterdir()):
            # not Path.resolve: it fails on circular symlinks
            digest.update(ascii((path.name, path.is_symlink() and os.path.realpath(path))).encode())
        manifest = read_bounded(folder / MANIFEST, MAX_MANIFEST_BYTES)
        path = folder / SAMPLES
        if path.is_file() and path.stat().st_size <= MAX_FILE_BYTES:  # otherwise refused unread
            samples = sha256(path)
    except (OSError, SubmissionError) as error:
        digest.update(ascii(str(error)).encode())
    digest.update(hashlib.sha256(manifest).digest() + samples.encode())
    return Sealed(folder, manifest, samples, digest.hexdigest())


def _rounds(results: Path) -> str:
    """A hash over the files of all private rounds."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in ROUND_PATTERNS for path in results.glob(pattern)):
        try:
            content = read_bounded(path, MAX_ROUND_BYTES)
        except SubmissionError as error:
            content = ascii(error).encode()
        digest.update(ascii(path.relative_to(results).as_posix()).encode() + b"\0")
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


@cache
def _code() -> str:
    """A hash over the code and bundled data that findings depend on."""
    digest = hashlib.sha256(pa.__version__.encode())
    for place in _CODE:
        for path in sorted([_REPO / place, *(_REPO / place).rglob("*")]):
            if path.suffix in _SUFFIXES and path.is_file():
                digest.update(path.relative_to(_REPO).as_posix().encode() + b"\0")
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
