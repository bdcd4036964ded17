"""Python: an assignment declares a name in its whole function, and methods do not see the names of their class."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.audit._declared import Declared, named
from pinsmith.audit._value import unescaped
from pinsmith.audit.languages._language import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

_COMPREHENSIONS: Final = frozenset(
    {"dictionary_comprehension", "generator_expression", "list_comprehension", "set_comprehension"}
)
_FUNCTIONS: Final = frozenset({"function_definition", "lambda"})
_SCOPES: Final = frozenset({*_COMPREHENSIONS, *_FUNCTIONS, "class_definition", "module"})
_PATTERNS: Final = frozenset({"list_pattern", "list_splat_pattern", "pattern_list", "tuple_pattern", "expression_list"})
_SELVES: Final = frozenset({"cls", "self"})
_CHANGERS: Final = frozenset({"discard", "extend", "popitem", "setdefault", "update"})
_RAW: Final = [letters for raw in "rR" for other in ("", *"bBfF") for letters in (raw + other, other + raw)]
_ESCAPE: Final = re.compile(r"(\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|.))", re.DOTALL)
_KNOWN: Final = re.compile(r"""\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[bfnrt'"\\])""")
_OTHER_ESCAPE: Final = re.compile(r"(?<!\\)(?:\\\\)*\\[0-7aNUv]")  # of characters that no pin and no host needs
_BINDERS: Final = ("as_pattern_target", "case_pattern", "parameters", "lambda_parameters")


@dataclass(frozen=True, slots=True)
class _Bound:
    """A name or a part that a statement sets, and its value if the file gives it."""

    target: SgNode
    value: SgNode | None
    statement: SgNode


def _declare(root: SgNode) -> Iterator[Declared]:
    """Yield the names of a file of Python."""
    elsewhere: dict[int, set[str]] = {}  # names of outer scopes, by the function that assigns them
    for kind in ("global_statement", "nonlocal_statement"):
        for node in root.find_all(kind=kind):
            elsewhere.setdefault(_begin(_scope(node)), set()).update(name.text() for name in named(node))
    holes: dict[int, tuple[tuple[int, int], ...]] = {}
    end = root.range().end.index
    for bound in itertools.chain(*(bind(root) for bind in (_assignments, _loops, _binders, _imports, _changes))):
        scope, target = _scope(bound.statement), bound.target
        span = _body(scope).range()
        name, begin = target.text() if target.is_leaf() else "", span.start.index
        if target.kind() != "identifier":
            yield from _parts(bound, end)
        elif name in elsewhere.get(begin, ()):
            yield Declared(name, bound.value, bound.statement, 0, end, is_assigned=True, owner="")
        else:
            if begin not in holes:
                holes[begin] = _holes(scope)
            owner = _name(scope) if scope.kind() == "class_definition" else ""
            end_of_scope, among = span.end.index, holes[begin]
            yield Declared(name, bound.value, bound.statement, begin, end_of_scope, False, owner, among)  # noqa: FBT003


def _parts(bound: _Bound, end: int) -> Iterator[Declared]:
    """Yield the attribute that a statement sets, and the variable of which it sets a part."""
    target = bound.target
    if target.kind() == "attribute" and (parts := named(target)):
        owner = _type_of(parts[0]) if parts[0].text() in _SELVES else ""
        known = bound.value if owner else None
        yield Declared(parts[-1].text(), known, target, 0, end, is_assigned=True, owner=owner or "*")
    while target.kind() in ("attribute", "subscript") and (parts := named(target)):
        target = parts[0]
    if target.kind() == "identifier" and target.text() not in _SELVES:
        yield Declared(target.text(), None, target, 0, end, is_assigned=True, owner="")


def _assignments(root: SgNode) -> Iterator[_Bound]:
    for node in root.find_all(kind="assignment"):
        target, value = node.field("left"), node.field("right")
        while value is not None and value.kind() == "assignment":
            value = value.field("right")
        if target is not None and value is not None:
            yield from _unpacked(target, value, node)
    for node in root.find_all(kind="named_expression"):
        yield from (_Bound(part, named(node)[-1], node) for part in named(node)[:1])


def _loops(root: SgNode) -> Iterator[_Bound]:
    for kind in ("for_statement", "for_in_clause"):
        for node in root.find_all(kind=kind):
            target = node.field("left")
            if target is not None:
                yield from _unpacked(target, node.field("right") if target.kind() == "identifier" else None, node)


def _binders(root: SgNode) -> Iterator[_Bound]:
    """Yield parameters, and the names of patterns, functions and classes, whose values the file does not give."""
    for kind in _BINDERS:
        for node in root.find_all(kind=kind):
            yield from (_Bound(name, None, node) for name in _identifiers(node))
    for kind in ("function_definition", "class_definition"):
        for node in root.find_all(kind=kind):
            name = node.field("name")
            if name is not None:
                yield _Bound(name, None, node)


def _imports(root: SgNode) -> Iterator[_Bound]:
    for kind in ("import_statement", "import_from_statement"):
        for node in root.find_all(kind=kind):
            for part in named(node)[1 if kind == "import_from_statement" else 0 :]:
                names = named(part)
                yield from (_Bound(name, None, node) for name in names[-1 if "alias" in part.kind() else 0 :][:1])


def _changes(root: SgNode) -> Iterator[_Bound]:
    """Yield what changes a value in place."""
    for kind in ("augmented_assignment", "delete_statement"):
        for node in root.find_all(kind=kind):
            for target in named(node)[:1]:
                yield from _unpacked(target, None, node)
    for node in root.find_all(kind="call"):
        function = node.field("function")
        parts = named(function) if function is not None and function.kind() == "attribute" else []
        if function is not None and parts and parts[-1].text() in _CHANGERS:
            yield _Bound(function, None, node)


def _unpacked(target: SgNode, value: SgNode | None, node: SgNode) -> Iterator[_Bound]:
    """Yield the parts of a target, with those of its value if there are as many."""
    if target.kind() not in _PATTERNS:
        yield _Bound(target, value, node)
        return
    targets = named(target)
    values = named(value) if value is not None and value.kind() in ("expression_list", "list", "tuple") else []
    is_even = len(targets) == len(values) and not any("splat" in part.kind() for part in (*targets, *values))
    for number, part in enumerate(targets):
        if part.kind() in _PATTERNS:  # values of patterns in patterns are not followed
            yield from (_Bound(name, None, node) for name in _identifiers(part))
        else:
            yield _Bound(part, values[number] if is_even else None, node)


def _identifiers(node: SgNode) -> Iterator[SgNode]:
    stack = [node]
    while stack:
        part = stack.pop()
        if part.kind() == "identifier":
            yield part
        elif part.kind().endswith("default_parameter"):
            stack += named(part)[:1]
        elif part.kind() != "type":
            stack += part.children()


def _scope(node: SgNode) -> SgNode:
    """Return the function, class, comprehension or module in which a statement declares names."""
    if node.kind() in ("parameters", "lambda_parameters"):
        return node.parent() or node
    wanted = _SCOPES - _COMPREHENSIONS if node.kind() == "named_expression" else _SCOPES
    return next((around for around in node.ancestors() if around.kind() in wanted), node.get_root().root())


def _body(scope: SgNode) -> SgNode:
    return (scope.field("body") if scope.kind() in _FUNCTIONS | {"class_definition"} else None) or scope


def _holes(scope: SgNode) -> tuple[tuple[int, int], ...]:
    """Return the parts of a class that do not see its names: the bodies of its functions and classes."""
    if scope.kind() != "class_definition":
        return ()
    found = []
    for kind in sorted(_SCOPES):
        for node in scope.find_all(kind=kind):
            if _begin(node) != _begin(scope):
                span = _body(node).range()
                found.append((span.start.index, span.end.index))
    return tuple(found)


def _begin(node: SgNode) -> int:
    return _body(node).range().start.index


def _name(scope: SgNode) -> str:
    name = scope.field("name")
    return name.text() if name is not None else ""


def _type_of(receiver: SgNode) -> str:
    """Return the class that ``self`` stands for; another name is that of a class itself."""
    if receiver.kind() != "identifier":
        return ""
    if receiver.text() not in _SELVES:
        return receiver.text()
    around = next((around for around in receiver.ancestors() if around.kind() == "class_definition"), None)
    return _name(around) if around is not None else ""


def _receiver(node: SgNode) -> str:
    return _type_of(named(node)[0])


def _unescape(text: str) -> str | None:
    """Replace escape sequences; a backslash before another character stands for itself."""
    if _OTHER_ESCAPE.search(text):
        return None
    pieces = _ESCAPE.split(text.replace("\\\n", ""))
    return "".join(unescaped(piece) if _KNOWN.match(piece) else piece for piece in pieces)


PYTHON: Final = Language(
    id="python",
    suffixes=(".py", ".pyi", ".pyw"),
    texts=frozenset({"string"}),
    raw=frozenset({"string_content"}),
    names=frozenset({"identifier"}),
    members=frozenset({"attribute"}),
    sums=frozenset({"binary_operator", "concatenated_string"}),
    wraps=frozenset({"interpolation", "keyword_argument", "list_splat", "parenthesized_expression"}),
    lists=frozenset({"expression_list", "list", "set", "tuple"}),
    calls=frozenset({"call"}),
    makers=frozenset({"frozenset", "list", "set", "tuple"}),
    keepers=frozenset({"copy", "encode", "strip"}),
    maps=frozenset({"dictionary"}),
    pair="pair",
    copies=frozenset({"MappingProxyType", "dict"}),
    unescaped=tuple(f"{letters}{sign}" for letters in _RAW for sign in "'\""),
    unescape=_unescape,
    declare=_declare,
    receiver=_receiver,
)
