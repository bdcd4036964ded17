"""The project's own files, read as syntax trees for the meta tests."""

from __future__ import annotations

import ast
import gc
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "pinsmith"


@dataclass(frozen=True)
class Module:
    """One Python file."""

    path: Path

    @property
    def name(self) -> str:
        """The path below src/pinsmith, or below the project for other files, with slashes."""
        base = PACKAGE if self.path.is_relative_to(PACKAGE) else ROOT
        return self.path.relative_to(base).as_posix()

    @property
    def dotted(self) -> str:
        """The name under which Python imports the module."""
        parts = ["pinsmith", *self.path.relative_to(PACKAGE).with_suffix("").parts]
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def area(self) -> str:
        """The first part below the package: a module such as ``pin`` or a folder such as ``tls``."""
        return Path(self.name).parts[0].removesuffix(".py")

    @property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return _parse(self.path)

    @property
    def lines(self) -> int:
        """The number of lines."""
        return len(self.path.read_text("utf-8").splitlines())

    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """List every function and method of the file, also nested ones."""
        return [node for node in _statements(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@cache
def _parse(path: Path) -> ast.Module:
    """Parse a file only once. The garbage collector skips the tree, because it would take longer than the parser."""
    gc.disable()
    try:
        return ast.parse(path.read_text("utf-8"), str(path))
    finally:
        gc.freeze()
        gc.enable()


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes except expressions, which are most of a tree and contain no definitions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield child
            yield from _statements(child)


@cache
def package_modules() -> tuple[Module, ...]:
    """Return all modules of the package."""
    return tuple(Module(path) for path in sorted(PACKAGE.rglob("*.py")))


@cache
def test_modules() -> tuple[Module, ...]:
    """Return all Python files under tests/."""
    return tuple(Module(path) for path in sorted((ROOT / "tests").rglob("*.py")))


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return all files of the project: those that git lists, or in an archive all except hidden and built ones."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        paths = [ROOT / name for name in listed.split("\0") if name]
    else:
        built = {"build", "dist", "_build", "__pycache__"}
        paths = [
            path
            for path in ROOT.rglob("*")
            if not any(part.startswith(".venv") or part in built for part in path.relative_to(ROOT).parts)
        ]
    return tuple(sorted(path for path in paths if path.is_file() and not path.is_symlink()))
