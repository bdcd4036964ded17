"""The text of a file that is edited in place: UTF-8, or XML in UTF-16, and written back in the same encoding."""

from __future__ import annotations

import codecs
from typing import Final

from pinsmith.errors import FormatError
from pinsmith.formats._fault import in_file
from pinsmith.syntax.xml import declared_encoding, require_encoding

_WIDE: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def encoding_of(content: bytes) -> str:
    """Say how a file is encoded, by its byte order mark; the mark stays a character of the text."""
    return _WIDE.get(content[:2], "utf-8")


def decode(content: bytes, name: str) -> str:
    """
    Decode a file that will be edited.

    Args:
        content: The file.

        name: For errors.

    Raises:
        FormatError: It is not a text of such an encoding, or XML that declares another one.
    """
    encoding = encoding_of(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if content.startswith(b"bplist"):
            hint = "convert it with `plutil -convert xml1`"
            raise FormatError("it is a binary property list, and cannot be edited", file=name, hint=hint) from error
        line = content.count(b"\n", 0, error.start) + 1
        expected = "UTF-8 text" if encoding == "utf-8" else "UTF-16 text, as its first bytes say"
        raise FormatError(f"it is not {expected}", file=name, line=line, hint="save it as UTF-8") from error
    if encoding != "utf-8" and not text.lstrip("\ufeff \t\r\n").startswith("<"):
        raise FormatError("it is UTF-16, which only XML may be", file=name, hint="save it as UTF-8")
    with in_file(name):
        require_encoding(declared_encoding(text), content)
    return text
