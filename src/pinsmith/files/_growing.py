"""
New files that grow under a temporary name, so that no other name ever stands for half a file.

The temporary name is `.pinsmith-*.tmp`, in the directory of the finished file. A lock on it shows that its writer is
alive. What a killed process left behind has no such lock, and the next process that writes there removes it.
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
# What systems answer where a file cannot have two names: link(2) of Linux, FreeBSD and macOS; Android denies it.
_NO_LINKS: Final = {
    errno.EPERM,
    errno.EACCES,
    errno.ENOSYS,
    errno.EOPNOTSUPP,
    errno.ENOTSUP,
    errno.EMLINK,
    errno.EINVAL,
}
_STALE_SECONDS: Final = 3600.0  # where there are no locks


class Growing:
    """
    A new file beside *target*, whole and on the disk, which still has a temporary name.

    Args:
        target: The directory must exist.

        octets: Everything the file is to hold.

        old: What stands there now; its permissions are kept, and where the system allows owner and group.

        mode: Permissions, such as 0o600; by default those of *old*, else 0o644 less the umask.

    Raises:
        OSError: The system refuses; then there is no such file.
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
        """Put the file in the place of *target*, whatever stands there."""
        self._close_on_windows()
        self.path.replace(target)
        self._close()
        sync_directory(target.parent)

    def create(self, target: Path) -> None:
        """
        Give the file the name *target*, if nothing has it: neither a file nor a link to one or to nothing.

        Also when the process is killed in the middle, *target* is the whole file or nothing. Where the file system has
        no hard links, a process that is killed may leave an empty file.

        Raises:
            FileExistsError: Something has that name.
        """
        self._close_on_windows()
        if sys.platform == "win32":
            self.path.rename(target)  # on Windows, this replaces nothing
        else:
            self._link(target)
        self._close()
        sync_directory(target.parent)

    def drop(self) -> None:
        """Remove the file, as far as the system allows."""
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
        # Everything is on the disk; closing can lose nothing any more.
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(descriptor)


def put(
    target: Path, octets: bytes, *, old: os.stat_result | None = None, mode: int | None = None, exclusive: bool = False
) -> None:
    """
    Make a new file and put it in the place of *target*, or *exclusive* where nothing is; the rest is as for `Growing`.

    Raises:
        OSError: The system refuses; everything is as it was.
    """
    growing = Growing(target, octets, old=old, mode=mode)
    try:
        (growing.create if exclusive else growing.replace)(target)
    except BaseException:
        growing.drop()
        raise


def drop(path: Path) -> None:
    """Remove the file *path*, as far as the system allows."""
    with contextlib.suppress(OSError):
        path.unlink()


@functools.cache
def sweep(directory: Path) -> None:
    """Remove what killed processes left in *directory*; look once, however many files are written there."""
    with contextlib.suppress(OSError):
        for path in directory.iterdir():
            if _NAME.fullmatch(path.name) and _is_stale(path):
                drop(path)


def _is_stale(path: Path) -> bool:
    """Whether nobody is writing the file *path*; unsure is no."""
    with contextlib.suppress(OSError):
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return False
        if not _flock.is_shareable():
            return status.st_mtime < time.time() - _STALE_SECONDS
        # Open for reading and a shared lock, because then NFS can say too whether there is another.
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
    """Lock a new file; say whether it is still there, for before that another process may take it for left behind."""
    if not _flock.is_shareable():
        return True
    try:
        return _flock.acquire(descriptor) and os.fstat(descriptor).st_nlink > 0
    except OSError:  # Without locks nobody can take it for left behind.
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
            bits &= ~0o070  # what one group might do is not given to another
    os.fchmod(descriptor, bits)


def sync_directory(directory: Path) -> None:
    """Make new names in *directory* outlast a crash, where the system can."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
