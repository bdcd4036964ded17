"""Every test says which behaviour it is about."""

from __future__ import annotations

import ast

import pytest

from tests.meta import source

TEST_FILES = [module for module in source.test_modules() if module.path.name.startswith("test_")]


@pytest.mark.parametrize("module", TEST_FILES, ids=lambda module: module.name)
def test_every_test_has_a_docstring(module: source.Module) -> None:
    """A test states its behaviour in one sentence with a full stop."""
    silent = [
        function.name
        for function in module.functions()
        if function.name.startswith("test_") and not (ast.get_docstring(function) or "").endswith(".")
    ]
    assert not silent
