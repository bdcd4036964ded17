"""
New files are first written under a temporary name, so that no other name ever refers to half a file.

The temporary name is `.pinsmith-*.tmp`, in the directory of the finished file. A lock on it shows that its writer is
alive. A file that a killed process left behind has no lock, and the next process that writes there removes it.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import re
import stat
import sys
import time
from typing import TYPE_CHECKING, Final

from pinsmith.files import _flock

if TYPE_CHECKING:
    from pathlib import Path

_NAME: Final = re.compile(r"\.pinsmith-[0-9a-f]{16}\.tmp")
_BINARY: Final = getattr(os, "O_BINARY", 0)  # Windows would translate line ends
# The errors of link(2) where a file cannot have two names: on Linux, FreeBSD and macOS; Android denies it.
_NO_LINKS: Final = {
    errno.EPERM,
    errno.EACCES,
    errno.ENOSYS,
    errno.EOPNOTSUPP,
    errno.ENOTSUP,
    errno.EMLINK,
    errno.EINVAL,
}
_STALE_SECONDS: Final = 3600.0  # on systems without shared locks


class Growing:
    """
    A new file beside *target*, which is complete and on the disk but still has a temporary name.

    Args:
        target: Its directory must exist.

        octets: The whole content of the file.

        old: The status of the old file. Its permissions are kept, and so are owner and group if the system allows it.

        mode: Permissions, such as 0o600; by default those of *old*, else 0o644 less the umask.

    Raises:
        OSError: If the system refuses. Then no file is left behind.
    """

    def __init__(self, target: Path, octets: bytes, *, old: os.stat_result | None, mode: int | None) -> None:
        sweep(target.parent)
        first_mode = mode if mode is not None else 0o600 if old else 0o644
        self.path, self._descriptor = _open(target.parent, first_mode)
        try:
            _write_all(self._descriptor, octets)
            if old:
                _take_over(self._descriptor, old, mode)
            os.fsync(self._descriptor)
        except BaseException:
            self.drop()
            raise

    def replace(self, target: Path) -> None:
        """Rename the file to *target*, and replace a file that exists there."""
        self._close_on_windows()
        self.path.replace(target)
        self._close()
        sync_directory(target.parent)

    def create(self, target: Path) -> None:
        """
        Rename the file to *target*, unless a file or a symbolic link has that name already.

        Even if the process is killed, *target* is either the whole file or does not exist. If the file system has no
        hard links, a process that is killed may leave an empty file.

        Raises:
            FileExistsError: If a file or link has that name.
        """
        self._close_on_windows()
        if sys.platform == "win32":
            self.path.rename(target)  # on Windows, this never replaces a file
        else:
            self._link(target)
        self._close()
        sync_directory(target.parent)

    def drop(self) -> None:
        """Remove the file, and ignore errors."""
        if sys.platform != "win32":
            drop(self.path)
        self._close()
        drop(self.path)

    def _link(self, target: Path) -> None:
        try:
            os.link(self.path, target)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            try:
                self.path.replace(target)
            except BaseException:
                drop(target)
                raise
        else:
            drop(self.path)

    def _close_on_windows(self) -> None:
        if sys.platform == "win32":  # an open file cannot be renamed there
            self._close()

    def _close(self) -> None:
        # Everything is on the disk, so an error of close() does not matter.
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(descriptor)


def put(
    target: Path, octets: bytes, *, old: os.stat_result | None = None, mode: int | None = None, exclusive: bool = False
) -> None:
    """
    Write a new file and rename it to *target*. If *exclusive*, refuse to replace a file. See `Growing` for the rest.

    Raises:
        OSError: If the system refuses. Then *target* is unchanged.
    """
    growing = Growing(target, octets, old=old, mode=mode)
    try:
        (growing.create if exclusive else growing.replace)(target)
    except BaseException:
        growing.drop()
        raise


def drop(path: Path) -> None:
    """Remove the file *path*, and ignore errors."""
    with contextlib.suppress(OSError):
        path.unlink()


@functools.cache
def sweep(directory: Path) -> None:
    """Remove the files that killed processes left in *directory*. Each directory is searched only once."""
    with contextlib.suppress(OSError):
        for path in directory.iterdir():
            if _NAME.fullmatch(path.name) and _is_stale(path):
                drop(path)


def _is_stale(path: Path) -> bool:
    """Return whether certainly no process is writing the file *path*."""
    with contextlib.suppress(OSError):
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return False
        if not _flock.is_shareable():
            return status.st_mtime < time.time() - _STALE_SECONDS
        # NFS allows a shared lock on a file that is open for reading only.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        try:
            return _flock.acquire(descriptor, shared=True)
        finally:
            os.close(descriptor)
    return False


def _open(directory: Path, mode: int) -> tuple[Path, int]:
    while True:
        path = directory / f".pinsmith-{os.urandom(8).hex()}.tmp"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
        if _is_ours(descriptor):
            return path, descriptor
        os.close(descriptor)


def _is_ours(descriptor: int) -> bool:
    """Lock a new file, and return whether it still exists: before the lock, another process may remove it as stale."""
    if not _flock.is_shareable():
        return True
    try:
        return _flock.acquire(descriptor) and os.fstat(descriptor).st_nlink > 0
    except OSError:  # Without locks, no other process can consider the file stale.
        return True


def _write_all(descriptor: int, octets: bytes) -> None:
    rest = memoryview(octets)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _take_over(descriptor: int, old: os.stat_result, mode: int | None) -> None:
    if sys.platform == "win32":
        return
    bits = stat.S_IMODE(old.st_mode) & 0o777 if mode is None else mode
    own = os.fstat(descriptor)
    try:
        if (own.st_uid, own.st_gid) != (old.st_uid, old.st_gid):
            os.fchown(descriptor, old.st_uid, old.st_gid)
    except OSError:
        try:
            os.fchown(descriptor, -1, old.st_gid)
        except OSError:
            bits &= ~0o070  # the rights of the old group must not pass to another group
    os.fchmod(descriptor, bits)


def sync_directory(directory: Path) -> None:
    """Make sure that new names in *directory* survive a crash, if the system supports that."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
