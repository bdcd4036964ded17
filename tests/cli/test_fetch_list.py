"""Lists of hosts for `pinsmith fetch --from`: how many there are, where that can be known."""

from __future__ import annotations

import os
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pinsmith.cli import _fetch_targets
from pinsmith.exit_code import ExitCode
from tests.cli.conftest import HOST
from tests.cli.support import run

if TYPE_CHECKING:
    from tests.cli.conftest import World

NAMES = b"a.example.com\n\n# a comment\nb.example.com  # another\nc.example.com"


def test_names_in_a_file_are_counted_and_still_read(here: Path) -> None:
    """Blank lines and comments do not count, arguments do; counting takes nothing away."""
    (here / "hosts.txt").write_bytes(NAMES)
    names, total = _fetch_targets.read(["x.example.com"], Path("hosts.txt"))
    assert total == 4
    assert list(names) == ["x.example.com", "a.example.com", "b.example.com", "c.example.com"]


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: no named pipes in folders")
def test_names_in_a_pipe_are_not_counted(here: Path) -> None:
    """What can be read once only is not read for its number."""
    os.mkfifo(here / "pipe")
    both_ends = os.open(here / "pipe", os.O_RDWR)
    names, total = _fetch_targets.read([], Path("pipe"))
    os.write(both_ends, NAMES + b"\n")
    os.close(both_ends)
    assert total is None
    assert list(names) == ["a.example.com", "b.example.com", "c.example.com"]


def test_counting_takes_no_memory(here: Path) -> None:
    """A list of any length is counted a line at a time."""
    (here / "hosts.txt").write_bytes(b"host.example.com\n" * 60_000)
    tracemalloc.start()
    try:
        names, total = _fetch_targets.read([], Path("hosts.txt"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total == 60_000
    assert peak < 300_000  # the file has a million bytes
    assert sum(1 for _ in names) == total


def test_the_bar_tells_how_many_there_are(world: World, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a file the end is in sight; for standard input it is not."""
    monkeypatch.setenv("TERM", "xterm")
    (here / "hosts.txt").write_text(f"{HOST}\n" * 3)
    words = ("fetch", "--format", "json", "--connect", world.values["api"], "--cafile", world.cafile, "--from")
    of_file = run(*words, "hosts.txt", tty=True)
    of_stdin = run(*words, "-", stdin=f"{HOST}\n" * 3, tty=True)
    assert (of_file.code, of_stdin.code) == (ExitCode.OK, ExitCode.OK)
    assert "3/3" in of_file.stderr
    assert "3/?" in of_stdin.stderr
