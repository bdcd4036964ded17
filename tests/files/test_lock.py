"""One command at a time changes a file, and a waiting command learns which command it waits for."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import FileError, LockedError
from pinsmith.files import _flock, lock
from pinsmith.pinfile import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIN = "sha256/PnXe2UyQyPGndZ66CgZBH8Xhtjd8KCbtvMDvCci3xME="
TEXT = f"""\
version = 1

[keys.a]
pin = "{PIN}"

[[host]]
name = "api.example.com"
keys = ["a"]
"""
HOLDER = """
import sys
from pinsmith.files.lock import held
with held(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by_another(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Let another process hold the lock of *path* until its input ends."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Make a pin file."""
    path = tmp_path / "pins.toml"
    path.write_text(TEXT)
    return path


def _names(file: Path) -> set[str]:
    return {path.name for path in file.parent.iterdir()}


def test_the_second_learns_who_holds_the_lock(file: Path) -> None:
    """The error names the process, the command and the time, and the remedy."""
    with held_by_another(file) as process, pytest.raises(LockedError) as caught, lock.held(file, wait_seconds=0):
        pass
    assert caught.value.holder.startswith(f"process {process.pid} (-c {file}), since 20")
    assert str(caught.value) == f"{file} is locked by {caught.value.holder}, so nothing was changed"
    assert caught.value.hint == "wait for the other command or stop it, then run this one again"
    assert (caught.value.code, caught.value.exit_code) == ("locked", 1)


def test_nothing_is_left_when_the_lock_is_released(file: Path) -> None:
    """Releasing the lock leaves no file that somebody would have to remove or that git would list."""
    with lock.held(file):
        assert _names(file) == {"pins.toml", ".pins.toml.lock"}
    assert _names(file) == {"pins.toml"}


def test_the_second_waits_for_the_first(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second command goes on as soon as the first has ended."""
    with held_by_another(file) as process:
        waited = []

        def end_the_other(_: float) -> None:
            waited.append(True)
            process.communicate()

        monkeypatch.setattr(time, "sleep", end_the_other)
        with lock.held(file):
            assert (file.parent / ".pins.toml.lock").read_text().startswith(f"process {os.getpid()} ")
    assert waited
    assert lock.WAIT_SECONDS == 10


def test_a_killed_holder_holds_nothing(file: Path) -> None:
    """The lock file of a killed process locks nobody out, and the next command removes it."""
    with held_by_another(file) as process:
        process.kill()
        process.wait()
        assert (file.parent / ".pins.toml.lock").exists()
        with lock.held(file, wait_seconds=0):
            pass
    assert _names(file) == {"pins.toml"}


def test_every_name_of_a_file_has_the_same_lock(file: Path, tmp_path: Path) -> None:
    """A command that names the file through a link also waits."""
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.toml"
    link.symlink_to(file)
    with held_by_another(link), pytest.raises(LockedError), lock.held(file, wait_seconds=0):
        pass


def test_a_thread_waits_for_another_and_not_for_itself(file: Path) -> None:
    """A thread can save within its own lock, but another thread of the same process must wait."""
    refused = []

    def other() -> None:
        try:
            with lock.held(file, wait_seconds=0):
                pass
        except LockedError as error:
            refused.append(error)

    with lock.held(file), lock.held(file, wait_seconds=0):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert _names(file) == {"pins.toml"}


def test_a_lock_that_was_removed_while_waiting_is_not_taken_for_the_lock(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that opened the lock file of an ended holder has locked a file without a name, so it tries again."""
    acquire = _flock.acquire
    opened: list[int] = []

    def after_the_end_of_the_holder(descriptor: int) -> bool:
        if not opened:
            (file.parent / ".pins.toml.lock").unlink()
        opened.append(descriptor)
        return acquire(descriptor)

    monkeypatch.setattr(_flock, "acquire", after_the_end_of_the_holder)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with lock.held(file):
        assert (file.parent / ".pins.toml.lock").exists()
    assert len(opened) == 2


def test_saving_takes_the_lock(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that edit a pin file wait for commands, and commands wait for them."""
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.0)
    edit = Edit.load(file)
    edit._text += "# More.\n"
    with held_by_another(file):
        with pytest.raises(LockedError):
            edit.save()
        assert file.read_text() == TEXT
    edit.save()
    assert file.read_text() == f"{TEXT}# More.\n"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOENT], ids=errno.errorcode.get)
def test_where_nothing_can_be_written_nothing_is_locked(
    file: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """On a read-only file system nobody can change the file, so nobody has to wait."""

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with lock.held(file):
        assert _names(file) == {"pins.toml"}


def test_without_locks_it_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system without locks the change is refused, with the reason and the remedy."""

    def refuse(*_: object) -> bool:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(_flock, "acquire", refuse)
    with pytest.raises(FileError, match="cannot be locked, so two commands at once could lose changes") as caught:
        lock.held(file).__enter__()
    assert caught.value.hint == "copy the file to a local disk, change it there, and copy it back"
    assert file.read_text() == TEXT


class _Windows:
    """Replaces msvcrt: a lock that another process holds is refused with an error."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.locked: set[int] = set()

    def locking(self, descriptor: int, mode: int, size: int) -> None:
        assert (mode, size) == (self.LK_NBLCK, 1)
        place = os.lseek(descriptor, 0, os.SEEK_CUR)
        if place in self.locked:
            raise PermissionError(errno.EACCES, "Permission denied")
        self.locked.add(place)


def test_windows_has_locks_of_its_own(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without fcntl, msvcrt locks a byte far from the holder's record; without both, nothing is changed."""
    monkeypatch.setattr(_flock, "_fcntl", None)
    windows = _Windows()
    monkeypatch.setattr(_flock, "_msvcrt", windows)
    with lock.held(file):
        with pytest.raises(LockedError, match=f"process {os.getpid()} "):
            threading_refused(file)
        assert windows.locked == {1 << 30}
    monkeypatch.setattr(_flock, "_msvcrt", None)
    with pytest.raises(FileError, match="cannot be locked"):
        lock.held(file).__enter__()


def threading_refused(file: Path) -> None:
    """Ask for the lock in another thread, and raise the error that this thread got."""
    caught: list[LockedError] = []

    def other() -> None:
        try:
            with lock.held(file, wait_seconds=0):
                pass
        except LockedError as error:
            caught.append(error)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    raise caught[0]


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: links need rights")
def test_the_lock_is_not_written_through_a_link(file: Path, tmp_path: Path) -> None:
    """A link that came with a cloned repository cannot make pinsmith write elsewhere."""
    (tmp_path / "precious").write_text("precious")
    (tmp_path / ".pins.toml.lock").symlink_to("precious")
    with pytest.raises(FileError, match=r"pins\.toml cannot be locked: .*\.pins\.toml\.lock is a symbolic link"):
        lock.held(file).__enter__()
    assert (tmp_path / "precious").read_text() == "precious"
