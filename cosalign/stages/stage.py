"""Cached, resumable stages: each writes one folder atomically, and only when something changed.

A finished stage is a folder with its files (usually `data.parquet`) and `manifest.json`, which
records its inputs (hashes), how it was made (parameters, versions) and the result (counts, hash).

While a stage runs, its files are in a temporary working folder: a hidden folder beside the finished
one, named by a hash of inputs and parameters. An interrupted stage therefore continues where it
stopped, and never with files of another recipe. Files that are needed only during the run have
hidden names there and are removed at the end. One rename puts the folder in place.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from cosalign.stages.digests import MANIFEST, StageError, digest
from cosapien.whole import replaced_file

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "data.parquet"
PACKAGES = ("cosa-eval", "inspect-ai", "numpy", "pyarrow", "torch", "transformers", "trl", "peft")

Counts = Mapping[str, int | float]
"""Counts of a stage, by name (`rows`, `dropped as too long`, `judge calls`, ...)."""


class Parameters(BaseModel):
    """Base class of all stages' parameters: immutable; unknown names and NaN are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class StageManifest(Parameters):
    """The record of a finished stage: its inputs, its parameters and its result.

    Attributes:
        format: Name and version of this file format.
        stage: Name of the stage.
        version: Version of the stage's code; a different version forces a rebuild.
        inputs: SHA-256 of every input, by name.
        parameters: Parameters from the recipe, with the seed and other values that force a rebuild.
        packages: Versions of the packages in use.
        counts: Counts of the result.
        output: SHA-256 over the names and contents of the stage's files.
        created: When the stage was finished (UTC).
        seconds: Duration in seconds; after an interruption, of the last run only.
    """

    format: Literal["cosalign-stage/1"] = "cosalign-stage/1"
    stage: str
    version: int
    inputs: dict[str, str]
    parameters: dict[str, JsonValue]
    packages: dict[str, str]
    counts: dict[str, int | float]
    output: str
    created: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Stage:
    """A finished stage.

    Attributes:
        folder: Output folder of the stage.
        manifest: The record of its inputs, parameters and result.
        remade: Whether this run made it; False if nothing had changed.

    Example:
        >>> stage = read_stage(Path("runs/llama31-8b/pairs"))  # doctest: +SKIP
        >>> stage.manifest.counts["rows"]  # doctest: +SKIP
        >>> stage.table(["prompt", "chosen", "rejected"])  # doctest: +SKIP
    """

    folder: Path
    manifest: StageManifest
    remade: bool = False

    @property
    def path(self) -> Path:
        """File of the stage's table."""
        return self.folder / TABLE

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read the stage's table.

        Args:
            columns: Columns to read; None for all.

        Raises:
            StageError: The file is missing or damaged.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.read_table(self.path, columns=None if columns is None else list(columns))
        except (OSError, pa.ArrowException) as error:
            raise StageError(f"{self.path}: not a readable table ({error})") from error


def run_stage(
    name: str,
    folder: Path,
    *,
    version: int,
    parameters: Parameters,
    inputs: Mapping[str, Path],
    make: Callable[[Path], Counts],
    seed: int | None = None,
    pins: Mapping[str, JsonValue] | None = None,
    keep_earlier: Callable[[Stage], bool] | None = None,
) -> Stage:
    """Run a stage, unless a finished one with the same inputs, parameters and version exists.

    Args:
        name: Name of the stage.
        folder: Output folder of the stage. An earlier stage there is replaced when the new one is
            complete.
        version: Version of the stage's code; a different version forces a rebuild.
        parameters: Parameters of the stage.
        inputs: Files or folders the stage reads, by name.
        make: Writes the stage's files to the folder it is given, and returns the counts. After an
            interruption with the same inputs and parameters, the folder still holds what was
            written before.
        seed: Seed of the stage, if it has one; recorded with the parameters.
        pins: Further values that force a rebuild when they change; recorded with the parameters.
        keep_earlier: Whether a finished stage that an earlier version made of the same inputs and
            parameters is still right, and is kept; None: never.

    Raises:
        StageError: An input cannot be read, another process is making this stage, or the disk is
            full. Partial results are kept, and so is the stage that was there before.

    Example:
        >>> def make(work: Path) -> Counts:
        ...     return {"bytes": (work / "hello.txt").write_text("hello")}
        >>> run_stage(
        ...     "hello", Path("run/hello"), version=1, parameters=Parameters(), inputs={}, make=make
        ... )  # doctest: +SKIP
    """
    recorded = parameters.model_dump(mode="json") | ({} if seed is None else {"seed": seed})
    hashes = {key: digest(path) for key, path in sorted(inputs.items())}
    recorded |= pins or {}
    wanted = {"stage": name, "version": version, "inputs": hashes, "parameters": recorded}
    key = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:16]
    work = folder.parent / f".{folder.name}-{key}"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            if manifest := _unchanged(folder, wanted):
                return Stage(folder, manifest)
            versions = range(version - 1, 0, -1) if keep_earlier else ()
            tried = (_unchanged(folder, wanted | {"version": before}) for before in versions)
            earlier = next((found for found in tried if found), None)
            if earlier and keep_earlier and keep_earlier(Stage(folder, earlier)):
                return Stage(folder, earlier)
            if manifest := _unchanged(work, wanted):  # complete, but interrupted before the rename
                _put_in_place(work, folder)
                return Stage(folder, manifest)
            manifest = _finish(work, wanted, make)
            _put_in_place(work, folder)
    except OSError as error:
        raise StageError(
            f"{error.filename or folder}: {error.strerror or error}; partial results of {name} are "
            "kept: run it again"
        ) from error
    return Stage(folder, manifest, remade=True)


def read_stage(folder: Path) -> Stage:
    """Read a finished stage.

    Args:
        folder: Output folder of the stage.

    Raises:
        StageError: The folder has no finished stage, or its files were changed or removed since.

    Example:
        >>> read_stage(Path("runs/llama31-8b/pairs")).manifest.counts  # doctest: +SKIP
    """
    if (manifest := _finished(folder)) is None:
        raise StageError(
            f"{folder}: no finished stage here; expected {MANIFEST} and unchanged files beside it. "
            "Run the stage again"
        )
    return Stage(folder, manifest)


def _finish(work: Path, wanted: Mapping[str, Any], make: Callable[[Path], Counts]) -> StageManifest:
    """Make a stage in its temporary working folder; the manifest is written last."""
    work.mkdir(exist_ok=True)
    began = time.monotonic()
    counts = dict(make(work))
    for scratch in work.glob(".*"):
        shutil.rmtree(scratch) if scratch.is_dir() else scratch.unlink()
    manifest = StageManifest(
        **wanted,
        packages=_packages(),
        counts=counts,
        output=digest(work),
        created=datetime.now(UTC).replace(microsecond=0),
        seconds=round(time.monotonic() - began, 3),
    )
    with replaced_file(work / MANIFEST) as part:
        part.write_text(manifest.model_dump_json(indent=2) + "\n")
    return manifest


def _finished(folder: Path) -> StageManifest | None:
    try:
        manifest = StageManifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        return None
    return manifest if digest(folder) == manifest.output else None


def _unchanged(folder: Path, wanted: Mapping[str, object]) -> StageManifest | None:
    """The manifest of a finished stage in a folder, if it was made from what is wanted."""
    manifest = _finished(folder)
    if manifest and all(getattr(manifest, name) == value for name, value in wanted.items()):
        return manifest
    return None


def _put_in_place(work: Path, folder: Path) -> None:
    old = folder.parent / f".{folder.name}.old"
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    work.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the stage's lock; the operating system frees it when the process ends."""
    lock = FileLock(folder.parent / f".{folder.name}.lock", blocking=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise StageError(
            f"{folder}: another process is making this stage; wait for it, or stop it"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _packages() -> dict[str, str]:
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions
