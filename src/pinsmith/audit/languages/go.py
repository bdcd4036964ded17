"""Go: a name is known in its block, from the end of its declaration on, and a package knows its names everywhere."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from pinsmith.audit._declared import Declared, named
from pinsmith.audit.languages._language import Language

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ast_grep_py import SgNode

_DECLARATIONS: Final = ("const_spec", "var_spec", "short_var_declaration")
_BINDINGS: Final = ("range_clause", "receive_statement", "type_switch_statement")
_PARAMETERS: Final = ("parameter_declaration", "variadic_parameter_declaration")
_FUNCTIONS: Final = frozenset({"func_literal", "function_declaration", "function_type", "method_declaration"})
_SCOPES: Final = frozenset(
    {
        *_FUNCTIONS,
        "block",
        "communication_case",
        "default_case",
        "expression_case",
        "expression_switch_statement",
        "for_statement",
        "if_statement",
        "method_elem",
        "select_statement",
        "source_file",
        "type_case",
        "type_switch_statement",
    }
)
_MAX_AROUND: Final = 30  # from a key to the type of its literal
_CHANGERS: Final = frozenset({"Copy", "DeleteFunc", "Insert", "clear", "copy", "delete"})


def _declare(root: SgNode) -> Iterator[Declared]:
    """Yield the names of a file of Go. Fields have no values, because nothing says of which variable they are."""
    seen: set[tuple[str, int]] = set()
    for kind in (*_DECLARATIONS, *_BINDINGS):
        for node in root.find_all(kind=kind):
            names, values = _sides(node)
            given = _paired(kind, names, values)
            around = _scope(node)
            scope = around.range()
            is_local = around.kind() != "source_file"
            begin = node.range().end.index if is_local and kind != "type_switch_statement" else scope.start.index
            for target, value in zip(names, given, strict=True):
                if target.kind() != "identifier" or target.text() == "_":
                    continue
                if not _declares(node):
                    yield from _assigned(target, None, root)
                    continue
                # A short declaration of a name that its block already has assigns to it.
                key = target.text(), scope.start.index
                again = is_local and key in seen
                seen.add(key)
                yield Declared(target.text(), value, node, begin, scope.end.index, again, owner="")
    for kind in _PARAMETERS:
        for node in root.find_all(kind=kind):
            scope = _scope(node).range()
            for target in named(node):
                if target.kind() == "identifier":
                    yield Declared(target.text(), None, node, scope.start.index, scope.end.index, False, owner="")  # noqa: FBT003
    yield from _changes(root)


def _changes(root: SgNode) -> Iterator[Declared]:
    """Yield the assignments of a file, and what else may change a variable."""
    for node in root.find_all(kind="assignment_statement"):
        names, values = _sides(node)
        is_plain = any(child.kind() == "=" for child in node.children())
        for target, value in zip(names, _paired("", names, values) if is_plain else [None] * len(names), strict=True):
            yield from _assigned(target, value, root)
    for node in root.find_all(kind="unary_expression"):
        if node.children()[0].kind() == "&":  # a pointer, through which others can set the variable
            yield from (change for part in named(node)[:1] for change in _assigned(part, None, root))
    for node in root.find_all(kind="call_expression"):
        function, parts = node.field("function"), named(node)
        if function is not None and function.kind() == "selector_expression":
            function = function.field("field")
        is_changer = function is not None and function.is_leaf() and function.text() in _CHANGERS
        arguments = named(parts[-1]) if is_changer else []
        if arguments:
            yield from _assigned(arguments[0], None, root)


def _assigned(target: SgNode, value: SgNode | None, root: SgNode) -> Iterator[Declared]:
    """Yield the variable that an assignment changes: itself, one of its items or one of its fields."""
    whole = root.range()
    is_whole = target.kind() == "identifier"
    while target.kind() != "identifier" and (parts := named(target)):
        target = parts[0]
    if target.kind() == "identifier" and target.text() != "_":
        yield Declared(
            target.text(), value if is_whole else None, target, 0, whole.end.index, is_assigned=True, owner=""
        )


def _sides(node: SgNode) -> tuple[list[SgNode], list[SgNode]]:
    """Return the names that a declaration or an assignment sets, and the expressions after its sign."""
    children = [child for child in node.children() if "comment" not in child.kind()]
    at = next((at for at, child in enumerate(children) if not child.is_named() and child.text().endswith("=")), None)
    if at is None:
        return (_flat(children), []) if node.kind() in _DECLARATIONS else ([], [])
    before, after = children[:at], children[at + 1 :]
    return _flat(before), _flat(after)


def _flat(nodes: Sequence[SgNode]) -> list[SgNode]:
    found = []
    for node in nodes:
        if node.kind() == "expression_list":
            found += named(node)
        elif node.is_named() and "type" not in node.kind():
            found.append(node)
    return found


def _paired(kind: str, names: Sequence[SgNode], values: Sequence[SgNode]) -> list[SgNode | None]:
    """Return the value of each name; None for those that the file does not give."""
    if kind == "range_clause":  # the first name is an index
        return [None, values[0]] if len(names) > 1 and values else [None] * len(names)
    is_even = len(names) == len(values) and kind not in _BINDINGS
    return [*values] if is_even else [None] * len(names)


def _declares(node: SgNode) -> bool:
    """Say whether the names of a loop or of a receipt are new, and not variables that exist."""
    return node.kind() not in _BINDINGS or any(child.kind() == ":=" for child in node.children())


def _scope(node: SgNode) -> SgNode:
    if node.kind() == "type_switch_statement":
        return node
    wanted = _FUNCTIONS | {"method_elem", "source_file"} if node.kind() in _PARAMETERS else _SCOPES
    return next((around for around in node.ancestors() if around.kind() in wanted), node.get_root().root())


def _is_field(key: SgNode) -> bool:
    """Say whether a key names a field, because its literal is not one of a map that the literal or one around names."""
    inner = named(key)
    if len(inner) != 1 or inner[0].kind() != "identifier":
        return False
    depth = 0
    for around in itertools.islice(key.ancestors(), _MAX_AROUND):
        if around.kind() == "composite_literal":
            break
        depth += around.kind() == "literal_value"
    else:
        return True
    kind: SgNode | None = named(around)[0]
    for _ in range(depth - 1):  # the literals inside leave out their types
        kind = kind.field("value") or kind.field("element") if kind is not None else None
    return kind is None or kind.kind() != "map_type"


GO: Final = Language(
    id="go",
    suffixes=(".go",),
    texts=frozenset({"interpreted_string_literal", "raw_string_literal"}),
    raw=frozenset({"interpreted_string_literal_content", "raw_string_literal_content"}),
    names=frozenset({"identifier"}),
    members=frozenset({"selector_expression"}),
    sums=frozenset({"binary_expression"}),
    wraps=frozenset(
        {
            "composite_literal",
            "literal_element",
            "parenthesized_expression",
            "type_conversion_expression",
            "variadic_argument",
        }
    ),
    lists=frozenset({"literal_value"}),
    calls=frozenset({"call_expression"}),
    makers=frozenset(),
    keepers=frozenset(),
    maps=frozenset({"literal_value"}),
    pair="keyed_element",
    words=frozenset({"field_identifier"}),
    unescaped=("`",),
    marks=frozenset({"true", "{}", "struct{}{}"}),
    declare=_declare,
    is_word=_is_field,
)
