"""The state that all pages share: index, results folder, database."""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb
import streamlit as st

from leaderboard.app.environment import INDEX, RESULTS
from leaderboard.board.index_file import Index, open_index
from leaderboard.board.rows import Row
from leaderboard.reading.database import connect


@dataclass(frozen=True)
class Board:
    """An open index.

    Attributes:
        index: The index.
        results: The results folder, which has the texts.
        db: Database over the index; use one cursor per query.
        rows: Rows by id.
    """

    index: Index
    results: Path
    db: duckdb.DuckDBPyConnection
    rows: dict[str, Row]


def open_board() -> Board:
    """The board that the server was started for (see `leaderboard.app.environment`)."""
    path = Path(os.environ[INDEX])
    return _open(str(path), os.environ[RESULTS], path.stat().st_mtime_ns)


@st.cache_resource(max_entries=2, show_spinner=False)
def _open(path: str, results: str, changed: int) -> Board:
    index = open_index(Path(path))
    return Board(index, Path(results), connect(Path(path)), {row.id: row for row in index.rows})
