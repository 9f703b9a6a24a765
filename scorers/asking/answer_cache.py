"""Answers kept on disk, by what was asked: a second run pays only for what is new."""

from __future__ import annotations

import sqlite3
from contextvars import ContextVar
from hashlib import sha256
from pathlib import Path

_wanted: ContextVar[bool] = ContextVar("cache_wanted", default=False)


def want_cache(wanted: bool) -> None:
    """Say whether the requests of the current task may be answered from a cache.

    Args:
        wanted: As `GenerateConfig.cache` says.
    """
    _wanted.set(wanted)


class AnswerCache:
    """One SQLite file of raw answers; several processes may use it at a time.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from scorers.asking.answer_cache import AnswerCache
        >>> with TemporaryDirectory() as folder:
        ...     cache = AnswerCache(Path(folder) / "answers.sqlite")
        ...     key = cache.key("http://localhost/v1", b"{}")
        ...     cache.put(key, b"answer")
        ...     cache.get(key)
        b'answer'
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
        self._db.execute("CREATE TABLE IF NOT EXISTS answers (key BLOB PRIMARY KEY, raw BLOB)")

    def wanted(self) -> bool:
        """Whether the request in hand may be answered from here."""
        return _wanted.get()

    def key(self, url: str, body: bytes) -> bytes:
        """What an answer is kept under: the address and the whole body, model and settings included.

        Args:
            url: The endpoint.
            body: The request as it is sent.
        """
        return sha256(url.encode() + b"\n" + body).digest()

    def get(self, key: bytes) -> bytes | None:
        """The answer kept under a key, or None.

        Args:
            key: Of `key`.
        """
        row = self._db.execute("SELECT raw FROM answers WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, key: bytes, raw: bytes) -> None:
        """Keep an answer.

        Args:
            key: Of `key`.
            raw: The answer as it came.
        """
        self._db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, raw))

    def close(self) -> None:
        """Closes the file."""
        self._db.close()
