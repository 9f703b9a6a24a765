"""Files and folders that are written whole or not at all.

Each is written beside its place, under a hidden name, and put in place by one step when the block
ends without an error. If the block fails, or the process is killed, the old content remains.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def new_file(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Write a file that does not exist yet.

    Args:
        path: The file; its folder is made if it is missing.
        durable: Whether to wait until the content is on the disk.

    Yields:
        The path to write to.

    Raises:
        FileExistsError: The file exists. Of several writers at once, one succeeds.
        OSError: It cannot be written.

    Example:
        >>> with new_file(Path("labels.jsonl")) as part:  # doctest: +SKIP
        ...     part.write_text("...")
    """
    with _beside(path) as part:
        yield part
        _sync(part, durable)
        try:
            os.link(part, path)
        except FileExistsError:
            raise _exists(path) from None
        except OSError:  # a file system without hard links
            if path.exists():
                raise _exists(path) from None
            part.rename(path)


@contextmanager
def replaced_file(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Write a file that may exist; readers see the old content or the new, never a part.

    Args:
        path: The file; its folder is made if it is missing.
        durable: Whether to wait until the content is on the disk.

    Yields:
        The path to write to.

    Raises:
        OSError: It cannot be written.
    """
    with _beside(path) as part:
        yield part
        _sync(part, durable)
        part.replace(path)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Write a folder that does not exist yet.

    Args:
        path: The folder; the folder above it is made if it is missing.

    Yields:
        An empty folder to write into.

    Raises:
        FileExistsError: The folder exists. Of several writers at once, one succeeds.
        OSError: It cannot be written.
    """
    with _beside(path) as part:
        part.mkdir()
        yield part
        if path.exists():
            raise _exists(path)
        try:
            part.rename(path)
        except OSError as error:
            if path.exists():  # another writer was faster
                raise _exists(path) from error
            raise


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A place on the same file system, removed at the end with all that is still in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
        yield Path(folder) / path.name


def _sync(part: Path, durable: bool) -> None:
    if durable:
        with part.open("rb+") as file:
            os.fsync(file.fileno())


def _exists(path: Path) -> FileExistsError:
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
