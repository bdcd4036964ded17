"""The values of expressions that make one of several: joined lists, new objects, and macros."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

from pinsmith.audit._call import called, receiver_of
from pinsmith.audit._scope import named
from pinsmith.audit._value import Known, position_of, texts, unescaped, unknown, without_margin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ast_grep_py import SgNode

    from pinsmith.audit._value import Value
    from pinsmith.audit.languages import Language

# A text, a name, or a comment or the sign that the macro goes on in the next line.
_PIECE: Final = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|(\w+)|//[^\n]*|\\\r?\n)')
_COMPARERS: Final = "StringComparer."
_DOUBLED: Final = frozenset({"interpolated_string_expression", "raw_string_literal"})
_DOUBLE: Final = re.compile(r'[{}\n]|""')  # in C#, signs that may stand for others; in C++, no pin contains them
MAX_TEXTS: Final = 10_000
"""The number of texts that an expression may have."""
_MAX_LENGTH: Final = (
    100_000  # characters of all texts of an expression, which names of names could double again and again
)


class Tree(Protocol):
    """What is needed of a file of code."""

    language: Language

    def resolve(self, node: SgNode) -> SgNode:
        """Follow names, see `Code.resolve`."""

    def values(self, node: SgNode) -> list[Value]:
        """Return the values of an expression, see `Code.values`."""


def is_broken(node: SgNode) -> bool:
    """Say whether the parser did not understand what stands beside *node*, which may belong to the same value."""
    return any(beside is not None and beside.kind() == "ERROR" for beside in (node.prev(), node.next()))


def text_of(node: SgNode, language: Language, values: Callable[[SgNode], list[Value]]) -> list[Value]:
    """Return the texts that a text in quotes can have."""
    parts = [part for part in named(node) if not part.kind().endswith(("_start", "_end"))]
    if not parts:
        text = _leaf_of(node.text(), language, is_verbatim=node.kind() == "verbatim_string_literal")
        return [Known(text, position_of(node))] if text is not None else [unknown(node)]
    signs = {child.text() for child in node.children() if not child.is_named()}
    if language.quotes and not signs <= language.quotes:
        return [unknown(node)]
    # In a raw text, a backslash is a backslash.
    unescape = str if node.text().startswith(language.unescaped) else language.unescape
    found = [""]
    for part in parts:
        is_escape = "escape" in part.kind() and part.kind() not in language.names
        if is_escape or part.kind() in language.raw:
            value = (language.unescape if is_escape else unescape)(part.text())
            if value is None or (node.kind() in _DOUBLED and _DOUBLE.search(part.text())):
                return [unknown(node)]
            more = [value]
        else:
            inner = values(part)
            more = [value.text for value in inner if isinstance(value, Known)]
            if len(more) != len(inner) or len(more) * len(found) > MAX_TEXTS:
                return [unknown(node)]
        found = [text + value for text in found for value in more]
        if sum(map(len, found)) > _MAX_LENGTH:
            return [unknown(node)]
    if node.kind() == "multi_line_string_literal" and language.id == "swift":
        found = [without_margin(text) for text in found]
    return [Known(text, position_of(node)) for text in found]


def sum_of(node: SgNode, language: Language, values: Callable[[SgNode], list[Value]]) -> list[Value]:
    """Return the texts that parts joined by an operator, or beside each other, can have."""
    operators = {child.text() for child in node.children() if not child.is_named()}
    return sequel_of(node, named(node), values) if operators <= {language.plus} else [unknown(node)]


def sequel_of(node: SgNode, parts: Sequence[SgNode], values: Callable[[SgNode], list[Value]]) -> list[Value]:
    """Return the texts that *parts* of an expression can have one after the other."""
    found = [""]
    for part in parts:
        inner = values(part)
        known = [value.text for value in inner if isinstance(value, Known)]
        if len(known) != len(inner) or len(known) * len(found) > MAX_TEXTS:
            return [unknown(node)]
        found = [text + value for text in found for value in known]
        if sum(map(len, found)) > _MAX_LENGTH:
            return [unknown(node)]
    return [Known(text, position_of(node)) for text in found]


def _leaf_of(text: str, language: Language, *, is_verbatim: bool) -> str | None:
    """Return the value of a text without parts; None if it is not known."""
    if is_verbatim:
        return text[2:-1].replace('""', '"')
    if not text.strip("\"'`"):
        return ""
    return language.read_leaf(text) if language.read_leaf is not None else None


def joined(
    code: Tree, call: SgNode, arguments: Sequence[SgNode], values: Callable[[SgNode], list[Value]]
) -> list[Value]:
    """Join a list, which is an argument or what the method belongs to, by the separator beside it."""
    parts = [*receiver_of(call, code.language), *arguments][-2:]
    listed = [part for part in parts if code.resolve(part).kind() in code.language.lists]
    if len(parts) == 2 and len(listed) == 1:  # noqa: PLR2004 - a list and a separator
        found = texts(values(listed[0]))
        separator = texts(values(next(part for part in parts if part != listed[0])))
        known = [text for text in (*found, *separator) if text is not None]
        length = sum(map(len, known)) + len(known[-1] if known else "") * len(known)
        if len(separator) == 1 and len(known) == len(found) + 1 and length < _MAX_LENGTH:
            return [Known(known[-1].join(known[:-1]), position_of(listed[0]))]
    return [unknown(call)]


def created(code: Tree, node: SgNode) -> list[SgNode] | None:
    """
    Return the lists that a new list is made of, with that in its braces.

    Returns:
        None if it is another object, and nothing if a part is not a list.
    """
    name, arguments = called(node, code.language)
    made = named(node)[-1:]
    lists = [part for part in made if part.kind() in code.language.lists]
    if not lists and (name or not arguments):
        return None
    parts = [part for part in arguments if not part.text().startswith(_COMPARERS)]
    return [*parts, *lists] if all(code.resolve(part).kind() in code.language.lists for part in parts) else []


def macro(node: SgNode, values: Callable[[str], list[Value]]) -> list[Value]:
    """Return the text of a macro, which is not parsed: texts and names of other macros beside each other."""
    text, at, found = node.text().strip(), 0, ""
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            return [unknown(node)]
        at = piece.end()
        if piece[2] is None:
            found += unescaped(piece[1] or "")
            continue
        known = values(piece[2])
        if len(known) != 1 or not isinstance(known[0], Known) or len(found) > _MAX_LENGTH:
            return [unknown(node)]
        found += known[0].text
    return [Known(found, position_of(node))]
