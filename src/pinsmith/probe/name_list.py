"""Lists of hosts: one name a line, ``#`` begins a comment."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, BinaryIO

from pinsmith.errors import FileError
from pinsmith.files import words_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path


def parse_names(lines: Iterable[bytes]) -> Generator[str, None, None]:
    """
    Yield the names in *lines*, which are UTF-8, as a stream.

    The names are not checked. Bytes that are not text become a name that is not a host.
    """
    for line in lines:
        name = line.decode("utf-8", "replace").lstrip("\ufeff").partition("#")[0].strip()
        if name:
            yield name


def open_names(path: Path) -> tuple[Generator[str, None, None], int | None]:
    """
    Open the list at *path*, so that a missing one is an error before anything is dialled.

    Returns:
        The names, as a stream; and how many there are, or None if the file can be read only once, such as a pipe.

    Raises:
        FileError: If the list cannot be opened.
    """
    try:
        file = path.open("rb")
        try:
            count = _count(file)
        except BaseException:
            file.close()
            raise
    except OSError as error:
        raise FileError(f"{path} cannot be read: {words_of(error)}", path=str(path)) from error
    return _closing(file), count


def _count(file: BinaryIO) -> int | None:
    """Count the names in a file on disk, one line in memory at a time, and go back to its beginning."""
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return None
    count = sum(1 for _ in parse_names(file))
    file.seek(0)
    return count


def _closing(file: BinaryIO) -> Generator[str, None, None]:
    with file:
        yield from parse_names(file)
