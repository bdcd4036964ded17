"""The encoding of a file that is edited in place: UTF-8, or XML in UTF-16. It is written back as it was read."""

from __future__ import annotations

import codecs
from typing import Final

from pinsmith.syntax.position import SyntaxFaultError, position_at
from pinsmith.syntax.xml import declared_encoding, require_encoding

_WIDE: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def encoding_of(content: bytes) -> str:
    """Return the encoding of a file according to its byte order mark, which remains a character of the text."""
    return _WIDE.get(content[:2], "utf-8")


def decode_to_edit(content: bytes) -> str:
    """
    Decode a file that will be edited.

    Raises:
        SyntaxFaultError: If it is not a text in one of these encodings, or is XML that declares another one.
    """
    encoding = encoding_of(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if content.startswith(b"bplist"):
            hint = "convert it with `plutil -convert xml1`"
            raise SyntaxFaultError("it is a binary property list, and cannot be edited", hint=hint) from error
        problem = (
            "it is not UTF-8 text" if encoding == "utf-8" else "it begins like UTF-16 text, but is not valid UTF-16"
        )
        before = content[: error.start].decode(encoding, "replace")
        position = position_at(before, len(before))
        raise SyntaxFaultError(problem, position, hint="save it as UTF-8") from error
    if encoding != "utf-8" and not text.lstrip("\ufeff \t\r\n").startswith("<"):
        raise SyntaxFaultError("it is UTF-16, but only XML may be UTF-16", hint="save it as UTF-8")
    require_encoding(declared_encoding(text), content)
    return text
