"""Find and read the files that a pin file's outputs name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pinsmith import files
from pinsmith.errors import FileError
from pinsmith.files.repository import work_tree_of
from pinsmith.limit import MAX_BYTES
from pinsmith.sync import pins_lock


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a pin file is, and which files its outputs may be.

    Attributes:
        path: The pin file, as the user named it; outputs are relative to its folder.
        repository: The nearest folder upward with a ``.git``, or without one the pin file's own folder.
        allows_outside: Whether outputs may lie outside the repository.
    """

    path: Path
    repository: Path
    allows_outside: bool


@dataclass(frozen=True, slots=True)
class File:
    """
    A file as it is now.

    Attributes:
        name: The path as the pin file writes it.
        path: Where it is.
        content: None if there is no such file.
        source: The path of the pin file relative to this file, which stays correct when the repository is moved.
        lock_name: The path as pins.lock writes it: from the folder of the pin file.
        patch_name: The path as a patch writes it: from the top of the repository, or as *name* outside of it.
        is_shared: Whether the file belongs to the repository, and not to this machine alone.
    """

    name: str
    path: Path
    content: bytes | None
    source: str
    lock_name: str
    patch_name: str
    is_shared: bool


def place_of(path: Path, *, outside: bool) -> Place:
    """Find the repository of the pin file at *path*; *outside* allows outputs anywhere else."""
    folder = path.resolve().parent
    return Place(path, work_tree_of(folder) or folder, outside)


def read_file(place: Place, name: str) -> File:
    """
    Read the output that the pin file calls *name*, if it exists.

    Raises:
        FileError: If it lies outside the repository, or cannot be read.
    """
    path = (place.path.parent / name).resolve()
    if not place.allows_outside and not path.is_relative_to(place.repository):
        raise FileError(
            f"{name} is outside {place.repository}",
            path=name,
            hint="choose a path in the repository of the pin file, or allow this one with --outside",
        )
    return _read(place, name, path)


def read_lock(place: Place) -> File:
    """
    Read pins.lock beside the pin file, if it exists.

    Raises:
        FileError: If it cannot be read.
    """
    return _read(place, pins_lock.NAME, place.path.with_name(pins_lock.NAME).resolve())


def _read(place: Place, name: str, path: Path) -> File:
    is_inside = path.is_relative_to(place.repository)
    return File(
        name,
        path,
        _content(path),
        source=_relative(place.path.resolve(), path.parent),
        lock_name=_relative(path, place.path.resolve().parent),
        patch_name=path.relative_to(place.repository).as_posix() if is_inside else name,
        is_shared=is_inside or not Path(name).is_absolute(),
    )


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _content(path: Path) -> bytes | None:
    try:
        return files.read(path, most_bytes=MAX_BYTES)
    except FileError:
        if path.exists():
            raise
        return None
