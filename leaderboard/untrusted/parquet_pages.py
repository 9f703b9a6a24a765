"""The size that a parquet file unpacks to, read from the header of every page.

The footer of a parquet file states how large its columns are, but it can lie. What a reader really
allocates follows from the headers of the pages: the bytes a page unpacks to, which decompressors
enforce, and the number of values in it. A run of a billion values takes five bytes, so both are
summed before any page is decompressed. No library reads page headers alone, hence the small Thrift
reader below.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow.parquet as pq

MAX_FOOTER_BYTES = 24_000_000
"""A file of 100,000 rows in groups of 256 takes 3 MB, with long statistics several times as much."""
MAX_PAGES = 100_000

_DATA, _DICTIONARY = 0, 2
_PLAIN, _PLAIN_DICTIONARY, _RLE, _RLE_DICTIONARY = 0, 2, 3, 8
_ENCODINGS = frozenset({_PLAIN, _PLAIN_DICTIONARY, _RLE, _RLE_DICTIONARY})
"""In other encodings a value may repeat the one before it, so bytes do not bound its length."""


class PagesError(ValueError):
    """A file's pages contradict its footer, or have a form that this project does not write."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The size that a column unpacks to.

    Attributes:
        bytes: Bytes of all its pages.
        values: Values in its data pages; for a list, its items.
    """

    bytes: int
    values: int


def check_footer_size(path: Path) -> None:
    """Check that a file's footer is small enough to read: it is unpacked whole when the file is opened.

    Args:
        path: A file of any content.

    Raises:
        OSError: It cannot be read.
        PagesError: It is not a parquet file, or its footer is too large.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 8))
        end = file.read(8)
    if len(end) < 8 or end[4:] != b"PAR1":
        raise PagesError("it does not end like one")
    if int.from_bytes(end[:4], "little") > MAX_FOOTER_BYTES:
        raise PagesError(f"its footer is over {MAX_FOOTER_BYTES:,} bytes")


def unpacked_columns(path: Path, about: pq.FileMetaData) -> list[Unpacked]:
    """The size that each leaf column of a file unpacks to. Nothing is unpacked.

    Args:
        path: The file.
        about: Its footer.

    Raises:
        OSError: It cannot be read.
        PagesError: A page header cannot be read, has a form that this project does not write, or
            contradicts the footer.
    """
    sums = [[0, 0] for _ in range(about.num_columns)]
    pages = 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for group in range(about.num_row_groups):
            for number, total in enumerate(sums):
                column = about.row_group(group).column(number)
                start = column.data_page_offset
                if column.has_dictionary_page:
                    start = min(start, column.dictionary_page_offset)
                end = start + column.total_compressed_size
                if not 4 <= start <= end <= len(data) - 8:
                    raise PagesError("a column lies outside the file")
                values = 0
                while start < end:
                    header = _Header(data, start, end)
                    start = header.end
                    total[0] += header.bytes
                    values += header.values
                    pages += 1
                    if pages > MAX_PAGES:
                        raise PagesError(f"it has over {MAX_PAGES:,} pages")
                # a reader goes on until it has as many values as the footer states
                if start != end or values != column.num_values:
                    raise PagesError("its pages contradict its footer")
                total[1] += values
    return [Unpacked(*total) for total in sums]


class _Header:
    """A page header in Thrift's compact protocol, read strictly.

    Readers would disagree on a field that occurs twice or has an unexpected type.

    Attributes:
        bytes: Bytes that the page unpacks to.
        values: Values in it; 0 for a dictionary, which readers do not count.
        end: Offset of the page's end.
    """

    def __init__(self, data: mmap.mmap, start: int, end: int) -> None:
        self._data, self._at, self._limit = data, start, end
        fields = self._struct(3)
        kind, unpacked, packed = (self._number(fields, name) for name in (1, 2, 3))
        if kind not in (_DATA, _DICTIONARY):
            raise PagesError(f"it has a page of type {kind}, which is not supported")
        inner = fields.get(5 if kind == _DATA else 7)
        if not isinstance(inner, dict) or self._number(inner, 2) not in _ENCODINGS:
            raise PagesError("it has a page in an encoding that is not supported")
        count = self._number(inner, 1)
        self.bytes = unpacked
        self.values = count if kind == _DATA else 0
        self.end = self._at + packed
        if self.end > end:
            raise PagesError("a page lies outside its column")

    @staticmethod
    def _number(fields: dict[int, object], name: int) -> int:
        value = fields.get(name)
        if type(value) is not int or not 0 <= value < 2**31:
            raise PagesError("a page header is damaged")
        return value

    def _byte(self) -> int:
        if self._at >= self._limit:
            raise PagesError("a page header is cut off")
        self._at += 1
        return self._data[self._at - 1]

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 35, 7):
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise PagesError("a page header has a number of over 32 bits")

    def _struct(self, depth: int) -> dict[int, object]:
        fields: dict[int, object] = {}
        name = 0
        while header := self._byte():
            step, kind = header >> 4, header & 0x0F
            if not step:
                raise PagesError("a page header is not in order")
            name += step
            if kind in (1, 2):  # a boolean is stored in the header itself
                fields[name] = kind == 1
            elif kind == 5:
                number = self._varint()
                fields[name] = (number >> 1) ^ -(number & 1)
            elif kind == 8:  # minimum and maximum of the page, which are not needed
                length = self._varint()
                self._at += length
                fields[name] = None
            elif kind == 6:
                self._long()
                fields[name] = None
            elif kind == 12 and depth:
                fields[name] = self._struct(depth - 1)
            else:
                raise PagesError("a page header has a field that is not supported")
        return fields

    def _long(self) -> None:
        for _ in range(10):
            if self._byte() < 0x80:
                return
        raise PagesError("a page header has a number of over 64 bits")
