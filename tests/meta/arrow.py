"""Which modules of the package import which others, and when: an arrow is one such import."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from tests.meta import source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    When = Literal["on import", "in a call", "for types"]


@dataclass(frozen=True)
class Arrow:
    """One module imports another: when it is imported itself, in a call of a function, or for type checkers only."""

    module: str
    target: str
    when: When


@cache
def package_arrows() -> frozenset[Arrow]:
    """Return all arrows between the modules of the package."""
    modules = source.package_modules()
    known = frozenset(module.dotted for module in modules)
    return frozenset(found for module in modules for found in arrows(module.dotted, module.tree, known))


def arrows(module: str, tree: ast.Module, known: frozenset[str]) -> Iterator[Arrow]:
    """Yield the arrows of one module to others that are *known*, which are dotted names."""
    for node, when in _imports(tree, "on import"):
        for target in _targets(node, known):
            if target != module:
                yield Arrow(module, target, when)


def _imports(node: ast.AST, when: When) -> Iterator[tuple[ast.Import | ast.ImportFrom, When]]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node, when
        return
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and when == "on import":
        when = "in a call"
    for_types: list[ast.stmt] = []
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        for_types = node.body
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):  # an expression cannot contain an import
            yield from _imports(child, "for types" if child in for_types else when)


def _targets(node: ast.Import | ast.ImportFrom, known: frozenset[str]) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names} & known
    assert node.level == 0, f"line {node.lineno} imports relatively"
    home = node.module or ""
    submodules = {f"{home}.{alias.name}" for alias in node.names}
    return {name if name in known else home for name in submodules} & known


def graph(found: Iterable[Arrow]) -> dict[str, set[str]]:
    """Map each module to the modules that it imports."""
    result: dict[str, set[str]] = {}
    for arrow in found:
        result.setdefault(arrow.module, set()).add(arrow.target)
    return result


def reached(targets: dict[str, set[str]], start: str) -> set[str]:
    """Return everything that *start* imports, at any depth; it contains *start* only if *start* is part of a circle."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = targets.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen
