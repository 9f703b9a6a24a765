"""Going through a list: a sample's number and neighbours are those of the list itself."""

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.reading.database import Filter, connect, page, sample
from leaderboard.reading.steps import Place, key_of, place

NAMES = ("row_id", "sample_id", "epoch", "config", "type", "cosa_score", "helpfulness", "compliant")
LINES = [
    ("b", "s1", 1, "x", "allowed", -1.0, 1.0, False),
    ("a", "s2", 2, "x", "allowed", -0.5, 0.5, False),
    ("a", "s2", 1, "x", "allowed", -0.5, 0.5, False),
    ("a", "s1", 1, "y", "allowed", None, None, None),
    ("a", "s3", 1, "x", "allowed", 1.0, 1.0, True),
]
"""Worst first: unscored, then by score, then by id and epoch. The last one is no failure."""
ORDER = [("a", "s1", 1), ("b", "s1", 1), ("a", "s2", 1), ("a", "s2", 2)]


def database(lines: list[tuple[object, ...]]) -> duckdb.DuckDBPyConnection:
    types = [pa.string(), pa.string(), pa.int32(), pa.string(), pa.string(), pa.float64()]
    schema = pa.schema(zip(NAMES, [*types, pa.float64(), pa.bool_()], strict=True))
    rows = [dict(zip(NAMES, line, strict=True)) for line in lines]
    with TemporaryDirectory() as folder:
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), Path(folder) / "index.parquet")
        return connect(Path(folder) / "index.parquet")


def where(db: duckdb.DuckDBPyConnection, key: tuple[str, str, int], wanted: Filter) -> Place | None:
    found = sample(db, *key)
    assert found is not None
    return place(db, wanted, found)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_sample_has_its_number_and_its_neighbours(number: int) -> None:
    before = ORDER[number - 2] if number > 1 else None
    after = ORDER[number] if number < len(ORDER) else None
    found = where(database(LINES), ORDER[number - 1], Filter())
    assert found == Place(number, before, after)


def test_a_sample_that_the_filters_leave_out_has_no_place() -> None:
    db = database(LINES)
    assert where(db, ("a", "s3", 1), Filter()) is None
    assert where(db, ("b", "s1", 1), Filter(rows=("a",))) is None
    assert where(db, ("a", "s3", 1), Filter("everything")) == Place(5, ("a", "s2", 2), None)


def test_filters_change_the_numbers() -> None:
    db = database(LINES)
    assert where(db, ("a", "s2", 1), Filter(config="x")) == Place(2, ("b", "s1", 1), ORDER[3])
    samples = (("a", "s2", 2), ("b", "s1", 1))
    assert where(db, ("a", "s2", 2), Filter(samples=samples)) == Place(2, ("b", "s1", 1), None)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.sampled_from(["s1", "s2", "s10"]),
            st.integers(1, 3),
            st.sampled_from([None, -1.0, -0.2, 0.0, 1.0]),
        ),
        min_size=1,
        unique_by=lambda line: line[:3],
    )
)
def test_numbers_are_those_of_the_pages(
    lines: list[tuple[str, str, int, float | None]],
) -> None:
    db = database([(*line[:3], "x", "allowed", line[3], None, None) for line in lines])
    wanted = Filter("everything")
    listed = page(db, wanted, 0, 100)
    # worst first, those without a score before all others; then by id
    assert [key_of(line) for line in listed] == [
        line[:3] for line in sorted(lines, key=lambda x: (-2 if x[3] is None else x[3], *x[:3]))
    ]
    for number, line in enumerate(listed, start=1):
        found = place(db, wanted, line)
        assert found is not None
        assert found.number == number
        if found.next is not None:
            assert found.next == key_of(page(db, wanted, number, 1)[0])
