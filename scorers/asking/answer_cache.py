"""Answers kept on disk, by what was asked: a second run pays only for what is new."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from inspect_ai.model import ModelOutput


class AnswerCache:
    """One SQLite file of answers; several processes may use it at a time.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from inspect_ai.model import ModelOutput
        >>> from scorers.asking.answer_cache import AnswerCache
        >>> with TemporaryDirectory() as folder:
        ...     cache = AnswerCache(Path(folder) / "answers.sqlite")
        ...     cache.put("a request", ModelOutput.from_content("a model", "an answer"))
        ...     cache.get("a request").completion
        'an answer'
    """

    def __init__(self, file: Path) -> None:
        """Opens or makes a cache.

        Args:
            file: Where it lies.

        Raises:
            OSError: Its folder cannot be made.
            sqlite3.DatabaseError: The file is no cache.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file, isolation_level=None, timeout=30)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")  # a lost answer is asked again
        self._db.execute("CREATE TABLE IF NOT EXISTS outputs (key TEXT PRIMARY KEY, output TEXT)")

    def get(self, key: str) -> ModelOutput | None:
        """The answer kept under a key, or None.

        Args:
            key: Of everything the answer depends on.
        """
        row = self._db.execute("SELECT output FROM outputs WHERE key = ?", (key,)).fetchone()
        return None if row is None else ModelOutput.model_validate_json(row[0])

    def put(self, key: str, output: ModelOutput) -> None:
        """Keep an answer, unless a provider's filter stopped it: the next try may pass.

        Args:
            key: Of everything the answer depends on.
            output: The answer.
        """
        if any(choice.stop_reason == "content_filter" for choice in output.choices):
            return
        row = (key, output.model_dump_json(exclude_none=True))
        self._db.execute("INSERT OR REPLACE INTO outputs VALUES (?, ?)", row)

    def close(self) -> None:
        """Closes the file."""
        self._db.close()
