"""Every test states the behaviour that it tests."""

from __future__ import annotations

import ast

from tests.meta import source


def test_every_test_has_a_docstring() -> None:
    """A test has a docstring that ends with a full stop."""
    modules = [module for module in source.test_modules() if module.path.name.startswith("test_")]
    silent = [
        f"{module.name}: {function.name}"
        for module in modules
        for function in module.functions()
        if function.name.startswith("test_") and not (ast.get_docstring(function) or "").endswith(".")
    ]
    assert modules
    assert not silent
