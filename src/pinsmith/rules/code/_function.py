"""Functions in the syntax trees of all languages, and what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit import named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit import Code

_CLOSURES: Final = frozenset(
    {
        "anonymous_function",
        "anonymous_method_expression",
        "arrow_function",
        "closure_expression",
        "func_literal",
        "function_expression",
        "lambda",
        "lambda_expression",
        "lambda_literal",
    }
)
FUNCTIONS: Final = frozenset(
    {
        "function_declaration",
        "function_definition",
        "function_item",
        "method",
        "method_declaration",
        "method_definition",
    }
)
"""Functions and methods with a name."""
# Parts of a function that may contain nothing but the value that it returns.
_BODIES: Final = frozenset(
    {
        "argument_list",
        "arrow_expression_clause",
        "block",
        "block_body",
        "body_statement",
        "compound_statement",
        "control_transfer_statement",
        "do_block",
        "expression_list",
        "expression_statement",
        "function_body",
        "function_expression_body",
        "jump_expression",
        "return",
        "return_expression",
        "return_statement",
        "statement_block",
        "statement_list",
        "statements",
    }
)
_NAMES: Final = frozenset({"field_identifier", "identifier", "name", "property_identifier", "simple_identifier"})
_WRAPPERS: Final = frozenset({"annotated_lambda", "argument", "expression_list", "literal_element", "value_argument"})


def functions(code: Code, *names: str) -> Iterator[SgNode]:
    """Yield the functions and methods called one of *names* that have a body, in the order of the file."""
    for node in code.of_kinds(FUNCTIONS):
        name = name_of(node)
        if name is not None and name.text() in names and body_of(node) is not None:
            yield node


def name_of(function: SgNode) -> SgNode | None:
    """Return the name of a function or method."""
    level = [function]
    for _ in range(3):  # a name may stand in a signature or a declarator
        for node in level:
            found = node.field("name") or next((part for part in named(node) if part.kind() in _NAMES), None)
            if found is not None:
                return found
        level = [part for node in level for part in named(node) if part.kind().endswith(("signature", "declarator"))]
    return None


def is_function(node: SgNode) -> bool:
    """Say whether an expression is a function without a name."""
    return unwrapped(node).kind() in _CLOSURES


def body_of(function: SgNode) -> SgNode | None:
    """Return the body of a function, with or without a name; None if it has none."""
    function = unwrapped(function)
    parts = named(function)
    if not parts or "parameter" in parts[-1].kind() or "lambda_function_type" in parts[-1].kind():
        return None
    is_body = function.kind() in _CLOSURES or parts[-1].kind() in _BODIES
    return parts[-1] if is_body else None


def only_value(function: SgNode) -> str | None:
    """
    Return what a function does if it does nothing but return a value.

    Returns:
        The value as it is written; empty if it does nothing; None if it does more, or if it is not a function.
    """
    node = unwrapped(function)
    if node.kind() not in _CLOSURES | FUNCTIONS:
        return None
    body = body_of(node)
    if body is None:
        return "" if node.kind() in _CLOSURES else None
    while body.kind() in _BODIES:
        parts = [part for part in named(body) if not _is_docstring(part)]
        if len(parts) > 1:
            return None
        if not parts:
            return ""
        body = parts[0]
    return body.text()


def _is_docstring(node: SgNode) -> bool:
    parts = named(node)
    return node.kind() == "expression_statement" and len(parts) == 1 and parts[0].kind() == "string"


def unwrapped(node: SgNode) -> SgNode:
    """Return the expression in an argument."""
    while node.kind() in _WRAPPERS and (inner := named(node)):
        node = inner[-1]
    return node
