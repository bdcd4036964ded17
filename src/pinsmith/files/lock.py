"""
A lock beside a file, so that only one command at a time reads, changes and writes it.

The kernel keeps the lock, so it ends when its holder ends, even if the holder is killed. The lock is on a hidden file,
such as `.pins.toml.lock`, which names the holder and is removed on release. If a killed command leaves this file
behind, it locks nothing, and the next command removes it.
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
# If the user cannot create a file here, no file can be replaced either, so there is nothing to lock.
_UNWRITABLE: Final = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR}
_mine = threading.local()


@contextlib.contextmanager
def held(path: files.PathLike, *, wait_seconds: float | None = None) -> Iterator[None]:
    """
    Keep other commands from changing the file *path* while the block runs.

    Symbolic links are followed, so that every name of the file has the same lock. A thread may take the same lock
    again. In a directory that is not writable, nothing is locked.

    Args:
        path: The file need not exist.

        wait_seconds: How long to wait for another command; `WAIT_SECONDS` by default.

    Raises:
        LockedError: If another command still holds the lock.
        FileError: If this system or file system does not support locks.
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
                f"{name} is locked by {holder}, so nothing was changed",
                path=name,
                holder=holder,
                hint="wait for the other command or stop it, then run this one again",
            )
        time.sleep(_AGAIN_SECONDS)


def _open(lock: Path) -> int:
    flags = getattr(os, "O_NOFOLLOW", 0)
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT | flags, 0o644)
    except PermissionError:
        return os.open(lock, os.O_RDONLY | flags)  # a file of another user can be locked too


def _acquire(name: str, lock: Path, descriptor: int) -> bool:
    """Lock the file, and return whether that succeeded and its last holder has not removed it meanwhile."""
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
    """Write into the lock file which process holds the lock, and since when."""
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])[:_MAX_COMMAND]
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    # The lock works without this, as on a full disk or if the file belongs to another user.
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
    # The file is removed before it is unlocked, so that waiting commands notice that it is no longer the lock.
    # Windows cannot remove an open file.
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            lock.unlink()
    os.close(descriptor)
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            lock.unlink()
