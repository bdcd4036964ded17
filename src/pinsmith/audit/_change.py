"""Calls and statements that change a list or a map, or declare a constant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit._declared import LONG, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit.languages import Language

ROOT: Final = re.compile(r"^((?:\$?this|self|Self|static)(?:[?!]?\.|->|::))?([\w$]+)")
"""The variable of an expression, after the word for the object itself."""
WORD: Final = re.compile(r"[\w$]+")
# Methods that change a list or a map, so that its literal is not all of it.
_CHANGES: Final = re.compile(
    "add|addAll|addFirst|addLast|addRange|append|assign|clear|emplace|emplace_back|erase|exceptWith|fill|insert|insertAll"
    "|insertRange|insert_or_assign|merge|pop|prepend|push|push_back|put|putAll|putIfAbsent|remove|removeAll|removeAt"
    "|removeFirst|removeIf|removeLast|replace|replaceAll|retainAll|set|shift|splice|swap|tryAdd|unionWith|unshift"
    "|updateValue",
    re.IGNORECASE,
)


def changes(root: SgNode, language: Language) -> Iterator[tuple[str, SgNode | None, SgNode]]:
    """Yield what calls and statements change or declare: its name, the value of a constant, and the place."""
    for kind in language.calls:
        for call in root.find_all(kind=kind):
            if changed := _changed(call, language):
                yield changed, None, call
            if defined := _defined(call, language):
                yield *defined, call
    if language.macros:
        for statement in root.find_all(kind="expression_statement"):
            if grown := _appended(statement):
                yield grown, None, statement


def _changed(call: SgNode, language: Language) -> str | None:
    """Return the name of the list or map that a call changes."""
    parts = named(call)
    if language.changers and parts and parts[0].text()[:20].lstrip("\\") in language.changers:
        first = next(iter(named(parts[-1])), None)
        root = ROOT.match(first.text()[:LONG]) if first is not None else None
        return (root[2].strip("$") if root[1] else root[2]) if root else None
    if parts and parts[0].kind() in language.members:
        parts = named(parts[0])
    receiver, method = (parts[0], parts[1]) if len(parts) > 1 else (None, None)
    if receiver is None or method is None or not _CHANGES.fullmatch(method.text()[:20].lstrip(".?!")):
        return None
    if receiver.kind() in language.members:
        receiver = named(receiver)[-1]
    name = receiver.text().lstrip(".?!") if receiver.is_leaf() or receiver.kind() == "navigation_suffix" else ""
    return name if WORD.fullmatch(name) else None


def _defined(call: SgNode, language: Language) -> tuple[str, SgNode] | None:
    """Return the constant that a call declares, and its value."""
    parts = named(call)
    if not language.definers or not parts or parts[0].text()[:20].lstrip("\\") not in language.definers:
        return None
    arguments = named(parts[-1])
    name = arguments[0].text().strip("\"'") if len(arguments) > 1 else ""
    return (name, arguments[1]) if WORD.fullmatch(name) else None


def _appended(statement: SgNode) -> str | None:
    """Return the name of the list that a statement appends to with ``<<``, as in Qt."""
    node = next(iter(statement.children()), None)
    if node is None or node.kind() != "binary_expression":
        return None
    while node.kind() == "binary_expression":
        left, operator, *_ = node.children()
        if operator.kind() != "<<":
            return None
        node = left
    return node.text() if node.kind() == "identifier" else None
