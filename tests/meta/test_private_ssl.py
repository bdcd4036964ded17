"""Private names of the standard library's `ssl` are used only in one documented place."""

from __future__ import annotations

import ast

from tests.meta import source

PRIVATE = {"_SSLSocket", "_create", "_session", "_ssl", "_sslobj", "_wrap_bio", "_wrap_socket"}

# File, name: the reason. All other code uses tls/_chain.py. An entry that is no longer used fails.
ALLOWED: dict[tuple[str, str], str] = {
    (
        "tls/inject.py",
        "_wrap_bio",
    ): "hooks the creation of every connection of the process, as _chain does for one context",
    ("tls/inject.py", "_wrap_socket"): "as _wrap_bio",
}


def _private_names(module: source.Module) -> set[str]:
    """Find private names that are used as an attribute, an import, the name of a method or a string (for getattr)."""
    used: set[str] = set()
    for node in ast.walk(module.tree):
        match node:
            case ast.Attribute(attr=name) | ast.FunctionDef(name=name):
                used.add(name)
            case ast.Constant(value=str(name)):
                used.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                used |= {alias.name for alias in aliases}
            case _:
                pass
    return used & PRIVATE


def test_private_ssl_names_stand_in_one_module() -> None:
    """All private names are in one module, so that it is the only one to adapt for a new Python."""
    used = {(module.name, name) for module in source.package_modules() for name in _private_names(module)}
    assert {entry for entry in used if entry[0] != "tls/_chain.py"} == set(ALLOWED)
