"""Files: reading with a limit of size, and writing completely or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def words_of(error: OSError) -> str:
    """Return the reason of *error* in words that follow the name of the file."""
    return _WORDS.get(error.errno or 0) or (error.strerror or str(error)).lower()


def read(path: PathLike, *, most_bytes: int, missing_hint: str | None = None) -> bytes:
    """
    Read a whole file.

    Args:
        path: A file, or a pipe such as ``/dev/stdin``.

        most_bytes: A larger file is refused. It is not read at all if its size is known in advance.

        missing_hint: The hint of the error if the file does not exist.

    Raises:
        FileError: If it cannot be read or is too large.
    """
    name = os.fspath(path)
    with explained(name, "cannot be read", missing_hint=missing_hint), Path(name).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        content = file.read(most_bytes + 1) if size <= most_bytes else b""
    if max(size, len(content)) > most_bytes:
        raise FileError(
            f"{name} cannot be read: it is larger than {most_bytes // 1024} KiB",
            path=name,
            hint="make sure that it is the right file",
        )
    return content


def write_atomically(path: PathLike, content: str | bytes, *, mode: int | None = None, exclusive: bool = False) -> None:
    """
    Write a file so that at any moment, even after a crash, it is either the old file or the new file.

    Missing directories are created. A symbolic link is followed: its target is written and the link stays. Permissions
    are kept, and so are owner and group if the system allows it. Access control lists and other hard links are lost.

    Args:
        path: Its directory must be writable, because the new file is first written beside the old one.

        content: Text is written as UTF-8, with its line ends unchanged.

        mode: Permissions, such as 0o600; by default those of the old file, else 0o644 less the umask.

        exclusive: Refuse to write if a file or link exists already, as for private keys.

    Raises:
        FileError: If the file cannot be written. The old file is unchanged then, and no other file is left behind.
    """
    from pinsmith.files._growing import put

    name = os.fspath(path)
    octets = content.encode() if isinstance(content, str) else content
    made: list[Path] = []
    with explained(name, "cannot be written"):
        try:
            target = Path(name).absolute() if exclusive else target_of(name)
            made = make_parents(target)
            put(target, octets, old=None if exclusive else status_of(target, name), mode=mode, exclusive=exclusive)
        except BaseException:
            remove_empty(made)
            raise


def require_writable(path: PathLike) -> None:
    """
    Raise now what `write_atomically` would raise later, before work is done whose result could not be kept.

    Nothing stays: a temporary file, and directories that are missing, are made and removed.

    Raises:
        FileError: If the file cannot be written.
    """
    from pinsmith.files._growing import Growing

    name = os.fspath(path)
    with explained(name, "cannot be written"):
        target = target_of(name)
        old = status_of(target, name)
        made = make_parents(target)
        try:
            Growing(target, b"", old=old, mode=None).drop()
        finally:
            remove_empty(made)


def make_parents(target: Path) -> list[Path]:
    """Create the directories that *target* needs, and return those that were missing, deepest first."""
    missing = [parent for parent in target.parents if not parent.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # a file, or a link to a file that does not exist
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), os.fspath(target)) from error
    except BaseException:
        remove_empty(missing)
        raise
    return missing


def remove_empty(directories: list[Path]) -> None:
    """Remove those of *directories* that are empty; the deepest ones come first."""
    for directory in directories:
        with contextlib.suppress(OSError):
            directory.rmdir()


def target_of(name: str) -> Path:
    """
    Follow symbolic links, and return the file that *name* refers to.

    Raises:
        FileError: If *name* is a link to a file that does not exist.
        OSError: If the links cannot be followed.
    """
    try:
        # Path.resolve does not raise OSError for circular links before Python 3.13.
        return Path(os.path.realpath(name, strict=True))
    except FileNotFoundError:
        path = Path(name)
        for link in (path, *path.parents):
            if link.is_symlink() and not link.exists():
                raise FileError(
                    f"{name} cannot be written: {'it' if link == path else link} is a symbolic link to nothing",
                    path=name,
                    hint="remove the link, or create what it names",
                ) from None
        return path.parent.resolve() / path.name


def status_of(target: Path, name: str) -> os.stat_result | None:
    """
    Return the status of the file *target*; None if it does not exist.

    Raises:
        FileError: If *target* is neither a file nor a directory.
        OSError: If *target* is a directory, or its status cannot be read.
    """
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "", name)
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"{name} cannot be written: it is a device or pipe", path=name)
    return status


@contextlib.contextmanager
def explained(name: str, what: str, *, missing_hint: str | None = None) -> Iterator[None]:
    """Turn an error of the system in this block into a `FileError` whose message begins with *name* and *what*."""
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        hint = missing_hint if error.errno == errno.ENOENT else None
        raise FileError(f"{name} {what}: {words_of(error)}", path=name, hint=hint) from error
    except ValueError as error:  # NUL, or a character that the file system cannot write
        raise FileError(f"{name!r} {what}: no file can have this name", path=name) from error
