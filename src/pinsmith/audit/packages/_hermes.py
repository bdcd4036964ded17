"""
The strings of a React Native bundle that was compiled for Hermes. They are packed without separators.

Source:
    include/hermes/BCGen/HBC/BytecodeFileFormat.h of https://github.com/facebook/hermes; versions 84 to 99 have this
    order: functions, kinds of strings, hashes, strings, long strings, characters
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from pinsmith.audit.packages._chunk import damaged
from pinsmith.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAGIC: Final = bytes.fromhex("c61fbc03c103191f")
_COUNTS: Final = struct.Struct("<6I")  # functions, kinds, identifiers, strings, long strings, bytes of characters
_COUNTS_AT: Final = 40
_HEADER_SIZE: Final = 128
_FUNCTION_SIZES: Final = (16, 12)  # the second one since version 98
_LONG: Final = 0xFF
_PIECE: Final = 2**20
_COUNT_BITS: Final = 0x7FFFFFFF


def is_hermes(content: bytes) -> bool:
    """Say whether a file may be bytecode of Hermes."""
    return content.startswith(_MAGIC)


def strings(content: bytes, name: str) -> Iterator[bytes]:
    """
    Yield the strings of a bundle, many at once, with a NUL after each string. Those that are not Latin become UTF-8.

    Raises:
        FormatError: If the file is damaged, or its version has another order.
    """
    with damaged(name, "bundle of Hermes"):
        functions, kinds, identifiers, count, longs, size = _COUNTS.unpack_from(content, _COUNTS_AT)
        table = _table(content, functions, kinds, count, name) + 4 * (kinds + identifiers)
        after = table + 4 * count
        storage = after + 8 * longs
        if storage + size > len(content):
            raise IndexError
        left, waiting, held = len(content), [], 0
        for (entry,) in struct.iter_unpack("<I", content[table:after]):
            offset, length = entry >> 1 & 0x7FFFFF, entry >> 24
            if length == _LONG:
                if offset >= longs:
                    raise IndexError
                offset, length = struct.unpack_from("<II", content, after + 8 * offset)
            octets = length * 2 if entry & 1 else length
            if offset + octets > size:
                raise IndexError
            text = content[storage + offset : storage + offset + octets]
            # Strings may share characters, but not so many that they are longer than the bundle.
            left -= octets
            if left < 0:
                raise IndexError
            waiting.append(text.decode("utf-16-le", "replace").encode() if entry & 1 else text)
            held += octets + 1
            if held > _PIECE:
                yield b"\0".join([*waiting, b""])
                waiting, held = [], 0
        yield b"\0".join([*waiting, b""])


def _table(content: bytes, functions: int, kinds: int, count: int, name: str) -> int:
    """Return where the kinds of strings begin. Their counts add up to the number of strings, which shows the place."""
    for size in _FUNCTION_SIZES:
        start = _HEADER_SIZE + size * functions
        if start + 4 * kinds <= len(content):
            entries = struct.unpack_from(f"<{kinds}I", content, start)
            if sum(entry & _COUNT_BITS for entry in entries) == count:
                return start
    raise FormatError("pinsmith does not know this version of Hermes", file=name)
