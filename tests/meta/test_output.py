"""One module prints, only the command line ends the process, and exit codes are numbers in one table only."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from tests.meta import source

PRINTER = "cli/_output.py"
WRITING = {"print", "sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}
OWN_PROCESS = "workers/child.py"
"""It runs in no process but its own."""
ENDING = {"sys.exit", "os._exit", "exit", "quit", "SystemExit", "click.exceptions.Exit", "os.abort"}


def _uses(module: source.Module, names: set[str]) -> set[str]:
    return _names(module) & names


@cache
def _names(module: source.Module) -> set[str]:
    """List the names used in a module, with the module or class before each dot."""
    return {name for node in ast.walk(module.tree) if (name := _dotted(node))}


def _dotted(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{_dotted(value)}.{name}"
        case _:
            return ""


def test_one_module_prints() -> None:
    """Only `cli/_output.py` prints, so results and messages are formatted, cleaned and coloured in one place."""
    printing = {module.name for module in source.package_modules() if _uses(module, WRITING)}
    assert printing == {PRINTER}


def test_only_the_command_line_exits() -> None:
    """The library never ends the process of its user; `python -m pinsmith` is the command line."""
    exiting = {module.name for module in source.package_modules() if _uses(module, ENDING)}
    assert {name for name in exiting if not name.startswith("cli/")} <= {"__main__.py", OWN_PROCESS}


def test_exit_codes_are_numbers_in_one_table() -> None:
    """All code outside the table refers to exit codes by name."""
    found = {module.name for module in source.package_modules() if _numbered(module.tree, is_shell=_is_shell(module))}
    assert not found


def _is_shell(module: source.Module) -> bool:
    return module.area in {"__main__", "cli"}


def _numbered(tree: ast.Module, *, is_shell: bool) -> list[int]:
    """List the lines that give an exit code as a number. In a shell, every number that a function returns counts."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id="exit_code")]) | ast.AnnAssign(target=ast.Name(id="exit_code")):
                given = node.value
            case ast.keyword(arg="exit_code"):
                given = node.value
            case ast.Return() if is_shell:
                given = node.value
            case _:
                continue
        branches = [given.body, given.orelse] if isinstance(given, ast.IfExp) else [given]
        if any(isinstance(branch, ast.Constant) and type(branch.value) is int for branch in branches):
            found.append(node.lineno)
    return found


@pytest.mark.parametrize(
    "line",
    ["exit_code = 3", "exit_code: int = 3", "fail(exit_code=3)", "def f(): return 3", "def f(): return 1 if x else 0"],
)
def test_the_check_of_exit_codes_can_fail(line: str) -> None:
    """The check reports a number wherever it is used as an exit code, and accepts a name."""
    assert _numbered(ast.parse(line), is_shell=True)
    assert not _numbered(ast.parse("exit_code = ExitCode.OK\ndef f(): return ExitCode.OK"), is_shell=True)
