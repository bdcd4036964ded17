"""The page for programs that call pinsmith, and the record of every public name, which a test compares."""

from __future__ import annotations

import ast

from docs.generate import code
from docs.generate.docstring import to_markdown

INTRODUCTION = """\
# Python API

`import pinsmith` offers the names on this page. `pinsmith.checks`, `clients`, `errors`, `finding`, `formats`, `lab`,
`pinfile` and `probe` offer the names in their `__all__`. `docs/reference/api.txt` records all of these with their
signatures, so that a change of the API is visible there and in the [changelog](../changelog.md). All other modules and
names may change in every release.

Errors have [their own page](errors.md).
"""


def page() -> str:
    """Describe the names of `pinsmith.__all__`."""
    return "\n".join([INTRODUCTION, *(_section(name) for name in code.names("pinsmith"))])


def _section(name: code.Name) -> str:
    if name.node is None:
        return ""
    members = code.members(name.node) if isinstance(name.node, ast.ClassDef) else []
    lines = [
        f"## {name.name}",
        "",
        "```python",
        code.declaration(f"pinsmith.{name.name}", name.node),
        *(f"    {member.line}" for member in members),
        "```",
        "",
        to_markdown(_docstring(name.node)),
        "",
    ]
    for member in members:
        if member.name != "__init__" and (text := to_markdown(_docstring(member.node))):
            lines += [f"### {name.name}.{member.name}", "", text, ""]
    return "\n".join(lines)


def _docstring(node: ast.stmt) -> str | None:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return ast.get_docstring(node)
    return None


def record() -> str:
    """Write every public name with its declaration on one line, and indent members."""
    lines = ["# Every public name. Written by `make generate`; a change here is a change of the API.", ""]
    for module in code.modules():
        entries = [line for name in code.names(module) for line in _record(name)]
        if entries:
            lines += [module, *(f"    {entry}" for entry in entries), ""]
    return "\n".join(lines)


def _record(name: code.Name) -> list[str]:
    if name.node is None:
        return [f"{name.name} (module)"]
    if name.home != name.module and name.home in code.modules():
        return [f"{name.name} = {name.home}.{name.name}"]
    members = code.members(name.node) if isinstance(name.node, ast.ClassDef) else []
    return [code.declaration(name.name, name.node), *(f"    {member.line}" for member in members)]
