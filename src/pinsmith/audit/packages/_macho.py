"""
Programs for iOS: whether their code is encrypted.

Source:
    https://github.com/apple-oss-distributions/xnu/blob/main/EXTERNAL_HEADERS/mach-o/loader.h and fat.h beside it
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from pinsmith.audit.packages._chunk import damaged

if TYPE_CHECKING:
    from collections.abc import Callable

_THIN: Final = {b"\xce\xfa\xed\xfe": 28, b"\xcf\xfa\xed\xfe": 32}  # magic, and the size of the header
_FAT: Final = b"\xca\xfe\xba\xbe"
_ENCRYPTION: Final = frozenset({0x21, 0x2C})
_MAX_SLICES: Final = 16
_MAX_COMMANDS: Final = 2**20
HEAD: Final = 2**16
"""Bytes that contain the header and the commands of usual programs."""


def is_macho(head: bytes) -> bool:
    """Say whether a file may be a program; a class file of Java begins like a program for several processors."""
    return head[:4] in _THIN or (head[:4] == _FAT and 0 < int.from_bytes(head[4:8], "big") <= _MAX_SLICES)


def is_encrypted(head: bytes, at: Callable[[int, int], bytes], name: str) -> bool:
    """
    Say whether any part of a program is encrypted, as the App Store does it.

    Args:
        head: Its first bytes.

        at: Returns bytes of it, from an offset and a number.

        name: Its name, for errors.

    Raises:
        FormatError: If it is damaged.
    """
    with damaged(name, "program"):
        if head[:4] in _THIN:
            return _slice(head, at, 0)
        (count,) = struct.unpack_from(">I", head, 4)
        offsets = [struct.unpack_from(">8xI", head, 8 + 20 * number)[0] for number in range(min(count, _MAX_SLICES))]
        return any(_slice(at(offset, HEAD), at, offset) for offset in offsets)


def _slice(head: bytes, at: Callable[[int, int], bytes], offset: int) -> bool:
    start = _THIN.get(head[:4])
    if start is None:
        raise IndexError
    count, size = struct.unpack_from("<II", head, 16)
    if size > _MAX_COMMANDS or count * 8 > size:
        raise IndexError
    if start + size > len(head):
        head = at(offset, start + size)
    end = start + size
    for _ in range(count):
        command, length = struct.unpack_from("<II", head, start)
        if length < 8 or start + length > end:  # noqa: PLR2004 - the command and its length
            raise IndexError
        if command in _ENCRYPTION and struct.unpack_from("<I", head, start + 16)[0]:
            return True
        start += length
    return False
