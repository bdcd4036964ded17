"""Lists of host names, and their length where it can be known."""

from __future__ import annotations

import os
import sys
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import FileError
from pinsmith.probe.name_list import open_names

if TYPE_CHECKING:
    from pathlib import Path

NAMES = b"a.example.com\n\n# a comment\nb.example.com  # another\nc.example.com"


def test_names_in_a_file_are_counted_and_still_read(tmp_path: Path) -> None:
    """Blank lines and comments do not count, and all names can still be read after counting."""
    (tmp_path / "hosts.txt").write_bytes(NAMES)
    names, total = open_names(tmp_path / "hosts.txt")
    assert total == 3
    assert list(names) == ["a.example.com", "b.example.com", "c.example.com"]


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: no named pipes in folders")
def test_names_in_a_pipe_are_not_counted(tmp_path: Path) -> None:
    """A pipe can be read only once, so its names are not counted."""
    os.mkfifo(tmp_path / "pipe")
    both_ends = os.open(tmp_path / "pipe", os.O_RDWR)
    names, total = open_names(tmp_path / "pipe")
    os.write(both_ends, NAMES + b"\n")
    os.close(both_ends)
    assert total is None
    assert list(names) == ["a.example.com", "b.example.com", "c.example.com"]


def test_counting_takes_no_memory(tmp_path: Path) -> None:
    """Counting reads one line at a time, however long the list is."""
    (tmp_path / "hosts.txt").write_bytes(b"host.example.com\n" * 60_000)
    tracemalloc.start()
    try:
        names, total = open_names(tmp_path / "hosts.txt")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total == 60_000
    assert peak < 300_000  # the file has about a million bytes
    assert sum(1 for _ in names) == total


def test_a_list_that_is_missing_is_an_error_at_once(tmp_path: Path) -> None:
    """A missing list is an error before any host is dialled."""
    with pytest.raises(FileError, match=r"hosts\.txt cannot be read"):
        open_names(tmp_path / "hosts.txt")
