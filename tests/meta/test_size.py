"""Files and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast
from fnmatch import fnmatch

import pytest

from tests.meta import source

FUNCTION_LIMIT = 50
TEST_FILE_LIMIT = 500
# The first pattern that matches decides: lint rules and commands must be short, formats may be longer.
MODULE_LIMITS = (("rules/[!_]*", 150), ("cli/[!_]*", 150), ("formats/[!_]*", 300), ("*", 400))

# Name: the allowed number of lines. Both tables can only shrink: an entry that is no longer needed fails.
LONG_MODULES: dict[str, int] = {}
LONG_FUNCTIONS: dict[str, int] = {}


def _limit(module: source.Module) -> int:
    return next(limit for pattern, limit in MODULE_LIMITS if fnmatch(module.name, pattern))


def test_modules_keep_to_their_limit() -> None:
    """A module does not exceed its limit, unless the exceptions list it."""
    modules = source.package_modules()
    limits = {module.name: _limit(module) for module in modules}
    _compare({module.name: module.lines for module in modules}, limits, LONG_MODULES)


def test_test_files_keep_to_their_limit() -> None:
    """A test file does not exceed its limit, without exceptions."""
    sizes = {module.name: module.lines for module in source.test_modules()}
    _compare(sizes, dict.fromkeys(sizes, TEST_FILE_LIMIT), {})


def test_functions_keep_to_their_limit() -> None:
    """A function without its docstring does not exceed its limit, unless the exceptions list it."""
    lengths = {
        f"{module.name}:{function.name}": _length(function, is_command=fnmatch(module.name, "cli/[!_]*"))
        for module in (*source.package_modules(), *source.test_modules())
        for function in module.functions()
    }
    _compare(lengths, dict.fromkeys(lengths, FUNCTION_LIMIT), LONG_FUNCTIONS)


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef, *, is_command: bool = False) -> int:
    """
    Count the lines of a function without its docstring.

    Of a command, the parameters do not count, because they are its options.
    """
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    start = first.lineno if is_command else function.lineno
    return (function.end_lineno or 0) - start + 1 - docstring


@pytest.mark.parametrize(
    ("lines", "length"),
    [('    """One."""', 2), ('    """\n    Two.\n    """', 2), ("    x = 1", 3)],
    ids=["one line", "three lines", "none"],
)
def test_a_docstring_does_not_count_towards_the_limit(lines: str, length: int) -> None:
    """A long docstring does not make a function too long."""
    function = ast.parse(f"def f():\n{lines}\n    return 1\n").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert _length(function) == length


@pytest.mark.parametrize(
    ("size", "allowed"),
    [(11, {}), (9, {"a": 12}), (13, {"a": 12}), (11, {"a": 12, "gone": 12})],
    ids=["no exception", "exception not needed", "more than allowed", "exception for nothing"],
)
def test_the_check_can_fail(size: int, allowed: dict[str, int]) -> None:
    """The check reports a file that is too long, and an exception that is no longer needed."""
    with pytest.raises(AssertionError):
        _compare({"a": size}, {"a": 10}, allowed)


def _compare(sizes: dict[str, int], limits: dict[str, int], allowed: dict[str, int]) -> None:
    oversized = {name: size for name, size in sizes.items() if size > limits[name]}
    assert {name: size for name, size in oversized.items() if size > allowed.get(name, 0)} == {}, "split these"
    assert set(allowed) - set(oversized) == set(), "exceptions that are no longer needed"
