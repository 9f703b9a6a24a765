"""What is finished, in a work folder: lines of JSON in files that are written whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from cosapien.whole import replaced_file


class Shards:
    """A growing list of lines on disk; after a kill all but the last seconds are still there.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from scorers.asking import Shards
        >>> with TemporaryDirectory() as folder:
        ...     with Shards(Path(folder)) as shards:
        ...         shards.add('{"id": 1}')
        ...     list(Shards(Path(folder)).lines())
        ['{"id": 1}']
    """

    def __init__(self, folder: Path, size: int = 256, seconds: float = 2.0) -> None:
        """Opens a work folder; nothing is read yet.

        Args:
            folder: Made if it is missing.
            size: Most lines of a file.
            seconds: Longest time that a line waits for its file.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._size = size
        self._seconds = seconds
        self._lines: list[str] = []
        self._first = 0.0
        self._number = 1 + max(
            (int(file.stem) for file in folder.glob("*.jsonl") if file.stem.isdigit()), default=-1
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.write()

    def lines(self) -> Iterator[str]:
        """What is finished, in the order in which it was added, a file at a time."""
        for file in sorted(self._folder.glob("*.jsonl")):
            yield from file.read_text(encoding="utf-8").split("\n")[:-1]

    def add(self, line: str) -> None:
        """Add a line; it is on disk after some seconds, or when the block ends.

        Args:
            line: JSON without a line break.
        """
        now = time.monotonic()
        self._first = self._first if self._lines else now
        self._lines.append(line)
        if len(self._lines) >= self._size or now - self._first >= self._seconds:
            self.write()

    def write(self) -> None:
        """Write what waits."""
        if not self._lines:
            return
        with replaced_file(self._folder / f"{self._number:08d}.jsonl") as part:
            part.write_text("".join(f"{line}\n" for line in self._lines), encoding="utf-8")
        self._number += 1
        self._lines = []
