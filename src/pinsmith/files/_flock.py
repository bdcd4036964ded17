"""Locks of the kernel on open files: whoever holds one loses it when the process ends, however it ends."""

from __future__ import annotations

import errno
import os
from importlib import import_module
from typing import Any


def _module(name: str) -> Any:  # noqa: ANN401 - each system has one of two
    try:
        return import_module(name)
    except ImportError:
        return None


_fcntl = _module("fcntl")
_msvcrt = _module("msvcrt")  # of Windows
_FAR = 1 << 30  # Windows keeps others from reading what is locked; nobody reads this far.


def is_shareable() -> bool:
    """Say whether there are shared locks, as everywhere but on Windows."""
    return _fcntl is not None


def acquire(descriptor: int, *, shared: bool = False) -> bool:
    """
    Lock an open file without waiting; say whether that succeeded.

    Args:
        descriptor: Over NFS, it must be open for writing unless the lock is *shared*.

        shared: Let others hold a shared lock too; on Windows no lock is shared.

    Raises:
        OSError: Files cannot be locked on this system or file system.

    Source:
        flock(2); https://docs.python.org/3/library/msvcrt.html#msvcrt.locking
    """
    if _fcntl is not None:
        try:
            _fcntl.flock(descriptor, (_fcntl.LOCK_SH if shared else _fcntl.LOCK_EX) | _fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
    if _msvcrt is not None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            _msvcrt.locking(descriptor, _msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True
    raise OSError(errno.ENOLCK, "this system has no file locks")
