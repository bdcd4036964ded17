"""Each nox session that runs the tests of a marker is given every folder that has such tests."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _folders() -> dict[str, tuple[str, ...]]:
    for statement in ast.parse((ROOT / "noxfile.py").read_text("utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "FOLDERS":
            folders: dict[str, tuple[str, ...]] = ast.literal_eval(statement.value)
            return folders
    raise AssertionError("noxfile.py has no FOLDERS")


@pytest.mark.parametrize(("marker", "folders"), _folders().items())
def test_a_session_is_given_every_folder_with_its_tests(marker: str, folders: tuple[str, ...]) -> None:
    """The folders in noxfile.py are those whose files name the marker, so that no test is left out."""
    named = re.compile(rf"pytest\.mark\.{marker}\b")
    files = (path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py") if named.search(path.read_text("utf-8")))
    assert {"/".join(path.parts[:2]) for path in files} == set(folders)
