"""A folder that is written whole or not at all, and replaces only an earlier export."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leaderboard.errors import SubmissionError

MARKER = ".cosa-site"
CONTENTS = frozenset(
    {
        *(MARKER, "README.md", "board.csv", "board.json", "compare", "index.html", "judges.html"),
        *("rows", "static"),
    }
)
"""Names at the top of an export."""


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """An empty folder to write an export into; it becomes `out` when the block ends without error.

    Args:
        out: Where the export goes: new, empty, or an earlier export.

    Raises:
        SubmissionError: Something else is there, or it cannot be written.
    """
    out = out.resolve()
    try:
        _check(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as staging:
            made = Path(staging) / "new"
            made.mkdir()
            yield made
            (made / MARKER).write_text("leaderboard site\n", encoding="utf-8")
            _check(out)  # again, since writing took a while
            if out.exists():
                earlier = Path(staging) / "earlier"
                out.rename(earlier)
                try:
                    made.rename(out)
                except OSError:
                    earlier.rename(out)
                    raise
            else:
                made.rename(out)
    except OSError as error:
        raise SubmissionError(f"{error.filename or out}: {error.strerror or error}") from error


def _check(out: Path) -> None:
    """Refuse to replace anything that is not an export."""
    if not out.exists():
        return
    if not out.is_dir():
        raise SubmissionError(f"{out}: not a folder; name a new folder or an earlier export")
    names = {path.name for path in out.iterdir()}
    if names and MARKER not in names:
        raise SubmissionError(
            f"{out}: not empty, and not an earlier export (no {MARKER} in it); name another folder"
        )
    if foreign := sorted(names - CONTENTS):
        raise SubmissionError(
            f"{out}: would be replaced, but {foreign[0]!r} in it is not part of an export; move it away"
        )
