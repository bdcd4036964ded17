"""Each module of the package can be imported first, whatever other modules import."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.meta import alone, source

if TYPE_CHECKING:
    from pathlib import Path


def _failures(package: str, directory: Path, modules: list[str]) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, alone.__file__, package, str(directory)],
        input=json.dumps(modules),
        capture_output=True,
        text=True,
        check=True,
    )
    failed: dict[str, str] = json.loads(done.stdout)
    return failed


# Alembic runs it as a program, with a connection.
PROGRAMS = {"pinsmith.store.migrations.env"}


@pytest.mark.thorough
def test_each_module_can_be_imported_first() -> None:
    """No module depends on another one that was imported before, as it would in a circle."""
    modules = sorted({module.dotted for module in source.package_modules()} - PROGRAMS)
    assert not _failures("pinsmith", source.PACKAGE.parent, modules)


def test_the_check_can_fail(tmp_path: Path) -> None:
    """In a circle, the modules that must come second are reported; a missing library is not."""
    files = {
        "__init__.py": "",
        "early.py": "from circular import late\nNAME = 1\n",
        "late.py": "from circular.early import NAME\n",
        "library.py": "import a_library_that_nobody_has\n",
    }
    (tmp_path / "circular").mkdir()
    for name, text in files.items():
        (tmp_path / "circular" / name).write_text(text)
    modules = ["circular", "circular.early", "circular.late", "circular.library"]
    assert set(_failures("circular", tmp_path, modules)) == {"circular.early"}
