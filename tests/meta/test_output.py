"""One module prints, and only the command line ends the process."""

from __future__ import annotations

import ast

from tests.meta import source

PRINTER = "cli/_output.py"
WRITING = {"print", "sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}
ENDING = {"sys.exit", "os._exit", "exit", "quit", "SystemExit", "typer.Exit", "os.abort"}


def _uses(module: source.Module, names: set[str]) -> set[str]:
    nodes = (node for node in ast.walk(module.tree) if isinstance(node, ast.Name | ast.Attribute))
    return {ast.unparse(node) for node in nodes} & names


def test_one_module_prints() -> None:
    """Results and messages are formed, cleaned and coloured in one place."""
    printing = {module.name for module in source.package_modules() if _uses(module, WRITING)}
    assert printing == {PRINTER}


def test_only_the_command_line_exits() -> None:
    """A library never ends the process of its user; `python -m pinsmith` is the command line."""
    exiting = {module.name for module in source.package_modules() if _uses(module, ENDING)}
    assert {name for name in exiting if not name.startswith("cli/")} <= {"__main__.py"}
