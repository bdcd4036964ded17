"""Files: read with a limit, and written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PathLike = str | os.PathLike[str]

_WORDS: Final = {
    errno.ENOENT: "it does not exist",
    errno.EISDIR: "it is a directory",
    errno.ENOTDIR: "a part of the path is not a directory",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the file system is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "it would be larger than the system allows",
    errno.ELOOP: "its symbolic links go in a circle",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EEXIST: "it exists already",
    errno.EIO: "the disk reports an error",
}
_BINARY: Final = getattr(os, "O_BINARY", 0)  # Windows would translate line ends


def words_of(error: OSError) -> str:
    """Say what stopped the system, the file being the subject."""
    return _WORDS.get(error.errno or 0) or (error.strerror or str(error)).lower()


def read(path: PathLike, *, most_bytes: int, missing_hint: str | None = None) -> bytes:
    """
    Read a whole file.

    Args:
        path: Also a pipe, such as ``/dev/stdin``.

        most_bytes: A larger file is refused, without reading it if its size is known.

        missing_hint: What to do if there is no such file.

    Raises:
        FileError: it cannot be read or is too large.
    """
    name = os.fspath(path)
    with _explained(name, "cannot be read", missing_hint=missing_hint), Path(name).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        content = file.read(most_bytes + 1) if size <= most_bytes else b""
    if max(size, len(content)) > most_bytes:
        raise FileError(
            f"{name} cannot be read: it is larger than {most_bytes // 1024} KiB",
            path=name,
            hint="is it the right file?",
        )
    return content


def write_atomically(path: PathLike, content: str | bytes, *, mode: int | None = None, exclusive: bool = False) -> None:
    """
    Write a file so that at any moment, also after a crash, it is the old one or the new one.

    A symbolic link is followed: its target is written and the link stays. Permissions are kept,
    owner and group where the system allows. Access control lists and further hard links are not.

    Args:
        path: The directory must exist and be writable, for the new file grows beside the old.

        content: Text is written as UTF-8, line ends as they are.

        mode: Permissions, such as 0o600; by default those of the old file, else 0o644 less the umask.

        exclusive: Refuse if there is a file or link already, as for private keys.

    Raises:
        FileError: the old file stands untouched and nothing else is left behind.
    """
    name = os.fspath(path)
    octets = content.encode() if isinstance(content, str) else content
    with _explained(name, "cannot be written"):
        if not exclusive:
            target = _target(name)
            _replace(target, octets, _status(target, name), mode)
            return
        target = Path(name).absolute()
        _reserve(target)
        try:
            _replace(target, octets, None, mode)
        except BaseException:
            target.unlink()
            raise


def write_all_atomically(contents: Mapping[Path, bytes]) -> None:
    """
    Write several files, all or none: each is on the disk under another name before the first is replaced.

    If the system refuses in the middle all the same, those replaced before get their old content back.

    Args:
        contents: By path; see `write_atomically` for each.

    Raises:
        FileError: every file is as it was.
    """
    grown: list[tuple[Path, Path, bytes | None]] = []  # where, under which name until then, and what stood there
    done = 0
    try:
        for path, octets in contents.items():
            with _explained(os.fspath(path), "cannot be written"):
                target = _target(os.fspath(path))
                old = _status(target, os.fspath(path))
                before = target.read_bytes() if old else None
                grown.append((target, _grow(target, octets, old, None), before))
        for target, growing, _ in grown:
            with _explained(os.fspath(target), "cannot be written"):
                growing.replace(target)
            done += 1
    except BaseException:
        _restore(grown[:done])
        for _, growing, _ in grown[done:]:
            _drop(growing)
        raise
    for parent in dict.fromkeys(target.parent for target, _, _ in grown):
        _sync_directory(parent)


def _restore(written: list[tuple[Path, Path, bytes | None]]) -> None:
    for target, _, before in written:
        if before is None:
            _drop(target)
        else:
            with contextlib.suppress(OSError):
                _replace(target, before, target.stat(), None)


def _target(name: str) -> Path:
    try:
        # Not Path.resolve: before Python 3.13 it raises no OSError for links in a circle.
        return Path(os.path.realpath(name, strict=True))
    except FileNotFoundError:
        path = Path(name)
        if path.is_symlink():
            raise FileError(
                f"{name} cannot be written: it is a symbolic link to nothing",
                path=name,
                hint="remove the link, or create the file it names",
            ) from None
        if not path.parent.is_dir():
            raise FileError(
                f"{name} cannot be written: there is no directory {str(path.parent)!r}",
                path=name,
                hint="create the directory first",
            ) from None
        return path.parent.resolve() / path.name


def _status(target: Path, name: str) -> os.stat_result | None:
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "", name)
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"{name} cannot be written: it is a device or pipe", path=name)
    return status


def _reserve(target: Path) -> None:
    # Exclusive creation is the one step no race can slip into; the content then replaces it whole.
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600))


def _replace(target: Path, octets: bytes, old: os.stat_result | None, mode: int | None) -> None:
    growing = _grow(target, octets, old, mode)
    try:
        growing.replace(target)
    except BaseException:
        _drop(growing)
        raise
    _sync_directory(target.parent)


def _grow(target: Path, octets: bytes, old: os.stat_result | None, mode: int | None) -> Path:
    """Write *octets* to a new file beside *target*, down to the disk."""
    growing = target.with_name(f".pinsmith-{os.urandom(8).hex()}.tmp")
    first_mode = mode if mode is not None else 0o600 if old else 0o644
    descriptor = os.open(growing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, first_mode)
    try:
        try:
            _write_all(descriptor, octets)
            if old:
                _take_over(descriptor, old, mode)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        _drop(growing)
        raise
    return growing


def _drop(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


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


def _sync_directory(directory: Path) -> None:
    # Makes the new name last. The file is in place: where this is not possible, nothing is wrong.
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _explained(name: str, what: str, *, missing_hint: str | None = None) -> Iterator[None]:
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        hint = missing_hint if error.errno == errno.ENOENT else None
        raise FileError(f"{name} {what}: {words_of(error)}", path=name, hint=hint) from error
    except ValueError as error:  # NUL, or a character that the file system cannot write
        raise FileError(f"{name!r} {what}: no file can have this name", path=name) from error
