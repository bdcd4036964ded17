"""
The classes that a file of Dalvik bytecode defines.

Source:
    https://source.android.com/docs/core/runtime/dex-format
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from pinsmith.audit.packages._chunk import damaged

if TYPE_CHECKING:
    from collections.abc import Container

_HEADER: Final = struct.Struct("<II")
_STRINGS, _TYPES, _CLASSES = 0x38, 0x40, 0x60  # where the header has the size and offset of each list
_CLASS_SIZE: Final = 32
_MAX_CLASSES: Final = 65_536
_MAX_NAME: Final = 1_000


def is_dex(content: bytes) -> bool:
    """Say whether a file may be Dalvik bytecode."""
    return content[:4] == b"dex\n"


def defined(content: bytes, wanted: Container[str], name: str) -> set[str]:
    """
    Return those of the *wanted* classes that a file defines, such as ``com.example.Main``.

    Raises:
        FormatError: If the file is damaged.
    """
    with damaged(name, "file of code"):
        (strings_size, strings), (types_size, types), (size, start) = (
            _HEADER.unpack_from(content, at) for at in (_STRINGS, _TYPES, _CLASSES)
        )
        if size > _MAX_CLASSES or start + size * _CLASS_SIZE > len(content):
            raise IndexError
        string_offsets = struct.unpack_from(f"<{_fits(strings_size, content)}I", content, strings)
        type_strings = struct.unpack_from(f"<{_fits(types_size, content)}I", content, types)
        found = set()
        for at in range(start, start + size * _CLASS_SIZE, _CLASS_SIZE):
            (index,) = struct.unpack_from("<I", content, at)
            found_name = _class_name(content, string_offsets[type_strings[index]])
            if found_name in wanted:
                found.add(found_name)
        return found


def _fits(size: int, content: bytes) -> int:
    if size * 4 > len(content):
        raise IndexError
    return size


def _class_name(content: bytes, at: int) -> str:
    """Read a type such as ``Lcom/example/Main;``, after its length in LEB128."""
    while content[at] & 0x80:
        at += 1
    end = content.find(b"\0", at + 1)
    if not at < end < at + _MAX_NAME:
        raise IndexError
    return content[at + 1 : end].decode("utf-8", "replace").removeprefix("L").removesuffix(";").replace("/", ".")
