"""Hashes of files and folders, by which stages know whether something changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cosapien import UserError

MANIFEST = "manifest.json"


class StageError(UserError):
    """A stage cannot be made or read. The message names the file and what is expected."""


def digest(path: Path) -> str:
    """SHA-256 (64 hex digits) of a file, or over the names and contents of a folder's files.

    A folder's own manifest and hidden files are ignored.

    Args:
        path: A file or folder.

    Raises:
        StageError: A file cannot be read.
    """
    try:
        if path.is_dir():
            total = hashlib.sha256()
            for file in sorted(p for p in path.rglob("*") if p.is_file()):
                name = file.relative_to(path)
                hidden = any(part.startswith(".") for part in name.parts)
                if not hidden and not name.as_posix().startswith(MANIFEST):
                    total.update(f"{name.as_posix()}\0{digest(file)}\n".encode())
            return total.hexdigest()
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise StageError(f"{path}: {error.strerror or error}") from error
