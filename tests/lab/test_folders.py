"""The folders of the lab import each other in one direction."""

from __future__ import annotations

import ast
import graphlib

from tests.meta import source

# What the lower folders may import of the lab at run time. All else stands above them.
ALLOWED = {
    "pki": set[str](),
    "process": set[str](),
    "servers": {"pki"},
    "proxy": {"address", "pki", "servers"},
}


def _running(node: ast.AST) -> list[ast.AST]:
    """Walk a tree without what only type checkers see."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return []
    return [node, *(inner for child in ast.iter_child_nodes(node) for inner in _running(child))]


def _part(dotted: str) -> str:
    return dotted.split(".")[2]


def _imports() -> dict[str, set[str]]:
    """List what each module or folder of the lab imports of the others at run time."""
    found: dict[str, set[str]] = {}
    for module in source.package_modules():
        if module.area == "lab" and module.name != "lab/__init__.py":
            nodes = [node for node in _running(module.tree) if isinstance(node, ast.ImportFrom)]
            named = {node.module for node in nodes if node.module and node.module.startswith("pinsmith.lab.")}
            named |= {
                f"pinsmith.lab.{name.name}" for node in nodes if node.module == "pinsmith.lab" for name in node.names
            }
            part = _part(module.dotted)
            found.setdefault(part, set()).update({_part(name) for name in named} - {part})
    return found


def test_the_lower_folders_import_what_they_may_and_no_more() -> None:
    """Keys know no servers, servers know no proxies, and none of them knows a scenario."""
    imports = _imports()
    assert {folder: imports[folder] for folder in ALLOWED} == ALLOWED


def test_no_imports_of_the_lab_form_a_circle() -> None:
    """Each part of the lab can be read after those that it imports."""
    graphlib.TopologicalSorter(_imports()).prepare()
