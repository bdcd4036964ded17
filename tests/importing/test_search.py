"""The search for files with pins, which `lint` and `import` share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.importing.search import search

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    """The search goes on after such a folder, and its caller gets the error."""
    failed: list[OSError] = []
    assert list(search(tmp_path / "gone", failed=failed.append)) == []
    assert [type(error) for error in failed] == [FileNotFoundError]


def test_a_file_is_found_once_and_never_outside(tmp_path: Path) -> None:
    """A link beside its file adds nothing, one that hides a file finds it, and one that leads out is reported."""
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "elsewhere.xml").write_text("pins")
    (inside / "hidden.dat").write_text("pins")
    (inside / "a.xml").write_text("pins")
    (inside / "b.xml").symlink_to("a.xml")
    (inside / "c.xml").symlink_to("hidden.dat")
    (inside / "d.xml").symlink_to("../elsewhere.xml")
    failed: list[OSError] = []
    assert list(search(inside, failed=failed.append)) == [inside / "a.xml", inside / "c.xml"]
    assert [error.filename for error in failed] == [str(inside / "d.xml")]
