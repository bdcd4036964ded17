"""Objective-C, which pinsmith parses itself; see docs/decisions/0038."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from pinsmith.audit import _objc
from pinsmith.audit._value import unescaped
from pinsmith.audit.languages._language import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

_CHANGES: Final = re.compile(r"(?:add|append|exchange|insert|remove|replace|set)(?:[A-Z]|$)")
_MAKERS: Final = frozenset(
    {"arrayWithObjects", "setWithObjects", "arrayWithArray", "setWithArray", "orderedSetWithObjects"}
)


def _parse(text: str) -> SgNode:
    return cast("SgNode", _objc.parse(text))


def _read_leaf(text: str) -> str | None:
    quoted = text.removeprefix("@")
    if len(quoted) > 1 and quoted.startswith('"'):
        return unescaped(quoted[1:-1])
    return None


def _read_call(call: SgNode) -> tuple[str, list[SgNode]]:
    """Return the first part of the selector, and the arguments, without the nil at the end of a list."""
    _, *parts = call.children()
    selectors = [part.text() for part in parts if part.kind() == "selector"]
    arguments = [part for part in parts if part.kind() != "selector"]
    name = selectors[0] if len(selectors) == 1 else ":".join(selectors)
    if name in _MAKERS and arguments and arguments[-1].text() == "nil":
        arguments = arguments[:-1]
    return name, arguments


def _changes(root: SgNode) -> Iterator[tuple[str, SgNode]]:
    yield from cast("Iterator[tuple[str, SgNode]]", _objc.bindings(cast("_objc.Node", root)))
    for message in root.find_all(kind="message"):
        parts = message.children()
        selector = next((part.text() for part in parts if part.kind() == "selector"), "")
        if _CHANGES.match(selector):
            yield re.split(r"\.|->", parts[0].text())[-1], message


OBJC: Final = Language(
    id="objc",
    suffixes=(".m", ".mm"),
    texts=frozenset({"string"}),
    raw=frozenset(),
    names=frozenset({"identifier"}),
    members=frozenset(),
    sums=frozenset({"sum"}),
    wraps=frozenset({"cast", "parenthesized"}),
    lists=frozenset({"array"}),
    calls=frozenset({"message"}),
    makers=_MAKERS,
    keepers=frozenset({"copy", "mutableCopy"}),
    declarations=frozenset({"declaration"}),
    loops=frozenset(),
    parameters=frozenset(),
    assignments=frozenset(),
    targets=frozenset({"identifier"}),
    each=(),
    choices=frozenset({"choice"}),
    maps=frozenset({"dictionary"}),
    pair="pair",
    copies=frozenset({"copy", "mutableCopy", "dictionaryWithDictionary"}),
    read_leaf=_read_leaf,
    scopes=frozenset({"program"}),
    changes=_changes,
    read_call=_read_call,
    parse=_parse,
)
