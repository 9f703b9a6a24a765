"""A sample's position in a filtered list, and its neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from leaderboard.reading.database import Filter, Found, condition
from leaderboard.reading.texts import Key


@dataclass(frozen=True, slots=True)
class Place:
    """A sample's position in a filtered list.

    Attributes:
        number: Its number, from 1.
        previous: The sample before it; None for the first.
        next: The sample after it; None for the last.
    """

    number: int
    previous: Key | None
    next: Key | None


def place(db: duckdb.DuckDBPyConnection, wanted: Filter, scores: Found) -> Place | None:
    """A sample's position in the order of `database.page`.

    Args:
        db: The database.
        wanted: The filter.
        scores: The sample, as returned by `database.sample`.

    Returns:
        None if the list does not contain it.
    """
    where, values = condition(wanted)
    here = scores["position"]
    query = f"""select count(*) filter (where position = ?), count(*) filter (where position < ?),
        max(position) filter (where position < ?), min(position) filter (where position > ?)
        from samples where {where}"""
    found = db.cursor().execute(query, [here] * 4 + values).fetchone()
    holds, before, previous, following = found or (0, 0, None, None)
    if not holds:
        return None
    return Place(before + 1, _key_at(db, previous), _key_at(db, following))


def _key_at(db: duckdb.DuckDBPyConnection, position: int | None) -> Key | None:
    if position is None:
        return None
    query = "select row_id, sample_id, epoch from samples where position = ?"
    row, ident, epoch = db.cursor().execute(query, [position]).fetchone() or ("", "", 0)
    return row, ident, epoch


def key_of(line: Found) -> Key:
    """Row id, sample id and epoch of a line of the index."""
    return line["row_id"], line["sample_id"], line["epoch"]
