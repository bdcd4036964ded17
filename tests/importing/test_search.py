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


def test_links_to_files_are_not_followed(tmp_path: Path) -> None:
    """A link to a file may lead out of the folder, so only the file itself is found."""
    (tmp_path / "a.xml").write_text("pins")
    (tmp_path / "b.xml").symlink_to("a.xml")
    assert list(search(tmp_path)) == [tmp_path / "a.xml"]
