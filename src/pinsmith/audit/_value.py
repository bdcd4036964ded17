"""The values of expressions, and how languages write texts."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from pinsmith.syntax.position import Position

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ast_grep_py import SgNode

_SHOWN: Final = 60  # characters of an expression in a message
_LONG: Final = 1_000  # characters of an expression that is not copied
_SHORT: Final = 40  # characters of an empty literal
_EMPTY: Final = re.compile(
    r"""\[:?\]|\{\}|""|''|nil|null|undefined|(?:emptyArray|emptyList|emptyMap|emptySet|listOf|mapOf|setOf|arrayOf)(?:<.*>)?\(\)"""
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_ESCAPE: Final = re.compile(r"\\(?:u\{?([0-9A-Fa-f]{1,6})\}?|x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Known:
    """A text, and the place of the literal that it begins with."""

    text: str
    at: Position


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that this file does not give, and the expression that it comes from."""

    source: str
    at: Position


Value: TypeAlias = Known | Unknown


@dataclass(frozen=True, slots=True)
class Pair:
    """
    An entry of a map.

    Attributes:
        keys: The values that the key can have.
        name: The key as it is written.
        value: The expression of the value.
        at: The place of the key.
    """

    keys: tuple[Value, ...]
    name: str
    value: SgNode
    at: Position


def position_of(node: SgNode) -> Position:
    """Return the place of *node*."""
    start = node.range().start
    return Position(start.line + 1, start.column + 1)


def unknown(node: SgNode) -> Unknown:
    """Make an unknown value of the expression *node*."""
    text = " ".join(_beginning(node).split())
    return Unknown(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...", position_of(node))


def _beginning(node: SgNode) -> str:
    """Return the text of *node*, or of a part that it begins with if it is long: each text is a copy."""
    found, shown = node.range(), ""
    while found.end.index - found.start.index > _LONG and (children := node.children()):
        node, shown = children[0], "..."
        found = node.range()
    return node.text()[:_LONG] + shown


def texts(values: Iterable[Value]) -> list[str | None]:
    """Return the texts of *values*; None for each that is not known."""
    return [value.text if isinstance(value, Known) else None for value in values]


def is_empty(node: SgNode) -> bool:
    """Say whether an expression is a literal without values."""
    span = node.range()
    return span.end.index - span.start.index < _SHORT and _EMPTY.fullmatch(node.text().strip()) is not None


def trimmed(value: Value) -> Value:
    """Return *value* without margins."""
    return Known(value.text.strip(), value.at) if isinstance(value, Known) else value


def without_margin(text: str) -> str:
    """Remove the first line of a text in Swift, the last one, and the margin that the last one sets."""
    _, *lines = text.split("\n")
    return "\n".join(line.removeprefix(lines[-1]) for line in lines[:-1]) if lines else text


def unescaped(text: str) -> str:
    """Replace escape sequences, which are alike in these languages."""
    return _ESCAPE.sub(_of_escape, text)


def _of_escape(found: re.Match[str]) -> str:
    if found[1]:
        number = int(found[1], 16)
        return chr(number) if number <= sys.maxunicode else found[0]
    if found[2] or found[3]:
        return chr(int(found[2], 16) if found[2] else int(found[3], 8))
    return _ESCAPES.get(found[4], found[4])
