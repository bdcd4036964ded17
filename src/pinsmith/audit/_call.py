"""Calls of functions: the name of the function, and its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit._scope import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit.languages import Language

_ARGUMENTS: Final = frozenset({"argument_list", "arguments", "value_arguments"})
_LABELLED: Final = frozenset({"argument", "keyword_argument", "named_argument", "value_argument"})
_METHODS: Final = frozenset(
    {
        "member_call_expression",
        "message",
        "method_invocation",
        "nullsafe_member_call_expression",
        "scoped_call_expression",
    }
)
_QUALIFIED: Final = frozenset({"qualified_identifier", "qualified_name"})
_NAMES: Final = frozenset({"identifier", "navigation_suffix"})  # in Dart some identifiers have a part


def called(call: SgNode, language: Language) -> tuple[str, list[SgNode]]:
    """Return the last name of the function that *call* calls, and the arguments."""
    if language.read_call is not None:
        return language.read_call(call) if call.kind() in language.calls else ("", [])
    parts = named(call)
    held = next((child for child in _below(call) if child.kind() in _ARGUMENTS and _is_round(child)), None)
    if held is None or not parts:
        return "", []
    function = parts[-2 if call.kind() in _METHODS else 0]
    if function.kind() in language.members:
        function = named(function)[-1]
    while function.kind() in _QUALIFIED:
        function = named(function)[-1]
    is_name = function.is_leaf() or function.kind() in _NAMES
    return function.text().lstrip(".?!") if is_name else "", named(held)


def receiver_of(call: SgNode, language: Language) -> list[SgNode]:
    """Return what the method that *call* calls belongs to; nothing for a function."""
    first = named(call)[0]
    if call.kind() in _METHODS or (
        language.read_call and len(call.children()) > 1 and not call.children()[1].is_named()
    ):
        return [first]
    return named(first)[:1] if first.kind() in language.members else []


def labelled(arguments: Iterable[SgNode]) -> dict[str, SgNode]:
    """Return the values of arguments by their labels; those without a label have a number, from 0."""
    found = {}
    for number, argument in enumerate(arguments):
        parts = named(argument)
        is_labelled = argument.kind() in _LABELLED and len(parts) > 1
        name = parts[0].text().rstrip(": ") if is_labelled else str(number)
        found[name] = parts[-1] if is_labelled else argument
    return found


def _below(node: SgNode) -> Iterator[SgNode]:
    """Yield the children of a call, and theirs if the language wraps the arguments."""
    for child in node.children():
        yield child
        if "suffix" in child.kind():
            yield from child.children()


def _is_round(arguments: SgNode) -> bool:
    """Say whether arguments stand in parentheses, and not in the brackets of a subscript."""
    return next((child.kind() for child in arguments.children()), "") == "("
