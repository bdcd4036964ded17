"""JSON from strangers: size and depth are limited before a decoder sees it."""

from __future__ import annotations

import re
from typing import Final, TypeVar

import msgspec

from pinsmith.errors import ReportError

T = TypeVar("T")

MAX_BODY_BYTES: Final = 256 * 1024
"""Bytes of one body. A report of TrustKit with three certificates has six thousand."""

MAX_DEPTH: Final = 16
"""Arrays and objects inside each other. A signed exchange in a report of a browser has five."""

# A string, possibly one that never ends. Possessive, so that no input takes more than linear time.
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\(?:.|\Z)[^"\\]*+)*+(?:"|\Z)', re.DOTALL)
_PATH: Final = re.compile(r" - at `\$\.?([\w.\[\]-]{1,80})`$")
_BRACKET: Final = re.compile(rb"[\[{\]}]")


def require_bounded(content: bytes) -> None:
    """
    Raise if *content* is too large or too deep to be decoded.

    Raises:
        ReportError: If it is.
    """
    if len(content) > MAX_BODY_BYTES:
        raise ReportError(
            f"it has {len(content)} bytes, but a report may have {MAX_BODY_BYTES}", hint="send one report at a time"
        )
    # A report of one chain has fewer brackets than the limit, and then its depth need not be counted.
    if content.count(b"[") + content.count(b"{") > MAX_DEPTH and _depth(content) > MAX_DEPTH:
        raise ReportError(f"it is nested more than {MAX_DEPTH} levels deep", hint="send a report without other data")


def decode(decoder: msgspec.json.Decoder[T], content: bytes) -> T:
    """
    Decode *content*, which `require_bounded` has seen. The last of several equal keys counts.

    Raises:
        ReportError: If it is not JSON in UTF-8, or a field has another type than the format demands.
    """
    try:
        return decoder.decode(content)
    except msgspec.ValidationError as error:
        # The text of the library may quote the value, but the path consists of names of the format.
        path = _PATH.search(str(error))
        place = f"the field {path[1]}" if path else "it"
        raise ReportError(
            f"{place} has a type or value that the format does not allow", hint="docs/reports.md describes the formats"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ReportError("it is not JSON in UTF-8", hint="send the document as its library writes it") from None


def _depth(content: bytes) -> int:
    level = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", content)):
        level += 1 if bracket in b"[{" else -1
        deepest = max(deepest, level)
    return deepest
