"""
Directories and files that only their owner can read: for private keys that several runs need.

Nothing here repairs permissions, because another user may already have a copy of the keys. On Windows, owners and
permissions are not checked, because Python does not read its access lists.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pinsmith import files
from pinsmith.errors import FileError
from pinsmith.files.repository import work_tree_of

if TYPE_CHECKING:
    from pinsmith.files import PathLike

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def prepare(directory: PathLike) -> Path:
    """
    Make *directory* for its owner alone, or check that it is such a directory.

    Raises:
        FileError: If it lies in a repository, belongs to another user, is open to others, or cannot be made.
    """
    path = Path(directory)
    name = os.fspath(path)
    if (tree := work_tree_of(path)) is not None:
        raise FileError(
            f"{name} is in the git work tree {tree}, so its private keys could be committed",
            path=name,
            hint="name a directory outside of it",
        )
    with files.explained(name, "cannot be created"):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    with files.explained(name, "cannot be read"):
        _require_owned(path.stat(), name, "700")
    return path


def read(path: PathLike, *, most_bytes: int) -> bytes | None:
    """
    Read a file that only its owner can read; return None if it does not exist.

    Raises:
        FileError: If it is a link, belongs to another user, is open to others, is too large, or cannot be read.
    """
    name = os.fspath(path)
    with files.explained(name, "cannot be read"):
        try:
            descriptor = os.open(name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            raise FileError(
                f"{name} is a symbolic link, so its private keys could lie anywhere", path=name, hint="delete the link"
            ) from error
        with os.fdopen(descriptor, "rb") as file:
            _require_owned(os.fstat(descriptor), name, "600")
            content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise FileError(f"{name} cannot be read: it is larger than {most_bytes // 1024} KiB", path=name)
    return content


def _require_owned(status: os.stat_result, name: str, mode: str) -> None:
    if sys.platform == "win32":
        return
    if status.st_uid != os.geteuid():
        raise FileError(
            f"{name} belongs to another user, who knows or can replace the private keys in it",
            path=name,
            hint="name a directory of your own",
        )
    if status.st_mode & _OTHERS:
        raise FileError(
            f"other users can open {name}, which is for private keys",
            path=name,
            hint=f"run `chmod {mode} {name}` if nobody has read it, or name a new directory",
        )
