"""Files as users name them, with ``-`` for standard input or output."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from pinsmith import files
from pinsmith.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path

_STANDARD_OUTPUT: Final = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}


def is_standard_output(path: Path) -> bool:
    """Say whether *path* means standard output, by one of its usual names."""
    return str(path) in _STANDARD_OUTPUT


def require_editable(path: Path) -> None:
    """
    Raise if *path* is a device or pipe, because an output is read, edited and replaced.

    Raises:
        FileError: If *path* is a device or pipe.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise FileError(
            f"{path} cannot be written: it is a device or pipe",
            path=str(path),
            hint="leave out the file name, and redirect standard output",
        )


def read_bytes(path: Path, *, most: int) -> bytes:
    """
    Read a file, or standard input for ``-``.

    Args:
        path: As the user named it.

        most: The limit, in bytes. One more is read from standard input, so that the parser reports its own limit.

    Raises:
        FileError: If it cannot be read, or is larger.
    """
    if str(path) == "-":
        return sys.stdin.buffer.read(most + 1)
    return files.read(path, most_bytes=most)


def read_password(path: Path | None) -> bytes | None:
    """
    Read the first line of a password file, without its line end.

    Raises:
        FileError: If it cannot be read.
    """
    if path is None:
        return None
    return read_bytes(path, most=4096).partition(b"\n")[0].rstrip(b"\r")
