"""
The table of resources of an APK, resources.arsc: from the number of a resource to its values.

Source:
    ResTable_type, ResTable_entry and Res_value in ResourceTypes.h (see `pinsmith.audit.packages._chunk`)
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from pinsmith.audit.packages._chunk import POOL, Chunk, Pool, chunks, damaged, first_chunk, value_text
from pinsmith.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_TABLE, _PACKAGE, _TYPE = 0x0002, 0x0200, 0x0201
_SPARSE, _SHORT = 1, 2  # flags of a type
_COMPLEX, _COMPACT = 1, 8  # flags of an entry
_MAX_VALUES: Final = 1_000
_MAX_TYPES: Final = 100_000  # a type is repeated for each configuration that has it
_MAX_STEPS: Final = 1_000_000
_WHAT: Final = "table of resources"


class Table:
    """
    A table of resources. Only what is asked for is read.

    Attributes:
        pool: The strings of all values; None if there are none.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self._content, self._name = content, name
        self._types: dict[int, list[Chunk]] = {}
        self._steps = 0
        self.pool: Pool | None = None
        if content:
            with damaged(name, _WHAT):
                self._index()

    def _index(self) -> None:
        root = first_chunk(self._content, _TABLE)
        count = 0
        for chunk in chunks(self._content, root.body, root.end):
            if chunk.kind == POOL and self.pool is None:
                self.pool = Pool(self._content, chunk)
            elif chunk.kind == _PACKAGE:
                (package,) = struct.unpack_from("<I", self._content, chunk.start + 8)
                for inner in chunks(self._content, chunk.body, chunk.end):
                    count += 1
                    if count > _MAX_TYPES:
                        raise IndexError
                    if inner.kind == _TYPE:
                        kind = self._content[inner.start + 8]
                        self._types.setdefault(package << 8 | kind, []).append(inner)

    def values(self, resource: int) -> tuple[str, ...]:
        """
        Return the distinct values of a resource in all configurations, as text. References are followed.

        Returns:
            Nothing if the table does not have it, as for resources of Android itself.

        Raises:
            FormatError: If the table is damaged, or the resource refers to itself.
        """
        with damaged(self._name, _WHAT):
            return follow(resource, self._direct, self._name)

    def _direct(self, resource: int) -> list[str]:
        if self.pool is None:
            return []
        found = (self._entry(chunk, resource & 0xFFFF, self.pool) for chunk in self._types.get(resource >> 16, ()))
        return [value for value in found if value is not None]

    def _entry(self, chunk: Chunk, number: int, pool: Pool) -> str | None:
        self._step(1)
        flags, count, start = struct.unpack_from("<B2xII", self._content, chunk.start + 9)
        offset = self._offset(chunk, flags, count, number)
        if offset is None:
            return None
        at = chunk.start + start + offset
        size, bits = struct.unpack_from("<HH", self._content, at)
        if bits & _COMPACT:
            (data,) = struct.unpack_from("<I", self._content, at + 4)
            return value_text(bits >> 8, data, pool)
        if bits & _COMPLEX:
            return None
        kind, data = struct.unpack_from("<3xBI", self._content, at + size)
        return value_text(kind, data, pool)

    def _offset(self, chunk: Chunk, flags: int, count: int, number: int) -> int | None:
        """Return the offset of an entry among the entries of a type; None if the type does not have it."""
        if flags & _SPARSE:
            self._step(count)
            if count * 4 > chunk.end - chunk.body:
                raise IndexError
            words = struct.unpack_from(f"<{2 * count}H", self._content, chunk.body)
            return next((4 * words[at + 1] for at in range(0, 2 * count, 2) if words[at] == number), None)
        if number >= count:
            return None
        kind, none, unit = ("<H", 0xFFFF, 4) if flags & _SHORT else ("<I", 0xFFFFFFFF, 1)
        (offset,) = struct.unpack_from(kind, self._content, chunk.body + struct.calcsize(kind) * number)
        return None if offset == none else offset * unit

    def _step(self, count: int) -> None:
        """Count what was looked at, so that a hostile table does not take hours."""
        self._steps += count
        if self._steps > _MAX_STEPS:
            raise IndexError


def follow(resource: int, direct: Callable[[int], Iterable[str]], name: str) -> tuple[str, ...]:
    """
    Return the values of a resource, with references followed.

    Args:
        resource: The number of the resource.

        direct: Returns the values of a resource; references among them are ``@0x`` and eight digits.

        name: The name of the table, for errors.

    Raises:
        FormatError: If the resource refers to itself, or has too many values.
    """
    found: dict[str, None] = {}
    waiting: list[tuple[int, tuple[int, ...]]] = [(resource, (resource,))]
    seen = 0
    while waiting:
        current, path = waiting.pop()
        for value in direct(current):
            seen += 1
            if seen > _MAX_VALUES:
                raise FormatError(f"the resource 0x{resource:08x} has too many values", file=name)
            if not value.startswith("@0x"):
                found[value] = None
                continue
            target = int(value[3:], 16)
            if target in path:
                raise FormatError(f"the resource 0x{resource:08x} refers to itself", file=name)
            waiting.append((target, (*path, target)))
    return tuple(found)
