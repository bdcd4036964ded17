"""Files: read with a limit, and written whole or not at all."""

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
    with explained(name, "cannot be read", missing_hint=missing_hint), Path(name).open("rb") as file:
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

    Directories that are missing are made. A symbolic link is followed: its target is written and the link stays.
    Permissions are kept, owner and group where the system allows. Access control lists and further hard links are not.

    Args:
        path: The directory must be writable, because the new file grows beside the old.

        content: Text is written as UTF-8, line ends as they are.

        mode: Permissions, such as 0o600; by default those of the old file, else 0o644 less the umask.

        exclusive: Refuse if there is a file or link already, as for private keys.

    Raises:
        FileError: The file cannot be written; the old one stands untouched and nothing else is left behind.
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


def make_parents(target: Path) -> list[Path]:
    """Make the directories that *target* needs, and return those that were missing, deepest first."""
    missing = [each for each in target.parents if not each.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # a file, or a link to nothing
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), os.fspath(target)) from error
    except BaseException:
        remove_empty(missing)
        raise
    return missing


def remove_empty(directories: list[Path]) -> None:
    """Remove *directories*, deepest first, except those that something is in."""
    for each in directories:
        with contextlib.suppress(OSError):
            each.rmdir()


def target_of(name: str) -> Path:
    """
    Return the file that *name* stands for, links followed.

    Raises:
        FileError: *name* is a link to nothing.
        OSError: *name* cannot be followed.
    """
    try:
        # Not Path.resolve: before Python 3.13 it raises no OSError for links in a circle.
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
    Return what stands at *target*, None if nothing does.

    Raises:
        FileError: *target* is neither a file nor a directory.
        OSError: *target* is a directory, or cannot be looked at.
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
    """Turn what the system refuses in this block into a `FileError` that begins with *name* and *what*."""
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        hint = missing_hint if error.errno == errno.ENOENT else None
        raise FileError(f"{name} {what}: {words_of(error)}", path=name, hint=hint) from error
    except ValueError as error:  # NUL, or a character that the file system cannot write
        raise FileError(f"{name!r} {what}: no file can have this name", path=name) from error
