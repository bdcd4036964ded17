"""
The public names of the package, read from its syntax.

Nothing is imported, so the result is the same for every Python version and needs no client to be installed.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "pinsmith"
# The modules that users may import: the names in their `__all__`, and in that of each module of `clients`, are public.
PROMISED = (
    "pinsmith",
    "pinsmith.checks",
    "pinsmith.clients",
    "pinsmith.errors",
    "pinsmith.finding",
    "pinsmith.formats",
    "pinsmith.lab",
    "pinsmith.pinfile",
    "pinsmith.probe",
    "pinsmith.reports",
)


@dataclass(frozen=True)
class Name:
    """
    One public name of a module.

    Attributes:
        module: Where users import it from.
        name: The name as users write it.
        home: The module that defines it, which differs from *module* for a re-exported name.
        node: The definition, or None for a module.
    """

    module: str
    name: str
    home: str
    node: ast.stmt | None


def is_private(name: str) -> bool:
    """Return whether a name is private; the caller handles ``__init__`` and similar names."""
    return name.startswith("_")


@cache
def tree(module: str) -> ast.Module:
    """Parse a module of the package, given its dotted name."""
    return ast.parse(_file(module).read_text("utf-8"))


def _file(module: str) -> Path:
    path = PACKAGE.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def modules() -> tuple[str, ...]:
    """List the modules that users may import, by dotted name."""
    helpers = (f"pinsmith.clients.{path.stem}" for path in (PACKAGE / "clients").glob("*.py") if path.stem[0] != "_")
    return tuple(sorted([*PROMISED, *helpers]))


def names(module: str) -> list[Name]:
    """List the public names of a module: those of ``__all__``, or without it those that the module defines."""
    listed = _all(tree(module))
    if listed is None:
        listed = [name for name, node in _definitions(tree(module)).items() if _is_promise(name, node)]
    return [_find(module, name, module) for name in sorted(listed)]


def _is_promise(name: str, node: ast.stmt) -> bool:
    return not is_private(name) and name != "TYPE_CHECKING" and "TypeVar(" not in ast.unparse(node)


def _find(module: str, name: str, home: str) -> Name:
    """Follow a name from module to module until the one that defines it."""
    if not _file(home).exists():
        return Name(module, name, home, None)
    imported = _imports(tree(home))
    match _definitions(tree(home)).get(name):
        case None if name in imported and imported[name] != f"{home}.{name}":
            return _find(module, name, imported[name])
        case ast.Assign(value=ast.Attribute(value=ast.Name(id=alias), attr=attribute)) if alias in imported:
            return _find(module, attribute, imported[alias])
        case node:
            return Name(module, name, home, node)


@cache
def _definitions(parsed: ast.Module) -> dict[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    for node in _top_level(parsed):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found[name] = node
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                found[name] = node
            case _:
                pass
    return found


def _top_level(parsed: ast.Module) -> list[ast.stmt]:
    """List the statements of a module, with those that only type checkers run."""
    return [
        statement
        for node in parsed.body
        for statement in (
            node.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" else [node]
        )
    ]


@cache
def _imports(parsed: ast.Module) -> dict[str, str]:
    """Map imported names to their module in the package, also those for type checkers; modules map to themselves."""
    found = {}
    for node in ast.walk(parsed):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pinsmith"):
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                is_module = _file(submodule).exists()
                found[alias.asname or alias.name] = submodule if is_module else str(node.module)
    return found


def _all(parsed: ast.Module) -> list[str] | None:
    node = _definitions(parsed).get("__all__")
    value = getattr(node, "value", None)
    return ast.literal_eval(value) if value is not None else None


@dataclass(frozen=True)
class Member:
    """
    One public part of a class.

    Attributes:
        name: The name as users write it.
        line: The declaration on one line, without body.
        node: The definition, which has the docstring.
    """

    name: str
    line: str
    node: ast.stmt


def declaration(name: str, node: ast.stmt) -> str:
    """Write the declaration of a definition on one line."""
    match node:
        case ast.ClassDef(bases=bases):
            inherited = ", ".join(ast.unparse(base) for base in bases)
            return f"class {name}({inherited})" if inherited else f"class {name}"
        case ast.FunctionDef():
            return f"{name}{_signature(node, bound=False)}"
        case ast.AsyncFunctionDef():
            return f"async {name}{_signature(node, bound=False)}"
        case ast.AnnAssign(annotation=annotation):
            return f"{name}: {ast.unparse(annotation)}"
        case _:
            return f"{name} = {ast.unparse(node.value)}" if isinstance(node, ast.Assign) else name


def members(node: ast.ClassDef) -> list[Member]:
    """
    List a class's own public fields, properties and methods, in the order of the source, and its constructor.

    The constructors of errors are left out, because only pinsmith raises them.
    """
    is_error = any(ast.unparse(base).endswith(("Error", "Exception")) for base in node.bases)
    found = []
    for child in node.body:
        match child:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                is_constructor = name == "__init__" and not is_error
                if (is_constructor or not is_private(name)) and not _is_setter(child):
                    found.append(Member(name, _method(child), child))
            case ast.AnnAssign(target=ast.Name(id=name)) if not is_private(name):
                default = f" = {ast.unparse(child.value)}" if child.value else ""
                found.append(Member(name, f"{name}: {ast.unparse(child.annotation)}{default}", child))
            case ast.Assign(targets=[ast.Name(id=name)]) if not is_private(name):
                found.append(Member(name, f"{name} = {ast.unparse(child.value)}", child))
            case _:
                pass
    return found


def _decorators(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [ast.unparse(decorator) for decorator in node.decorator_list]


def _is_setter(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(decorator.endswith((".setter", ".deleter")) for decorator in _decorators(node))


def _method(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    decorators = _decorators(node)
    if any(decorator.split(".")[-1] in {"property", "cached_property"} for decorator in decorators):
        return f"{node.name}: {ast.unparse(node.returns) if node.returns else 'object'}"
    kind = next((f"{decorator} " for decorator in decorators if decorator in {"classmethod", "staticmethod"}), "")
    kind += "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    return f"{kind}{node.name}{_signature(node, bound='staticmethod' not in decorators)}"


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef, *, bound: bool) -> str:
    """Write parameters and result as in the source; *bound* leaves out the first parameter."""
    text = ast.unparse(node.args)
    if bound:
        first, _, rest = text.partition(", ")
        text = text if first.startswith("*") else rest.removeprefix("/, ")
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"({text}){result}"
