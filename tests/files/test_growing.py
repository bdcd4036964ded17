"""A file whose writer is killed never appears half written, and the temporary file is removed later."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pinsmith import files
from pinsmith.files import _flock
from pinsmith.files._growing import Growing, sweep
from tests.files.crash import killed_at_each_call, needs_fork

if TYPE_CHECKING:
    from pathlib import Path

WRITE = """
from pinsmith import files
files.write_atomically("pins.toml", b"new" * 1000, mode=0o600, exclusive={exclusive})
"""


def _is_temporary(path: Path) -> bool:
    return path.name.startswith(".pinsmith-") and path.suffix == ".tmp"


def _sweep(directory: Path) -> None:
    sweep.__wrapped__(directory)


@needs_fork
def test_a_new_file_is_whole_or_not_there_whenever_its_writer_is_killed(tmp_path: Path) -> None:
    """Neither pins.toml nor a private key is ever empty or cut off, and the next writer removes temporary files."""
    left = list(killed_at_each_call(tmp_path, "pass", WRITE.format(exclusive=True)))
    states = []
    for here in left:
        _sweep(here)
        assert {path.name for path in here.iterdir()} <= {"pins.toml"}
        states.append((here / "pins.toml").exists())
        if states[-1]:
            assert (here / "pins.toml").read_bytes() == b"new" * 1000
    assert states[0] is False
    assert states[-1] is True
    assert len(states) > 4


@needs_fork
def test_an_old_file_is_the_old_or_the_new_one_whenever_its_writer_is_killed(tmp_path: Path) -> None:
    """After a kill during an edit, the file is the old one or the new one, never a mixture."""
    prepare = 'Path("pins.toml").write_bytes(b"old")'
    seen = set()
    for here in killed_at_each_call(tmp_path, prepare, WRITE.format(exclusive=False)):
        seen.add((here / "pins.toml").read_bytes())
        _sweep(here)
        assert [path.name for path in here.iterdir()] == ["pins.toml"]
    assert seen == {b"old", b"new" * 1000}


def test_a_file_that_somebody_is_writing_is_not_removed(tmp_path: Path) -> None:
    """Two processes may write into one directory at the same time."""
    growing = Growing(tmp_path / "pins.toml", b"new", old=None, mode=None)
    _sweep(tmp_path)
    growing.create(tmp_path / "pins.toml")
    assert [path.name for path in tmp_path.iterdir()] == ["pins.toml"]


def test_the_next_writer_removes_the_files_of_a_killed_one(tmp_path: Path) -> None:
    """The next writer removes temporary files, but keeps similar names and directories."""
    left = tmp_path / ".pinsmith-0123456789abcdef.tmp"
    left.write_bytes(b"-----BEGIN PRIVATE KEY-----")
    others = {".pinsmith-0123456789abcdef.old", ".pinsmith-notes.tmp", "pinsmith.tmp"}
    for name in others:
        (tmp_path / name).touch()
    (tmp_path / ".pinsmith-fedcba9876543210.tmp").symlink_to("pinsmith.tmp")
    files.write_atomically(tmp_path / "pins.toml", "new")
    assert {path.name for path in tmp_path.iterdir()} == {*others, "pins.toml", ".pinsmith-fedcba9876543210.tmp"}


def test_without_locks_only_old_files_are_taken_for_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system cannot show whether a writer lives, a temporary file counts as left behind after an hour."""
    monkeypatch.setattr(_flock, "_fcntl", None)
    young, old = tmp_path / ".pinsmith-0123456789abcdef.tmp", tmp_path / ".pinsmith-fedcba9876543210.tmp"
    young.touch()
    old.touch()
    os.utime(old, (0, 0))
    files.write_atomically(tmp_path / "pins.toml", "new", exclusive=True)
    assert {path.name for path in tmp_path.iterdir()} == {young.name, "pins.toml"}


def test_a_writer_whose_file_was_taken_for_left_behind_begins_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If another process removes a temporary file before it is locked, the writer makes another."""
    acquire = _flock.acquire
    removed: list[bool] = []

    def after_a_sweep(descriptor: int, *, shared: bool = False) -> bool:
        if not shared and not removed:
            _sweep(tmp_path)
            removed.append(not any(map(_is_temporary, tmp_path.iterdir())))
        return acquire(descriptor, shared=shared)

    monkeypatch.setattr(_flock, "acquire", after_a_sweep)
    files.write_atomically(tmp_path / "pins.toml", "new")
    assert removed == [True]
    assert (tmp_path / "pins.toml").read_text() == "new"


FORKED = """
import os, sys
from pathlib import Path
from pinsmith.files._growing import Growing
growing = Growing(Path(sys.argv[1]), b"new", old=None, mode=None)
print("growing", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: an open file cannot be removed anyway")
def test_the_file_of_another_process_is_removed_only_after_its_end(tmp_path: Path) -> None:
    """The lock of the kernel distinguishes a living writer from a dead one."""
    process = subprocess.Popen(
        [sys.executable, "-c", FORKED, str(tmp_path / "new")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"growing\n"
        _sweep(tmp_path)
        assert [*map(_is_temporary, tmp_path.iterdir())] == [True]
    finally:
        process.kill()
        process.communicate()
    _sweep(tmp_path)
    assert not list(tmp_path.iterdir())
