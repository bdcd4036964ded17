"""
The comments of a file, whatever its syntax is. A string may look like a comment, but it accepts no finding.

The parser of a language knows the comments of code. Other syntaxes have strings, and comments of a few kinds.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith import audit

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONG: Final = r""" "{3}.*?(?:"{3}|\Z) | '{3}.*?(?:'{3}|\Z) | "(?:[^"\\\n]|\\.)*" """
_MARKUP: Final = r"<!--.*?(?:-->|\Z)"
_BLOCK: Final = r"(?<!\S)/\*.*?(?:\*/|\Z)"
_SLASHES: Final = r"(?<![:\w/])//[^\n]*"
_NUMBER_SIGN: Final = r"(?<![\w&=/?.:-])\#[^\n]*"  # not one in an address
_SEMICOLON: Final = r"(?<!\S);[^\n]*"


def _tokens(strings: str, *comments: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{strings})|(?P<comment>{'|'.join(comments)})", re.DOTALL | re.VERBOSE)


_XML: Final = _tokens(r"<!\[CDATA\[.*?(?:\]\]>|\Z)", _MARKUP)
_GRADLE: Final = _tokens(rf"{_LONG} | '(?:[^'\\\n]|\\.)*'", _BLOCK, _SLASHES)
_OTHERS: Final = _tokens(rf"{_LONG} | '[^'\n]*'", _NUMBER_SIGN, _SEMICOLON, _BLOCK, _SLASHES, _MARKUP)


def comments_alone(text: str, file: str) -> str:
    """Return *text* with blanks instead of everything but its comments. Lines and columns stay."""
    code = audit.parse(text, file)
    if code is not None:
        return "".join(
            sign if blank.isspace() or sign == "\n" else " " for sign, blank in zip(text, code.bare, strict=True)
        )
    parts, end = [], 0
    for begin, until in _spans(text, file):
        parts += [_blanks(text[end:begin]), text[begin:until]]
        end = until
    return "".join([*parts, _blanks(text[end:])])


def _spans(text: str, file: str) -> Iterator[tuple[int, int]]:
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        tokens = _XML
    else:
        tokens = _GRADLE if PurePath(file).suffix == ".gradle" else _OTHERS
    return (match.span() for match in tokens.finditer(text) if match["comment"])


def _blanks(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
