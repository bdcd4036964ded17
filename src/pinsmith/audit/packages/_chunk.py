"""
Chunks, the building blocks of Android's binary files, and their pools of strings.

Source:
    https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/libs/androidfw/include/androidfw/ResourceTypes.h
    and the readers beside it, ResourceTypes.cpp and LoadedArsc.cpp
"""

from __future__ import annotations

import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from pinsmith.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator

POOL: Final = 0x0001
NONE: Final = 0xFFFFFFFF
REFERENCES: Final = frozenset({0x01, 0x07})
_STRING: Final = 0x03
_BOOLEAN: Final = 0x12
_INTEGERS: Final = range(0x10, 0x20)
_HEADER: Final = struct.Struct("<HHI")
_UTF8: Final = 1 << 8


class Chunk(NamedTuple):
    """A chunk of a file: its type, and the offsets of its begin, its content and its end."""

    kind: int
    start: int
    body: int
    end: int


@contextmanager
def damaged(name: str, what: str) -> Iterator[None]:
    """
    Let the block read the numbers of a binary file.

    Raises:
        FormatError: If a number points outside of the file.
    """
    try:
        yield
    except (struct.error, IndexError) as error:
        raise FormatError(f"it is a damaged {what}", file=name) from error


def chunks(content: bytes, start: int, end: int) -> Iterator[Chunk]:
    """
    List the chunks between two offsets.

    Raises:
        IndexError: If a chunk does not fit.
    """
    while start < end:
        kind, header, size = _HEADER.unpack_from(content, start)
        if not _HEADER.size <= header <= size <= end - start:
            raise IndexError
        yield Chunk(kind, start, start + header, start + size)
        start += size


def first_chunk(content: bytes, kind: int) -> Chunk:
    """
    Return the chunk that holds all others.

    Raises:
        IndexError: If there is none, or it is of another kind.
    """
    found = next(chunks(content, 0, len(content)), None)
    if found is None or found.kind != kind:
        raise IndexError
    return found


class Pool:
    """A pool of strings, each decoded when it is asked for."""

    def __init__(self, content: bytes, chunk: Chunk) -> None:
        self._content, self._chunk = content, chunk
        self.size, _, flags, strings = struct.unpack_from("<4I", content, chunk.start + _HEADER.size)
        self._strings = chunk.start + strings
        self._is_utf8 = bool(flags & _UTF8)
        self._known: dict[int, str] = {}

    @property
    def octets(self) -> bytes:
        """All strings, in UTF-8, with other bytes between them."""
        content = self._content[self._strings : self._chunk.end]
        return content if self._is_utf8 else content.decode("utf-16-le", "replace").encode()

    def __getitem__(self, index: int) -> str:
        """
        Decode a string. What is not Unicode becomes replacement characters.

        Raises:
            IndexError: If there is no such string.
        """
        if index not in self._known:
            if not 0 <= index < self.size:
                raise IndexError
            (offset,) = struct.unpack_from("<I", self._content, self._chunk.body + 4 * index)
            self._known[index] = self._decode(self._strings + offset)
        return self._known[index]

    def _decode(self, at: int) -> str:
        if self._is_utf8:
            _, at = self._length(at, "B", 0x80)
            length, at = self._length(at, "B", 0x80)
        else:
            length, at = self._length(at, "<H", 0x8000)
            length *= 2
        if at + length > self._chunk.end:
            raise IndexError
        return self._content[at : at + length].decode("utf-8" if self._is_utf8 else "utf-16-le", "replace")

    def _length(self, at: int, kind: str, more: int) -> tuple[int, int]:
        """Read a length of one unit, or of two if the first has its highest bit set."""
        unit = struct.Struct(kind)
        (first,) = unit.unpack_from(self._content, at)
        if not first & more:
            return first, at + unit.size
        (second,) = unit.unpack_from(self._content, at + unit.size)
        return (first & (more - 1)) << (unit.size * 8) | second, at + 2 * unit.size


def value_text(kind: int, number: int, pool: Pool) -> str:
    """Write a typed value as the source had it, except that a reference is ``@0x`` and eight digits."""
    if kind in REFERENCES:
        return f"@0x{number:08x}" if number else ""
    if kind == _STRING:
        return pool[number]
    if kind == _BOOLEAN:
        return "true" if number else "false"
    if kind in _INTEGERS:
        return str(number - 2**32 if number >= 2**31 else number)
    return f"0x{number:08x}" if kind else ""
