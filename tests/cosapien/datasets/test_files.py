"""Benchmark files: JSON Lines and parquet, intact and broken."""

import hashlib
import io
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosapien.datasets.files import load_bytes, load_file
from cosapien.errors import DataError

ROW = {"id": "a", "config": "tea", "scenario": "Only tea.", "prompt": "Tea?", "type": "allowed"}
CHECKS = {"required": [["leaf"]], "forbidden": []}
LINE = json.dumps(ROW).encode()


def parquet(rows):
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


@pytest.fixture
def write(tmp_path):
    def _write(name, data):
        path = tmp_path / name
        path.write_bytes(data)
        return str(path)

    return _write


def error_of(path):
    with pytest.raises(DataError) as caught:
        load_file(str(path))
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert message.startswith(str(path).splitlines()[0])
    return message


def test_jsonl_name_and_revision(write):
    path = write("tea.jsonl", LINE + b"\n")
    benchmark = load_file(path)
    assert benchmark.name == path
    assert benchmark.revision == hashlib.sha256(LINE + b"\n").hexdigest()[:12]
    assert benchmark.records[0].prompt == "Tea?"


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + LINE,
        b"\n  \n" + LINE + b"\r\n\r\n",
        json.dumps({**ROW, "note": "line\u2028separator"}, ensure_ascii=False).encode(),
    ],
)
def test_jsonl_tolerates(write, data):
    assert len(load_file(write("tea.jsonl", data)).records) == 1


def test_extension_in_capitals(write):
    assert load_file(write("TEA.JSONL", LINE)).records[0].id == "a"


def test_home_is_expanded(write, tmp_path, monkeypatch):
    write("tea.jsonl", LINE)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_file("~/tea.jsonl").name == "~/tea.jsonl"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (LINE + b"\n\n{'id': 1}", "line 3: not valid JSON at column 2"),
        (LINE[:-10], "line 1: not valid JSON at column"),
        (b"[" + LINE + b"]", "line 1: is a list; expected one JSON object per line"),
        (LINE + b"\n7", "line 2: is 7; expected one JSON object per line"),
        (LINE + b'\n{"id": "\xe9"}', "line 2: byte 9 of the line (0xe9) is not UTF-8"),
        (LINE.decode().encode("utf-16"), "line 1: byte 1 of the line (0xff) is not UTF-8"),
        (b"[" * 100_000, "line 1: not usable JSON"),
        (b'{"id": ' + b"9" * 5000 + b"}", "line 1: not usable JSON"),
        (LINE + b'\n{"id": "b"}', "line 2: missing columns config, scenario, prompt, type"),
        (b"", "no rows; expected at least one record"),
        (b"\n\n", "no rows; expected at least one record"),
    ],
)
def test_broken_jsonl(write, data, expected):
    assert expected in error_of(write("tea.jsonl", data))


@pytest.mark.parametrize("checks", [CHECKS, json.dumps(CHECKS)])
def test_parquet(write, checks):
    path = write("tea.parquet", parquet([{**ROW, "checks": checks}, {**ROW, "id": "b"}]))
    first, second = load_file(path).records
    assert first.checks is not None
    assert first.checks.required == (("leaf",),)
    assert second.checks is None


def test_parquet_written_by_pandas(tmp_path):
    path = tmp_path / "tea.parquet"
    frame = pd.DataFrame([ROW, {**ROW, "id": "b"}]).astype({"type": "category"})
    frame.to_parquet(path)
    assert [record.type for record in load_file(str(path)).records] == ["allowed", "allowed"]


def test_parquet_row_is_named(write):
    path = write("tea.parquet", parquet([ROW, {**ROW, "id": "b", "type": "odd"}]))
    assert error_of(path).startswith(f"{path} row 2: 'type' is 'odd'; expected allowed")


def test_empty_parquet(write):
    schema = pa.schema([(name, pa.string()) for name in ROW])
    buffer = io.BytesIO()
    pq.write_table(schema.empty_table(), buffer)
    assert "no rows" in error_of(write("tea.parquet", buffer.getvalue()))


@pytest.mark.parametrize("data", [b"", b"PAR1", LINE, parquet([ROW])[:-20], parquet([ROW])[20:]])
def test_unreadable_parquet(write, data):
    assert "not a readable parquet file" in error_of(write("tea.parquet", data))


def test_parquet_with_undecodable_text(write):
    bad = pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff"]).buffers())
    columns = {name: [value] for name, value in ROW.items()}
    buffer = io.BytesIO()
    pq.write_table(pa.table({**columns, "prompt": bad}), buffer)
    assert "not a readable parquet file (UnicodeDecodeError" in error_of(
        write("tea.parquet", buffer.getvalue())
    )


@given(st.integers(0, len(parquet([ROW])) - 1), st.integers(1, 255))
def test_damaged_parquet_loads_or_fails_in_one_line(position, mask):
    data = bytearray(parquet([ROW]))
    data[position] ^= mask
    message = "loaded"
    try:
        load_bytes(bytes(data), name="tea.parquet", extension=".parquet")
    except DataError as error:
        message = str(error)
    assert len(message.splitlines()) == 1


def test_missing_file_shows_where_it_was_searched(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    assert error_of("no.jsonl") == f"no.jsonl: no such file: {tmp_path / 'no.jsonl'}"
    monkeypatch.setenv("PWD", "/elsewhere")
    assert error_of("no.jsonl").endswith(f"{tmp_path / 'no.jsonl'}, nor /elsewhere/no.jsonl")


def test_a_relative_path_is_the_shells_where_the_process_stands_elsewhere(tmp_path, monkeypatch):
    given, loaded = tmp_path / "given", tmp_path / "loaded"
    for folder in (given, loaded):
        folder.mkdir()
    (given / "tea.jsonl").write_bytes(LINE)
    monkeypatch.chdir(loaded)  # as Inspect does to load a task file
    monkeypatch.setenv("PWD", str(given))
    assert len(load_file("tea.jsonl").records) == 1


def test_directory(tmp_path):
    assert "is a directory; expected a .jsonl or .parquet file" in error_of(tmp_path)


@pytest.mark.parametrize("name", ["tea.csv", "tea.json", "tea", "tea.jsonl.gz"])
def test_unknown_extension(write, name):
    message = error_of(write(name, LINE))
    assert "unknown extension" in message
    assert "expected .jsonl (one JSON object per line) or .parquet" in message


@pytest.mark.parametrize("path", ["~nobody-here/tea.jsonl", "x" * 5000 + ".jsonl", "a\0b.jsonl"])
def test_unusable_path(path):
    error_of(path)


def test_line_break_in_a_file_name(write):
    assert "a b.jsonl line 1: " in error_of(write("a\nb.jsonl", b"1"))
