"""Imports point down: from the shells to the values, never back."""

from __future__ import annotations

import ast

from tests.meta import source

LAYERS: tuple[tuple[str, ...], ...] = (
    (
        *("_algorithm", "_closest", "_dataclass", "_der", "_file", "_flock", "_growing"),
        *("_literal", "_lock", "_slug", "_transaction", "errors", "exit_code"),
    ),
    ("authorities", "certificate", "host", "material", "pin", "policy", "verdict"),
    ("formats", "pinfile", "rules", "strategy"),
    ("clients", "probe", "tls"),
    (
        *("audit", "certificate_check", "enrolment", "keys", "lab", "live_check", "merge", "monitor"),
        *("removal", "reports", "roles", "rotation", "survey", "sync", "unverified"),
        *("_tokens", "ending", "foreign", "output", "patch", "pins_lock"),
    ),
    ("__main__", "cli", "server"),
)
LEVEL = {area: level for level, areas in enumerate(LAYERS) for area in areas}

# Who may look up, at what, and why. An entry that is no longer used fails.
EXCEPTIONS: dict[tuple[str, str], str] = {}


def _imports(module: source.Module) -> set[str]:
    """List what of pinsmith a module imports at run time, by area; lazy imports count, type-only ones do not."""
    found: set[str] = set()
    for node in _running(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "pinsmith":
            found |= {f"pinsmith.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.name} imports relatively"
            found.add(node.module or "")
    return {name.split(".")[1] for name in found if name.startswith("pinsmith.")}


def _running(node: ast.AST) -> list[ast.AST]:
    """Walk a tree without what only type checkers see."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return [inner for child in node.orelse for inner in _running(child)]
    return [node, *(inner for child in ast.iter_child_nodes(node) for inner in _running(child))]


def _upward() -> set[tuple[str, str]]:
    return {
        (module.name, area)
        for module in source.package_modules()
        if module.name != "__init__.py"
        for area in _imports(module)
        if LEVEL.get(area, 0) > LEVEL.get(module.area, 0)
    }


def test_every_part_of_the_package_has_a_layer() -> None:
    """A new module or folder is given its place when it is made."""
    assert {module.area for module in source.package_modules()} - {"__init__"} <= set(LEVEL)


def test_imports_point_down_the_layers() -> None:
    """No module imports from a layer above its own, but for the exceptions, all of which are used."""
    assert _upward() == set(EXCEPTIONS)


def test_nothing_but_the_shells_imports_a_shell() -> None:
    """The library never needs its command line or its server; no exception is possible."""
    shells = set(LAYERS[-1])
    offenders = {
        module.name for module in source.package_modules() if module.area not in shells and _imports(module) & shells
    }
    assert not offenders


def test_imports_made_in_functions_count_and_those_for_types_do_not() -> None:
    """The check sees what runs, wherever it stands."""
    code = "if TYPE_CHECKING:\n    import a\nelse:\n    import b\ndef f():\n    import c\n"
    seen = [alias.name for node in _running(ast.parse(code)) if isinstance(node, ast.Import) for alias in node.names]
    assert seen == ["b", "c"]
