"""Ruby."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit.languages._language import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

_CHANGES: Final = re.compile(
    r"\w+!|append|clear|concat|delete|delete_if|insert|prepend|push|replace|store|unshift|update"
)


def _unescaped(text: str) -> str | None:
    return None if "\\" in text else text


def _parts(node: SgNode) -> list[SgNode]:
    return [child for child in node.children() if child.is_named() and child.kind() != "comment"]


def _read_call(call: SgNode) -> tuple[str, list[SgNode]]:
    """Return the method of a call, and its arguments, which need no parentheses."""
    method, arguments = "", []
    for part in _parts(call):
        if part.kind() == "argument_list":
            arguments = _parts(part)
        elif part.kind() in ("identifier", "constant"):
            method = part.text()
    return method, arguments


def _changes(root: SgNode) -> Iterator[tuple[str, SgNode]]:
    """Yield what ``<<`` and methods change in place."""
    for node in root.find_all(kind="binary"):
        if any(child.text() == "<<" for child in node.children() if not child.is_named()):
            yield _last_name(_parts(node)[0]), node
    for node in root.find_all(kind="call"):
        parts = _parts(node)
        if len(parts) > 1 and _CHANGES.fullmatch(parts[1].text()[:20]):
            yield _last_name(parts[0]), node


def _last_name(node: SgNode) -> str:
    return _parts(node)[-1].text() if node.kind() == "scope_resolution" else node.text()[:100]


RUBY: Final = Language(
    id="ruby",
    suffixes=(".rb", ".rake", ".gemspec"),
    texts=frozenset({"string", "bare_string"}),
    raw=frozenset({"string_content"}),
    names=frozenset({"identifier", "constant"}),
    members=frozenset({"scope_resolution"}),
    sums=frozenset({"binary", "chained_string"}),
    wraps=frozenset({"interpolation", "parenthesized_statements", "splat_argument"}),
    lists=frozenset({"array", "string_array"}),
    calls=frozenset({"call"}),
    makers=frozenset(),
    joiners=frozenset({"join"}),
    keepers=frozenset({"dup", "freeze", "strip", "to_a", "to_s"}),
    declarations=frozenset(),
    loops=frozenset({"for"}),
    parameters=frozenset({"block_parameters", "exception_variable", "lambda_parameters", "method_parameters"}),
    assignments=frozenset({"assignment", "operator_assignment"}),
    targets=frozenset({"identifier"}),
    each=(),
    choices=frozenset({"conditional"}),
    maps=frozenset({"hash"}),
    pair="pair",
    words=frozenset({"hash_key_symbol"}),
    copies=frozenset({"dup", "freeze"}),
    unescaped=("'",),
    unescape=_unescaped,
    sealed=frozenset({"method", "singleton_method"}),
    assignments_declare=True,
    changes=_changes,
    read_call=_read_call,
)
