"""A submission on disk: a folder with `submission.json` and `samples.parquet`."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cosapien.whole import new_file, new_folder
from leaderboard.errors import SubmissionError
from leaderboard.results.layout import MANIFEST, SAMPLES
from leaderboard.results.manifest import Manifest
from leaderboard.results.manifest_json import MAX_MANIFEST_BYTES, parse_manifest
from leaderboard.results.samples import read_samples
from leaderboard.untrusted.json import read_bounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission whose manifest was read.

    Attributes:
        folder: Its folder.
        manifest: What `submission.json` says.
    """

    folder: Path
    manifest: Manifest

    def samples(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Its samples (`leaderboard.results.samples.SCHEMA`), or some columns of them.

        Raises:
            SubmissionError: The file is missing, damaged, too large or has another form.
        """
        return read_samples(self.folder / SAMPLES, columns)


def read_submission(folder: Path) -> Submission:
    """A submission's manifest, strictly validated; the samples are read later.

    Raises:
        SubmissionError: The manifest is missing, unreadable or breaks the schema.
    """
    path = folder / MANIFEST
    try:
        text = read_bounded(path, MAX_MANIFEST_BYTES)
    except SubmissionError as error:
        raise SubmissionError(f"{path}: {error}") from error
    return Submission(folder, parse_manifest(text, str(path)))


def add_submission(made: Submission, results: Path) -> Path:
    """Add a submission to a results folder, whole or not at all.

    Args:
        made: A submission in its own folder.
        results: The results folder; `data/<benchmark>/<model>/<id>/` is made in it.

    Returns:
        The submission's folder there.

    Raises:
        SubmissionError: It exists already (the folder is append-only), or cannot be written.
    """
    target = results / "data" / made.manifest.slug
    with _adding(target, "submissions"), new_folder(target) as whole:
        for name in (MANIFEST, SAMPLES):
            shutil.copyfile(made.folder / name, whole / name)
    return target


def add_file(target: Path, content: bytes, kind: str) -> Path:
    """Add a file beside the submissions, whole or not at all.

    Args:
        target: The new file.
        content: Its content.
        kind: The plural name of such files, for messages.

    Returns:
        The new file.

    Raises:
        SubmissionError: It exists already (nothing is ever overwritten), or cannot be written.
    """
    with _adding(target, kind), new_file(target) as whole:
        whole.write_bytes(content)
    return target


@contextmanager
def _adding(target: Path, kind: str) -> Iterator[None]:
    """Turn the errors of writing something new into a SubmissionError."""
    try:
        if target.exists():
            raise FileExistsError
        yield
    except FileExistsError as error:
        raise SubmissionError(f"{target}: already exists; {kind} are never overwritten") from error
    except OSError as error:
        raise SubmissionError(f"{target}: {error.strerror or error}") from error


def submission_folders(results: Path) -> Iterator[Path]:
    """The folders of all submissions in a results folder, readable or not, in a fixed order."""
    for path in sorted(results.glob(f"data/*/*/*/{MANIFEST}")):
        if not any(part.startswith(".") for part in path.relative_to(results).parts):
            yield path.parent


def find_submission(results: Path, ident: str) -> Submission:
    """The submission of a row.

    Args:
        results: A results folder.
        ident: Row id: the name of the submission's folder.

    Raises:
        SubmissionError: There is no submission with this id, or its manifest cannot be read.
    """
    for folder in submission_folders(results):
        if folder.name == ident:
            return read_submission(folder)
    raise SubmissionError(f"{results}: no row {ident[:100]!r}; `leaderboard serve` shows the ids")


def sha256(path: Path) -> str:
    """SHA-256 of a file (64 hex digits)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
