"""
The classes that a file of Dalvik bytecode defines, and the methods that it calls.

Source:
    https://source.android.com/docs/core/runtime/dex-format
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final

from pinsmith.audit.packages._chunk import damaged

if TYPE_CHECKING:
    from collections.abc import Container

_HEADER: Final = struct.Struct("<II")
_STRINGS, _TYPES, _METHODS, _CLASSES = 0x38, 0x40, 0x58, 0x60  # where the header has the size and offset of each list
_CLASS_SIZE: Final = 32
_MAX_CLASSES: Final = 65_536
_MAX_NAME: Final = 1_000
_MAX_METHODS: Final = 65_536


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
        size, start = _HEADER.unpack_from(content, _CLASSES)
        if size > _MAX_CLASSES or start + size * _CLASS_SIZE > len(content):
            raise IndexError
        string_offsets, type_strings = _list(content, _STRINGS), _list(content, _TYPES)
        found = set()
        for at in range(start, start + size * _CLASS_SIZE, _CLASS_SIZE):
            (index,) = struct.unpack_from("<I", content, at)
            found_name = _class_name(content, string_offsets[type_strings[index]])
            if found_name in wanted:
                found.add(found_name)
        return found


def calls(content: bytes, kind: str, method: str, arguments: int, name: str) -> bool:
    """
    Say whether a file calls a method that is virtual. Data that looks like a call is possible, but rare.

    Args:
        content: The file.

        kind: The class of the method, such as ``Lcom/example/Main;``.

        method: Its name.

        arguments: The number of its arguments, with the object itself.

        name: The name of the file, for errors.

    Raises:
        FormatError: If the file is damaged.
    """
    if not all(f"{text}\0".encode() in content for text in (kind, method)):
        return False
    with damaged(name, "file of code"):
        string_offsets, type_strings = _list(content, _STRINGS), _list(content, _TYPES)
        size, start = _HEADER.unpack_from(content, _METHODS)
        if size > _MAX_METHODS:
            raise IndexError
        kinds = {number for number, index in enumerate(type_strings) if _text(content, string_offsets[index]) == kind}
        for number in range(size):
            owner, text = struct.unpack_from("<H2xI", content, start + 8 * number)
            if owner in kinds and _text(content, string_offsets[text]) == method:
                found = _call(number, arguments).finditer(content)
                if any(match.start() % 2 == 0 for match in found):
                    return True
    return False


def _call(number: int, arguments: int) -> re.Pattern[bytes]:
    """Make the pattern of invoke-virtual, which counts its arguments in four bits, and of invoke-virtual/range."""
    few = b"\x6e[" + b"".join(b"\\x%02x" % (arguments << 4 | last) for last in range(16)) + b"]"
    return re.compile(b"(?:%b|\x74%b)%b" % (few, re.escape(bytes([arguments])), re.escape(struct.pack("<H", number))))


def _list(content: bytes, at: int) -> tuple[int, ...]:
    """Read the list of numbers whose size and offset stand in the header."""
    size, start = _HEADER.unpack_from(content, at)
    if size * 4 > len(content):
        raise IndexError
    return struct.unpack_from(f"<{size}I", content, start)


def _class_name(content: bytes, at: int) -> str:
    """Read a type such as ``Lcom/example/Main;`` as a name such as ``com.example.Main``."""
    return _text(content, at).removeprefix("L").removesuffix(";").replace("/", ".")


def _text(content: bytes, at: int) -> str:
    """Read a string, after its length in LEB128."""
    while content[at] & 0x80:
        at += 1
    end = content.find(b"\0", at + 1)
    if not at < end < at + _MAX_NAME:
        raise IndexError
    return content[at + 1 : end].decode("utf-8", "replace")
