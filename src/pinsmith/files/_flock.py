"""Locks on open files. The kernel releases a lock when its process ends, even if the process is killed."""

from __future__ import annotations

import errno
import os
from importlib import import_module
from typing import Any


def _module(name: str) -> Any:  # noqa: ANN401 - each system has one of the two modules
    try:
        return import_module(name)
    except ImportError:
        return None


_fcntl = _module("fcntl")
_msvcrt = _module("msvcrt")  # only on Windows
_FAR = 1 << 30  # On Windows others cannot read the locked bytes, so bytes that nobody reads are locked.


def is_shareable() -> bool:
    """Return whether locks can be shared. They can on all systems except Windows."""
    return _fcntl is not None


def acquire(descriptor: int, *, shared: bool = False) -> bool:
    """
    Lock an open file without waiting, and return whether that succeeded.

    Args:
        descriptor: Over NFS, it must be open for writing unless the lock is *shared*.

        shared: Let others hold a shared lock at the same time. Windows ignores this.

    Raises:
        OSError: If this system or file system does not support locks.

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
