"""Parquet files that lie: footers and page headers rewritten, pages made by hand.

A small codec for Thrift's compact form, enough for parquet's own structures: a structure is a dict
of field id to (type, value), a list is (type of its items, items).
"""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

I32, I64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12
DATA, DICTIONARY = 0, 2
PLAIN, RLE, DELTA_BYTE_ARRAY, RLE_DICTIONARY = 0, 3, 7, 8
Fields = dict[int, tuple[int, Any]]


def forge(
    path: Path,
    footer: Callable[[Fields], object] | None = None,
    pages: dict[int, bytes] | None = None,
    values: int = 0,
) -> None:
    """Rewrite a parquet file in place.

    Args:
        path: The file.
        footer: Changes the footer (`FileMetaData`) in place.
        pages: By number of the column, what takes the place of its pages in the first row group.
        values: How many values the footer says these have.
    """
    content = path.read_bytes()
    length = int.from_bytes(content[-8:-4], "little")
    body, (about, _) = content[: -8 - length], decode(content[:-8], len(content) - 8 - length)
    for number, new in (pages or {}).items():
        chunk = about[4][1][1][0][1][1][1][number][3][1]
        first = new.index(b"DATA")
        chunk[9] = (I64, len(body) + first)
        chunk[11] = (I64, len(body))
        new = new.replace(b"DATA", b"", 1)
        chunk[5], chunk[7] = (I64, values), (I64, len(new))
        chunk.pop(12, None)  # statistics
        body += new
    if footer is not None:
        footer(about)
    made = encode(about)
    path.write_bytes(body + made + len(made).to_bytes(4, "little") + b"PAR1")


def column(about: Fields, number: int) -> Fields:
    """What a footer says of a column of the first row group (`ColumnMetaData`)."""
    fields: Fields = about[4][1][1][0][1][1][1][number][3][1]
    return fields


def page(
    kind: int,
    body: bytes,
    values: int,
    encoding: int,
    *,
    unpacked: int | None = None,
    packed: bytes | None = None,
) -> bytes:
    """One page with its header.

    Args:
        kind: `DATA` or `DICTIONARY`.
        body: What it unpacks to.
        values: How many values its header says it has.
        encoding: Of the values.
        unpacked: How many bytes its header says it unpacks to, if not the truth.
        packed: What is stored, if not `body` packed.
    """
    stored = bytes(pa.compress(body, "zstd", asbytes=True)) if packed is None else packed
    inner: Fields = {1: (I32, values), 2: (I32, encoding)}
    if kind == DATA:
        inner |= {3: (I32, RLE), 4: (I32, RLE)}
    header: Fields = {
        1: (I32, kind),
        2: (I32, len(body) if unpacked is None else unpacked),
        3: (I32, len(stored)),
        (5 if kind == DATA else 7): (STRUCT, inner),
    }
    return (b"DATA" if kind == DATA else b"") + encode(header) + stored


def runs(*found: tuple[int, int]) -> bytes:
    """Runs of (count, value) in the run-length encoding, values below 256."""
    return b"".join(_varint(count << 1) + bytes([value]) for count, value in found)


def levels(*found: tuple[int, int]) -> bytes:
    """Repetition or definition levels of a data page."""
    body = runs(*found)
    return struct.pack("<I", len(body)) + body


def text(value: bytes) -> bytes:
    """A text of a plain page."""
    return struct.pack("<I", len(value)) + value


def decode(data: bytes, at: int) -> tuple[Fields, int]:
    """The structure that begins at a place, and where it ends."""
    fields: Fields = {}
    name = 0
    while header := data[at]:
        at += 1
        if not header >> 4:
            raise AssertionError("long form")
        name += header >> 4
        value, at = _value(data, at, header & 15)
        fields[name] = (header & 15, value)
    return fields, at + 1


def encode(fields: Fields) -> bytes:
    """A structure's bytes."""
    made, before = b"", 0
    for name in sorted(fields):
        kind, value = fields[name]
        made += bytes([(name - before) << 4 | kind]) + _encoded(kind, value)
        before = name
    return made + b"\0"


def _value(data: bytes, at: int, kind: int) -> tuple[Any, int]:
    if kind in (1, 2):
        return None, at
    if kind == STRUCT:
        return decode(data, at)
    if kind == LIST:
        size, item = data[at] >> 4, data[at] & 15
        at += 1
        if size == 15:
            size, at = _read_varint(data, at)
        items = []
        for _ in range(size):
            found, at = _value(data, at, item)
            items.append(found)
        return (item, items), at
    number, at = _read_varint(data, at)
    if kind == BINARY:
        return data[at : at + number], at + number
    return (number >> 1) ^ -(number & 1), at


def _encoded(kind: int, value: Any) -> bytes:
    if kind in (1, 2):
        return b""
    if kind == STRUCT:
        return encode(value)
    if kind == LIST:
        item, items = value
        size = len(items)
        head = bytes([size << 4 | item]) if size < 15 else bytes([0xF0 | item]) + _varint(size)
        return head + b"".join(_encoded(item, found) for found in items)
    if kind == BINARY:
        return _varint(len(value)) + bytes(value)
    return _varint((value << 1) ^ (value >> 63))


def _varint(number: int) -> bytes:
    made = b""
    while number > 127:
        made, number = made + bytes([number & 127 | 128]), number >> 7
    return made + bytes([number])


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        number |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return number, at
