"""The names that C and C++ declare: behind signs of pointers, by macros, and without a sign before the value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

DECLARATORS: Final = frozenset({"declaration", "field_declaration", "init_declarator", "preproc_def"})
_WRAPS: Final = frozenset({"array_declarator", "pointer_declarator", "reference_declarator"})
_MACRO: Final = ["#define", "identifier", "preproc_arg"]
_NAMES: Final = frozenset({"field_identifier", "identifier", "qualified_identifier"})
_VALUES: Final = frozenset({"argument_list", "initializer_list"})


def declared_by(node: SgNode) -> Iterator[tuple[str, SgNode | None]]:
    """Yield the names that a declaration of C or C++ gives a value; a static member has its value elsewhere."""
    children = [child for child in node.children() if "comment" not in child.kind()]
    if node.kind() == "preproc_def":
        is_whole = [child.kind() for child in children] == _MACRO
        inner = [*children, *(part for child in children if child.kind() == "ERROR" for part in child.children())]
        yield from ((part.text(), children[-1] if is_whole else None) for part in inner if part.kind() == "identifier")
        return
    sign = next((at for at, child in enumerate(children) if child.kind() == "="), len(children))
    value = children[sign + 1] if sign + 1 < len(children) else None
    if value is None and children[-1].kind() == ";":
        children.pop()
    if value is None and children[-1].kind() in _VALUES:
        value = children.pop()
        inner = [child for child in value.children() if child.is_named()]
        if value.kind() == "argument_list":
            value = inner[0] if len(inner) == 1 else None
    is_static = any(child.kind() == "storage_class_specifier" and child.text() == "static" for child in children)
    if (beside := node.next()) is not None and beside.kind() == "ERROR":
        value = None
    if value is None and node.kind() == "field_declaration" and is_static:
        return
    for declarator in children[:sign]:
        if declarator.kind() == "structured_binding_declarator":
            yield from ((child.text(), None) for child in declarator.children() if child.kind() == "identifier")
        elif name := behind(declarator) or (declarator.text() if declarator.kind() in _NAMES else None):
            yield name, value


def behind(declarator: SgNode) -> str | None:
    """Return the name behind the signs of a pointer, a reference, an array or a namespace; None without signs."""
    kind = declarator.kind()
    while declarator.kind() in _WRAPS or declarator.kind() == "qualified_identifier":
        inner = [child for child in declarator.children() if child.kind() in _NAMES | _WRAPS]
        if not inner:
            return None
        declarator = inner[0] if declarator.kind() in _WRAPS else inner[-1]
    return declarator.text() if declarator.kind() != kind else None
