"""
What all JSON documents have in common.

A document has types of its own and is never a dump of internals. It is an object with ``version``: a version may gain
fields, but no field is renamed or removed.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith.documents.page import page_of_error

if TYPE_CHECKING:
    from pinsmith.errors import PinsmithError

VERSION: Final = 1


class Versioned(msgspec.Struct, frozen=True, kw_only=True):
    """The first field of every document."""

    version: int = VERSION


def encode(document: msgspec.Struct) -> bytes:
    r"""Write *document* as indented JSON. A byte of a file name that is not UTF-8 becomes a text such as ``\udcff``."""
    return msgspec.json.format(encode_line(document), indent=2)


def encode_line(document: msgspec.Struct) -> bytes:
    """Write *document* as JSON on one line, as `encode` does."""
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:
        # Python has such bytes as lone surrogates, and strict readers of JSON refuse those even if they are escaped.
        text = json.dumps(msgspec.to_builtins(document), ensure_ascii=False, separators=(",", ":"))
        return re.sub("[\ud800-\udfff]", lambda found: rf"\\u{ord(found[0]):x}", text).encode()


class ErrorOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    Why something could not be read.

    ``line`` and ``column`` count from 1, in characters. They are null if the error is not about a place in a text file.
    ``page`` is the place in the documentation, below ``docs``.
    """

    code: str
    message: str
    hint: str | None
    line: int | None
    column: int | None
    page: str


def error_out(error: PinsmithError) -> ErrorOut:
    """Describe *error*."""
    return ErrorOut(
        code=error.code,
        message=str(error),
        hint=error.hint,
        line=getattr(error, "line", None),
        column=getattr(error, "column", None),
        page=page_of_error(error.code),
    )
