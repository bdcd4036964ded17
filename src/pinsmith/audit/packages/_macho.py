"""
Programs for iOS: whether their code is encrypted, and the frameworks of the app that they load.

Source:
    https://github.com/apple-oss-distributions/xnu/blob/main/EXTERNAL_HEADERS/mach-o/loader.h and fat.h beside it
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final

from pinsmith.audit.packages._chunk import damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_THIN: Final = {b"\xce\xfa\xed\xfe": 28, b"\xcf\xfa\xed\xfe": 32}  # magic, and the size of the header
_FAT: Final = b"\xca\xfe\xba\xbe"
_ENCRYPTION: Final = frozenset({0x21, 0x2C})
_LOADS: Final = frozenset({0xC, 0x20, 0x80000018, 0x8000001F})  # now, later, if it is there, for others too
_OF_APP: Final = re.compile(rb"@\w+(?:/\.\.|/Frameworks)*/([^/\0]+)")
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
        return any(
            command in _ENCRYPTION and struct.unpack_from("<I", body, 16)[0] for command, body in _commands(head, at)
        )


def loaded(head: bytes, at: Callable[[int, int], bytes], name: str) -> frozenset[str]:
    """
    Return the names of the frameworks and libraries beside it that a program loads, such as ``Shared.framework``.

    Those of the system are left out.

    Args:
        head: Its first bytes.

        at: Returns bytes of it, from an offset and a number.

        name: Its name, for errors.

    Raises:
        FormatError: If it is damaged.
    """
    with damaged(name, "program"):
        paths = [
            body[struct.unpack_from("<I", body, 8)[0] :] for number, body in _commands(head, at) if number in _LOADS
        ]
    return frozenset(found[1].decode("utf-8", "replace") for path in paths if (found := _OF_APP.match(path)))


def _commands(head: bytes, at: Callable[[int, int], bytes]) -> Iterator[tuple[int, bytes]]:
    if head[:4] in _THIN:
        yield from _of_slice(head, at, 0)
        return
    (count,) = struct.unpack_from(">I", head, 4)
    offsets = [struct.unpack_from(">8xI", head, 8 + 20 * number)[0] for number in range(min(count, _MAX_SLICES))]
    for offset in offsets:
        yield from _of_slice(at(offset, HEAD), at, offset)


def _of_slice(head: bytes, at: Callable[[int, int], bytes], offset: int) -> Iterator[tuple[int, bytes]]:
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
        yield command, head[start : start + length]
        start += length
