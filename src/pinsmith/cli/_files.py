"""Input that users name: a file, or standard input for ``-``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pinsmith import _file

if TYPE_CHECKING:
    from pathlib import Path


def read_bytes(path: Path, *, most: int) -> bytes:
    """
    Read a file, or standard input for ``-``.

    Args:
        path: As the user named it.

        most: How many bytes are enough. Of standard input one more is read, so that the reader's own limit speaks.

    Raises:
        FileError: it cannot be read, or is larger.
    """
    if str(path) == "-":
        return sys.stdin.buffer.read(most + 1)
    return _file.read(path, most_bytes=most)


def read_password(path: Path | None) -> bytes | None:
    """
    Read the first line of a password file, without its line end.

    Raises:
        FileError: it cannot be read.
    """
    if path is None:
        return None
    return read_bytes(path, most=4096).partition(b"\n")[0].rstrip(b"\r")
