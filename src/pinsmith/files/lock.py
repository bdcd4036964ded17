"""
One command at a time: a lock beside a file, for as long as the file is read, changed and written back.

The kernel keeps the lock, so it ends when its holder ends, even if the holder is killed. The hidden file that carries
it, such as `.pins.toml.lock`, names the holder and is removed on release. One that a killed command left behind locks
nothing, and the next command removes it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith import files
from pinsmith.errors import FileError, LockedError
from pinsmith.files import _flock

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_SECONDS: Final = 10.0
_AGAIN_SECONDS: Final = 0.05
_MAX_COMMAND: Final = 200  # characters
_MAX_HOLDER_BYTES: Final = 4096
# Who cannot make a file here cannot replace one either, so there is nothing to lock.
_UNWRITABLE: Final = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR}
_mine = threading.local()


@contextlib.contextmanager
def held(path: files.PathLike, *, wait_seconds: float | None = None) -> Iterator[None]:
    """
    Let no other command change the file *path* while the block runs.

    Links are followed, so that every name of the file has the same lock. A thread may hold the same lock again. In a
    directory that cannot be written, nothing is locked.

    Args:
        path: The file need not exist.

        wait_seconds: How long to wait for another command; `WAIT_SECONDS` by default.

    Raises:
        LockedError: Another command still holds the lock.
        FileError: Files cannot be locked here.
    """
    real = Path(os.path.realpath(path))
    mine: set[Path] = _mine.__dict__.setdefault("paths", set())
    if real in mine:
        yield
        return
    lock = real.with_name(f".{real.name}.lock")
    descriptor = _wait(os.fspath(path), lock, WAIT_SECONDS if wait_seconds is None else wait_seconds)
    mine.add(real)
    try:
        yield
    finally:
        mine.discard(real)
        if descriptor is not None:
            _release(lock, descriptor)


def _wait(name: str, lock: Path, wait_seconds: float) -> int | None:
    end = time.monotonic() + wait_seconds
    while True:
        with files.explained(name, "cannot be locked"):
            try:
                descriptor = _open(lock)
            except OSError as error:
                if error.errno in _UNWRITABLE:
                    return None
                if error.errno == errno.ELOOP:
                    raise FileError(
                        f"{name} cannot be locked: {lock} is a symbolic link", path=name, hint="delete the link"
                    ) from error
                raise
        if _acquire(name, lock, descriptor):
            _sign(descriptor)
            return descriptor
        holder = _holder(descriptor)
        os.close(descriptor)
        if time.monotonic() >= end:
            raise LockedError(
                f"{name} is locked by {holder}: nothing was changed",
                path=name,
                holder=holder,
                hint="wait for the other command to end, or end it, and run this one again",
            )
        time.sleep(_AGAIN_SECONDS)


def _open(lock: Path) -> int:
    flags = getattr(os, "O_NOFOLLOW", 0)
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT | flags, 0o644)
    except PermissionError:
        return os.open(lock, os.O_RDONLY | flags)  # of another user; it can be locked all the same


def _acquire(name: str, lock: Path, descriptor: int) -> bool:
    """Lock the file; say whether that succeeded and the file still has its name, which its last holder removed."""
    try:
        locked = _flock.acquire(descriptor)
    except OSError as error:
        os.close(descriptor)
        raise FileError(
            f"{name} cannot be locked, so two commands at once could lose changes: {files.words_of(error)}",
            path=name,
            hint="copy the file to a local disk, change it there, and copy it back",
        ) from error
    if not locked:
        return False
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), lock.lstat())
    return False


def _sign(descriptor: int) -> None:
    """Write down who holds the lock, and since when."""
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])[:_MAX_COMMAND]
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    # The lock holds without it: on a full disk, and where the file belongs to another user.
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()} ({command}), since {since}\n".encode(errors="replace"))
        os.fsync(descriptor)


def _holder(descriptor: int) -> str:
    with contextlib.suppress(OSError):
        os.lseek(descriptor, 0, os.SEEK_SET)
        line = os.read(descriptor, _MAX_HOLDER_BYTES).decode(errors="replace").strip()
        if line:
            return line
    return "another command"


def _release(lock: Path, descriptor: int) -> None:
    # The name goes first, so that whoever waits for this file sees that it is not the lock any more.
    # Windows cannot remove an open file.
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            lock.unlink()
    os.close(descriptor)
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            lock.unlink()
