"""The names that code declares: with which values, and in which part of the file."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit._change import ROOT, WORD, changes
from pinsmith.audit._declarator import DECLARATORS, behind, declared_by
from pinsmith.audit._declared import Declared, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit.languages import Language

__all__ = ["Declared", "builder_of", "declarations", "list_of_it", "named"]

_SCOPE: Final = re.compile(
    "body|block|class|closure_expression|constructor|function|init_declaration|lambda|match_arm|method|program"
    "|source_file|statements"
)
_BRANCH: Final = re.compile("if_|conditional|ternary")  # without a block around each branch
_NO_SCOPE: Final = re.compile("call|class_member|declarator|formal|invocation|parameter|signature")
_TYPE: Final = re.compile("class|enum|extension|impl|interface|mixin|module|namespace|object|record|struct|trait")
_OWNER: Final = re.compile("anonymous_class|class|enum|impl|interface|struct|trait")  # of members
_SIGILS: Final = ("$", "self::", "static::")  # their members lose the sign of variables
_SEVERAL: Final = re.compile("list|pattern|structured|tuple|by_ref|pair")
_DOT: Final = re.compile(r"\.|->|::")
_PARAMETER: Final = {"arrow_function": "parameter", "catch_clause": "parameter", "lambda_expression": "parameters"}


def declarations(root: SgNode, language: Language) -> dict[str, list[Declared]]:
    """Return what each name is declared with, or assigned."""
    found: dict[str, list[Declared]] = {}
    whole = root.range()
    for declared in language.declare(root) if language.declare is not None else ():
        found.setdefault(declared.name, []).append(declared)
    for kind in (*language.declarations, *language.assignments, *language.loops, *language.parameters):
        for node in root.find_all(kind=kind):
            for name, value in _named_by(node, language):
                is_assigned = kind in language.assignments and not _declares(node, name, language)
                begin, end = _span(node, kind, language)
                declared = Declared(name, value, node, 0 if is_assigned else begin, end, is_assigned)
                found.setdefault(name, []).append(declared)
    for name, value, node in changes(root, language):
        declared = Declared(name, value, node, 0, whole.end.index, is_assigned=value is None)
        found.setdefault(name, []).append(declared)
    for name, node in language.changes(root) if language.changes else ():
        found.setdefault(name, []).append(Declared(name, None, node, 0, whole.end.index, is_assigned=True))
    return found


def _named_by(node: SgNode, language: Language) -> Iterator[tuple[str, SgNode | None]]:
    """Yield the names that a declaration, an assignment, a loop or a parameter gives a value."""
    kind = node.kind()
    if kind in language.parameters:
        names = list(_parameters(node, language))
        listed = _loop_of(node.parent()) if kind == "lambda_parameters" and len(names) == 1 else None
        yield from ((name, listed) for name in names)
        return
    if kind in DECLARATORS:
        yield from declared_by(node)
        return
    before, value = _sides(node, language)
    if kind in language.assignments:
        if before and _SEVERAL.search(before[0].kind()):
            yield from ((name, None) for name in _names(before[0], language))
        else:
            yield from _assigned(before[0].text() if before else "", value)
        return
    for child in reversed(before):  # a type may stand before the name
        text = (behind(child) or child.text()).partition(":")[0].strip()
        if (child.kind() in language.targets or behind(child)) and WORD.fullmatch(text):
            yield text.strip("$") if kind in language.fields else text, value
            return
    for child in before:
        if "variable" in child.kind() or _SEVERAL.search(child.kind()):
            yield from ((name, None) for name in _names(child, language))


def _sides(node: SgNode, language: Language) -> tuple[list[SgNode], SgNode | None]:
    """Return the parts before the sign that gives a value, and the value."""
    children = [child for child in node.children() if "comment" not in child.kind()]
    is_loop = node.kind() in language.loops
    if is_loop and language.each == ("as",):  # the name comes last
        children = _turned(children)
    signs = language.each if is_loop else ("=", "+=", "??=", "||=", "&&=", "-=")
    at = next((at for at, child in enumerate(children) if not child.is_named() and child.kind() in signs), None)
    value = None
    if at is not None and children[at].kind() in ("=", *language.each):
        value = next((child for child in children[at + 1 :] if child.is_named()), None)
    elif children and children[-2:][0].kind() == "arrow_expression_clause":
        value, at = children[-2], len(children) - 2
    return [child for child in children[:at] if child.is_named()], value


def _span(node: SgNode, kind: str, language: Language) -> tuple[int, int]:
    """Return where a declared name is known: nowhere without what it is a member of."""
    if kind in language.fields and any(_OWNER.match(around.kind()) for around in node.ancestors()):
        return 0, 0
    is_own = kind in language.loops and not language.assignments_declare
    root = node.get_root().root()
    if language.scopes:
        span = next((around for around in node.ancestors() if around.kind() in language.scopes), root).range()
    elif kind in language.assignments and not language.assignments_declare:
        span = root.range()
    else:
        span = (node if is_own else _scope(node, language)).range()
    return span.start.index, span.end.index


def _declares(node: SgNode, name: str, language: Language) -> bool:
    """Say whether an assignment is the declaration of a variable, and does not change a member."""
    if not language.assignments_declare:
        return False
    target = next(iter(named(node)), node)
    own = target if target.is_leaf() or target.kind() in language.names else named(target)[0]
    return _SEVERAL.search(target.kind()) is not None or own.text() == name


def _turned(children: list[SgNode]) -> list[SgNode]:
    """Return ``name as list`` of ``list as name``."""
    at = next((at for at, child in enumerate(children) if child.kind() == "as"), None)
    if at is None:
        return []
    listed, name = children[at - 1], children[at + 1]
    return [name, children[at], listed]


def builder_of(call: SgNode, receiver: SgNode | None) -> tuple[str, int]:
    """
    Identify what a call changes: a chain of calls by its begin, and a name by the branch or block of the call.

    Args:
        call: The call.

        receiver: What stands before its last dot; None for the object of a block.
    """
    name = receiver.text() if receiver is not None else ""
    if receiver is not None and not name.isidentifier():
        return "", receiver.range().start.index
    branch = call
    for around in call.ancestors():
        if _BRANCH.search(around.kind()):
            break
        branch = around
        if _SCOPE.search(around.kind()):
            break
    return name, branch.range().start.index


def _loop_of(lambda_literal: SgNode | None) -> SgNode | None:
    """Return the list whose values a function in Kotlin gets one after the other, as in ``list.forEach { }``."""
    around = list(itertools.islice(lambda_literal.ancestors(), 3)) if lambda_literal is not None else []
    if [node.kind() for node in around] != ["annotated_lambda", "call_suffix", "call_expression"]:
        return None
    called = named(around[-1])[0]
    parts = named(called) if called.kind() == "navigation_expression" else []
    return parts[0] if len(parts) > 1 and parts[-1].text() == ".forEach" else None


def list_of_it(node: SgNode) -> SgNode | None:
    """Return the list that ``it`` stands for in Kotlin."""
    if node.text() != "it":
        return None
    around = next((around for around in node.ancestors() if around.kind() == "lambda_literal"), None)
    return _loop_of(around)


def _parameters(node: SgNode, language: Language) -> Iterator[str]:
    kind = node.kind()
    if kind == "value_binding_pattern":  # `if let name = ...`; that of a declaration is followed by a pattern
        bound = node.next()
        bound = bound if bound is not None and bound.kind() in language.names else None
    else:
        bound = (node.field(_PARAMETER[kind]) or node.field("name")) if kind in _PARAMETER else node
    if bound is not None:
        yield from _names(bound, language)


def _assigned(target: str, value: SgNode | None) -> Iterator[tuple[str, SgNode | None]]:
    """Yield the names that an assignment changes: the variable, or the container whose member or item is set."""
    root = ROOT.match(target)
    if root is None:
        return
    is_whole = root.end() == len(target)
    name = root[2].strip("$") if root[1] and root[1].startswith(_SIGILS) else root[2]
    yield name, value if is_whole else None
    if not is_whole and "[" not in target:
        yield _DOT.split(target)[-1], value


def _names(node: SgNode, language: Language) -> Iterator[str]:
    kinds = (*language.names, "shorthand_property_identifier_pattern")
    if node.kind() in kinds or node.is_leaf():
        yield node.text()
        return
    stack = [node]
    while stack:
        for child in stack.pop().children():
            if child.kind() in kinds:
                yield child.text()
            else:
                stack.append(child)


def _scope(node: SgNode, language: Language) -> SgNode:
    """Return the part of the file in which a declaration is known."""
    if node.kind() in _PARAMETER:
        return node
    for around in node.ancestors():
        is_block = around.kind() == "compound_statement" and not language.assignments_declare
        if is_block or (_SCOPE.search(around.kind()) and not _NO_SCOPE.search(around.kind())):
            outer = around.parent()
            if outer is None or outer.kind() != "companion_object":  # its members are known in the class
                return around
    return node.get_root().root()
