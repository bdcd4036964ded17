"""TOML: decoding and parsing, with one error for invalid TOML and for TOML of excessive size."""

from __future__ import annotations

import re
from typing import Any, Final

from pinsmith.syntax.position import Position, SyntaxFaultError, position_at
from pinsmith.syntax.toml_layout import path_text, scan

BYTE_ORDER_MARK: Final = "\ufeff"

# The standard parser takes n² steps for a key of n dotted parts, and some versions recurse once or more for every
# bracket. Both are refused long before they are expensive.
_MAX_DOTS: Final = 250  # on one line; 32 suffice for the longest reverse name
_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)\Z")
_LONG_NUMBER: Final = re.compile(r"[0-9][0-9_]{4000}")
_HINTS: Final = (
    ("Invalid value", 'put text in quotes: name = "api.example.com"'),
    ("Unescaped '\\'", "write a backslash twice, or put the text in single quotes"),
    ("Cannot declare", "give each table its own name; a table that repeats needs [[double]] brackets"),
    ("Cannot overwrite", "a table and a value cannot share one name"),
)


def decode_toml(content: bytes) -> str:
    """
    Decode the bytes of a TOML file.

    Args:
        content: UTF-8. A byte order mark, as Windows editors write it, is removed.

    Raises:
        SyntaxFaultError: If it is not UTF-8.
    """
    try:
        return content.decode("utf-8").removeprefix(BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        raise SyntaxFaultError(
            f"not UTF-8 text: byte 0x{content[error.start]:02x}",
            position_at(before, len(before)),
            hint="it must be plain text; save it as UTF-8",
        ) from error


def parse_toml(text: str) -> dict[str, Any]:
    """
    Read *text* as TOML.

    Returns:
        The tables as `tomllib` returns them; a new object.

    Raises:
        SyntaxFaultError: If it is not TOML, or is larger or more deeply nested than any file of settings.
    """
    import tomllib

    _require_plain(text)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _explain(str(error), text) from error
    except RecursionError as error:
        deep = scan(text).too_deep
        raise SyntaxFaultError(
            "brackets are nested too deeply",
            position_at(text, deep) if deep else None,
            hint="three levels are enough for most files",
        ) from error
    except ValueError as error:  # a number beyond the limit of int()
        found = _LONG_NUMBER.search(text)
        position = position_at(text, found.start()) if found else None
        raise SyntaxFaultError("a number is too long", position) from error


def _require_plain(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SyntaxFaultError(
            f"not UTF-8 text: a lone surrogate {text[error.start]!r}", position_at(text, error.start)
        ) from error
    if (nul := text.find("\0")) >= 0:
        raise SyntaxFaultError(
            "a NUL character: this is not a text file",
            position_at(text, nul),
            hint="if an editor saved it as UTF-16, save it as UTF-8",
        )
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > _MAX_DOTS and not line.lstrip().startswith("#"):
            raise SyntaxFaultError(f"more than {_MAX_DOTS} dots in a line", Position(number, 1))


def _explain(message: str, text: str) -> SyntaxFaultError:
    place = _PLACE.search(message)
    fact = message[: place.start()] if place else message
    repeats = fact.startswith(("Cannot declare", "Cannot overwrite", "Duplicate"))
    if repeats and (found := scan(text).repeated):
        path, first, second = found
        return SyntaxFaultError(
            f"it is defined twice, first in line {position_at(text, first).line}",
            position_at(text, second),
            path=path_text(path),
            hint="remove one of the two",
        )
    hint = next((hint for start, hint in _HINTS if fact.startswith(start)), None)
    if place and place[1]:
        position = Position(int(place[1]), int(place[2]))
        return SyntaxFaultError(f"not TOML: {fact[:1].lower()}{fact[1:]}", position, hint=hint)
    return SyntaxFaultError(
        f"not TOML: {fact[:1].lower()}{fact[1:]} at the end of the file",
        position_at(text, len(text.rstrip())),
        hint="the file ends too early; was it written or copied completely?",
    )
