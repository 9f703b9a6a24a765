"""The files in a log's zip, if all readers agree on them.

A zip states in two places where its directory is and in three how large a file is, and readers
differ in which they trust. So a log must be laid out as Inspect writes it, and every file is
unpacked once, piece by piece, to check that it has as many bytes as the directory states.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

MAX_DIRECTORY_BYTES = 20_000_000
"""The directory of 100,000 samples takes 9 MB; it is unpacked whole, into 12 times as much memory."""

_PIECE = 1 << 20
_END, _LOCATOR, _END64 = 22, 20, 56
_STORED, _DEFLATED, _ZSTANDARD = 0, 8, 93


class ZipError(ValueError):
    """A zip is damaged, or is not laid out as Inspect writes one."""


def listed(path: Path) -> list[zipfile.ZipInfo]:
    """The zip's directory; nothing is unpacked.

    Args:
        path: A file of any content.

    Raises:
        OSError: It cannot be read.
        ZipError: It is not a zip, or one that readers could read in different ways.
    """
    _check_end(path)
    try:
        with zipfile.ZipFile(path) as file:
            members = file.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        raise ZipError(str(error)) from error
    for member in members:
        # sizes beyond 4 GB are in an extra field, which Inspect never needs
        if member.extra or member.orig_filename != member.filename:
            raise ZipError("its directory does not have the form that Inspect writes")
    return members


def check_unpacked(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Unpack every file, keeping nothing, to check that each has the size that the directory states.

    Args:
        path: The zip.
        members: Its directory.

    Raises:
        OSError: It cannot be read.
        ZipError: A file has another size, cannot be unpacked, or is packed in a way Inspect does not use.
    """
    import zstandard

    with path.open("rb") as file:
        for member in members:
            size = 0
            try:
                for piece in _pieces(file, member):
                    size += piece
                    if size > member.file_size:
                        break
            except (zlib.error, zstandard.ZstdError, struct.error) as error:
                raise ZipError(f"{_shown(member)} is damaged ({error})") from error
            if size != member.file_size:
                raise ZipError(f"{_shown(member)} does not have the size that the directory states")


def _check_end(path: Path) -> None:
    """The directory ends where the zip's last record begins; no comment, nothing in between."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END - _LOCATOR - _END64))
        tail = file.read()
    end = tail[-_END:]
    if len(end) < _END or end[:4] != b"PK\5\6" or end[-2:] != b"\0\0":
        raise ZipError("it does not end like a zip without a comment")
    counts, (length, offset) = struct.unpack_from("<4H", end, 4), struct.unpack_from("<2L", end, 12)
    at = size - _END
    if (locator := tail[-_END - _LOCATOR : -_END])[:4] == b"PK\6\7":
        at -= _LOCATOR + _END64
        record = tail[:_END64] if len(tail) == _END + _LOCATOR + _END64 else b""
        overflown = 0xFFFF in counts or 0xFFFFFFFF in (length, offset)
        if (
            not overflown
            or record[:4] != b"PK\6\6"
            or struct.unpack_from("<Q", locator, 8)[0] != at
        ):
            raise ZipError("its last two records contradict each other")
        length, offset = struct.unpack_from("<2Q", record, 40)
    if offset + length != at:
        raise ZipError("its directory is not where its last record states")
    if length > MAX_DIRECTORY_BYTES:
        raise ZipError(f"its directory is over {MAX_DIRECTORY_BYTES:,} bytes")


def _pieces(file: IO[bytes], member: zipfile.ZipInfo) -> Iterator[int]:
    """Sizes of the pieces that a file unpacks to, each at most 1 MiB."""
    file.seek(member.header_offset)
    name, extra = struct.unpack_from("<2H", file.read(30), 26)
    file.seek(name + extra, 1)
    packed = _packed(file, member.compress_size)
    if member.compress_type == _STORED:
        yield from map(len, packed)
    elif member.compress_type == _DEFLATED:
        yield from _inflated(packed)
    elif member.compress_type == _ZSTANDARD:
        yield from _zstandard(packed)
    else:
        raise ZipError(f"{_shown(member)} is packed by method {member.compress_type}")


def _packed(file: IO[bytes], left: int) -> Iterator[bytes]:
    while left and (piece := file.read(min(left, _PIECE))):
        left -= len(piece)
        yield piece


def _inflated(packed: Iterator[bytes]) -> Iterator[int]:
    unpack = zlib.decompressobj(-15)
    for piece in packed:
        while piece:
            yield len(unpack.decompress(piece, _PIECE))
            piece = unpack.unconsumed_tail


def _zstandard(packed: Iterator[bytes]) -> Iterator[int]:
    import zstandard

    class Source:
        def read(self, size: int) -> bytes:
            return next(packed, b"")

    source: IO[bytes] = Source()  # type: ignore[assignment]
    with zstandard.ZstdDecompressor().stream_reader(source, read_across_frames=True) as stream:
        while piece := stream.read(_PIECE):
            yield len(piece)


def _shown(member: zipfile.ZipInfo) -> str:
    return ascii(member.filename[:80])
