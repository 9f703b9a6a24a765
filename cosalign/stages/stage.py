"""Stages: each makes one folder, whole or not at all, and only if something it is made from changed.

A finished stage is a folder with its files (most often `data.parquet`) and `manifest.json`, which
names what went in (hashes), how it was made (parameters, versions) and what came out (counts, hash).
While it is made, its files lie in a hidden folder beside it whose name is that of its inputs and
parameters, so that an interrupted stage goes on where it stopped, and never with another recipe's
parts. What it needs only while it is made has a hidden name there and is removed at the end. One
rename puts it in place.
"""

from __future__ import annotations

import fcntl
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
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from cosapien import UserError

if TYPE_CHECKING:
    import pyarrow as pa

TABLE, MANIFEST = "data.parquet", "manifest.json"
PACKAGES = ("cosa-eval", "inspect-ai", "numpy", "pyarrow", "torch", "transformers", "trl", "peft")

Counts = Mapping[str, int | float]
"""What came out of a stage, by name (`rows`, `dropped as too long`, `judge calls`, ...)."""


class StageError(UserError):
    """A stage cannot be made or read. The message names the place and the expected form."""


class Parameters(BaseModel):
    """Base of all stages' parameters: frozen, and strict about names and numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class StageManifest(Parameters):
    """What a stage was made from, and what came out.

    Attributes:
        format: Name and version of this layout.
        stage: Name of the stage.
        version: Of the stage's code: another one is made anew.
        inputs: SHA-256 of every input, by name.
        parameters: As the recipe gave them.
        packages: Versions it was made with.
        counts: What came out.
        output: SHA-256 over names and contents of its files.
        created: When it was finished (UTC).
        seconds: How long its last, uninterrupted part took.
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
        folder: Its folder.
        manifest: What it was made from, and what came out.
        remade: Whether it was made now; False if nothing had changed.
    """

    folder: Path
    manifest: StageManifest
    remade: bool = False

    @property
    def path(self) -> Path:
        """Its table's file."""
        return self.folder / TABLE

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Its table, or some columns of it.

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
) -> Stage:
    """A stage, made only if its inputs, its parameters, its code or its own files have changed.

    Args:
        name: Name of the stage.
        folder: Where it is to stand; an earlier one there is replaced when the new one is whole.
        version: Of the stage's code.
        parameters: How it is made.
        inputs: Files or folders it is made from, by name.
        make: Makes it: writes its files to the folder it is given, which still holds what an
            interrupted try with the same inputs and parameters left there, and returns its counts.

    Raises:
        StageError: An input cannot be read, another process is making this stage, or the disk is
            full. What was made so far is kept, and the stage that stood there before too.
    """
    wanted = {
        "stage": name,
        "version": version,
        "inputs": {key: digest(path) for key, path in sorted(inputs.items())},
        "parameters": parameters.model_dump(mode="json"),
    }
    key = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:16]
    work = folder.parent / f".{folder.name}-{key}"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            for place in (folder, work):  # `work`: whole, but the rename was cut off
                if (found := _finished(place)) and _same(found, wanted):
                    if place == work:
                        _put_in_place(work, folder)
                    return Stage(folder, found)
            work.mkdir(exist_ok=True)
            began = time.monotonic()
            counts = dict(make(work))
            for scratch in work.glob(".*"):
                shutil.rmtree(scratch) if scratch.is_dir() else scratch.unlink()
            manifest = StageManifest(
                **wanted,  # type: ignore[arg-type]
                packages=_packages(),
                counts=counts,
                output=digest(work),
                created=datetime.now(UTC).replace(microsecond=0),
                seconds=round(time.monotonic() - began, 3),
            )
            (work / f"{MANIFEST}.part").write_text(manifest.model_dump_json(indent=2) + "\n")
            (work / f"{MANIFEST}.part").rename(work / MANIFEST)
            _put_in_place(work, folder)
    except OSError as error:
        raise StageError(
            f"{error.filename or folder}: {error.strerror or error}; what {name} has made so far is "
            "kept: run it again"
        ) from error
    return Stage(folder, manifest, remade=True)


def read_stage(folder: Path) -> Stage:
    """A stage that was made before.

    Raises:
        StageError: There is none, it is not whole, or its files are not those it was finished with.
    """
    if (found := _finished(folder)) is None:
        raise StageError(f"{folder}: no finished stage (whole {MANIFEST} with the files it names)")
    return Stage(folder, found)


def digest(path: Path) -> str:
    """SHA-256 (64 hex digits) of a file, or over names and contents of a folder's files.

    A folder's own manifest and hidden files do not count.

    Args:
        path: A file or folder.

    Raises:
        StageError: It cannot be read.
    """
    try:
        if path.is_dir():
            found = hashlib.sha256()
            for file in sorted(p for p in path.rglob("*") if p.is_file()):
                place = file.relative_to(path)
                if place.as_posix().startswith(MANIFEST) or any(
                    part.startswith(".") for part in place.parts
                ):
                    continue
                found.update(f"{place.as_posix()}\0{digest(file)}\n".encode())
            return found.hexdigest()
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise StageError(f"{path}: {error.strerror or error}") from error


def _finished(folder: Path) -> StageManifest | None:
    try:
        manifest = StageManifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        return None
    return manifest if digest(folder) == manifest.output else None


def _same(found: StageManifest, wanted: Mapping[str, object]) -> bool:
    return all(getattr(found, name) == value for name, value in wanted.items())


def _put_in_place(work: Path, folder: Path) -> None:
    old = folder.parent / f".{folder.name}.old"
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    work.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder.parent / f".{folder.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StageError(f"{folder}: another process is making this stage") from error
        yield


def _packages() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
