"""From bytes to TOML tables, with one error for everything that is not TOML."""

from __future__ import annotations

import re
from typing import Any, Final

from pinsmith.errors import ParseError
from pinsmith.pinfile._layout import line_at, path_text
from pinsmith.pinfile._survey import survey

BYTE_ORDER_MARK: Final = "\ufeff"

# A key of n dotted parts costs the standard parser n² steps, and some of its versions one level of
# recursion or more per bracket: both are refused long before they cost anything.
_MAX_DOTS: Final = 250  # in a line; 32 suffice for the longest reverse name
_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)\Z")
_LONG_NUMBER: Final = re.compile(r"[0-9][0-9_]{4000}")
_HINTS: Final = (
    ("Invalid value", 'put text in quotes: name = "api.example.com"'),
    ("Unescaped '\\'", "write a backslash twice, or put the text in single quotes"),
    ("Cannot declare", "give each table its own name; hosts and outputs stand in [[double]] brackets"),
    ("Cannot overwrite", "a table and a value cannot share one name"),
)


def decode(content: bytes, *, file: str) -> str:
    """
    Decode the bytes of a pin file.

    Args:
        content: UTF-8; a byte order mark, as Windows editors write it, is dropped.

        file: As the user named it.

    Raises:
        ParseError: it is not UTF-8.
    """
    try:
        return content.decode("utf-8").removeprefix(BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        raise ParseError(
            f"not UTF-8 text: byte 0x{content[error.start]:02x}",
            file=file,
            line=content.count(b"\n", 0, error.start) + 1,
            hint="a pin file is plain text; save it as UTF-8",
        ) from error


def parse_toml(text: str, *, file: str) -> dict[str, Any]:
    """
    Read *text* as TOML.

    Returns:
        Tables as the standard library gives them; a new object.

    Raises:
        ParseError: it is no TOML, or TOML of a size or depth that no pin file has.
    """
    import tomllib

    _require_plain(text, file)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _explain(str(error), text, file) from error
    except RecursionError as error:
        deep = survey(text).too_deep
        raise ParseError(
            "brackets are nested too deeply",
            file=file,
            line=line_at(text, deep) if deep else None,
            hint="a pin file needs three levels at most",
        ) from error
    except ValueError as error:  # a number beyond the limit of int()
        found = _LONG_NUMBER.search(text)
        line = line_at(text, found.start()) if found else None
        raise ParseError("a number is too long", file=file, line=line) from error


def _require_plain(text: str, file: str) -> None:
    if not text.strip():
        raise ParseError("the file is empty", file=file, hint="write one with `pinsmith init HOST`")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ParseError(
            f"not UTF-8 text: a lone surrogate {text[error.start]!r}",
            file=file,
            line=line_at(text, error.start),
        ) from error
    if (nul := text.find("\0")) >= 0:
        raise ParseError(
            "a NUL character: this is not a text file",
            file=file,
            line=line_at(text, nul),
            hint="if an editor saved it as UTF-16, save it as UTF-8",
        )
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > _MAX_DOTS and not line.lstrip().startswith("#"):
            raise ParseError(f"more than {_MAX_DOTS} dots in a line", file=file, line=number)


def _explain(message: str, text: str, file: str) -> ParseError:
    place = _PLACE.search(message)
    fact = message[: place.start()] if place else message
    repeats = fact.startswith(("Cannot declare", "Cannot overwrite", "Duplicate"))
    if repeats and (found := survey(text).repeated):
        path, first, second = found
        return ParseError(
            f"it stands twice, first in line {line_at(text, first)}",
            file=file,
            line=line_at(text, second),
            key_path=path_text(path),
            hint="remove one of the two",
        )
    hint = next((hint for start, hint in _HINTS if fact.startswith(start)), None)
    if place and place[1]:
        line, column = int(place[1]), int(place[2])
        return ParseError(
            f"not TOML: {fact[:1].lower()}{fact[1:]} (column {column})",
            file=file,
            line=line,
            hint=hint,
        )
    return ParseError(
        f"not TOML: {fact[:1].lower()}{fact[1:]} at the end of the file",
        file=file,
        line=line_at(text, len(text.rstrip())),
        hint="the file ends too early; was it written or copied completely?",
    )
