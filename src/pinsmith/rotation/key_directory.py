"""Where standby keys are kept: outside every repository, readable by their owner alone, never overwritten."""

from __future__ import annotations

import itertools
import os
import stat
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith import files, pinfile
from pinsmith.errors import FileError, PinsmithError
from pinsmith.files.repository import work_tree_of
from pinsmith.files.user_data import user_data

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from pinsmith.pin import Pin
    from pinsmith.rotation.standby_key import StandbyKey

_ELSEWHERE = "name a directory outside it with --backup-dir, best on removable media"


@dataclass(frozen=True, slots=True)
class Stored:
    """The two files of a standby key."""

    key: Path
    request: Path

    def discard(self) -> None:
        """Remove both files, which this run made, because the pin file that refers to them could not be written."""
        for path in (self.key, self.request):
            path.unlink(missing_ok=True)


def default_directory() -> Path:
    """Name the directory of this user for standby keys; nothing is created."""
    return user_data() / "keys"


def choose(given: Path | None, pin_file: Path) -> Path:
    """
    Return the directory *given* for standby keys, else the default one.

    Raises:
        FileError: If the default one lies where the pin file lies or where git would pick the key up.
    """
    if given is not None:
        return given
    directory = default_directory()
    require_apart(directory, pin_file)
    return directory


def require_apart(directory: Path, pin_file: Path) -> None:
    """
    Raise if a private key in *directory* would lie where the pin file lies or where git would pick it up.

    Raises:
        FileError: If it would; the message says which.
    """
    if reason := publication_of(directory, pin_file):
        raise FileError(reason, path=str(directory), hint=_ELSEWHERE)


def dangers(directory: Path, pin_file: Path) -> list[str]:
    """List, one sentence each, why *directory*, which the user named, is not a safe place for a private key."""
    found = [publication_of(directory, pin_file)]
    for folder in _existing(directory):
        if why := _is_open_to_others(folder):
            found.append(f"other users can replace your key in {directory}, because {folder} {why}")
            break
    return [f"{reason}; name another directory with --backup-dir" for reason in found if reason]


def publication_of(path: Path, pin_file: Path) -> str | None:
    """Say how a private key in the file or directory *path* could be published by mistake; None if it could not."""
    place = path.resolve()
    if place.is_relative_to(pin_file.resolve().parent):
        return f"{path} is in the directory of {pin_file}, so the private key could be published with it"
    if (tree := work_tree_of(place)) is not None:
        return f"{path} is in the git work tree {tree}, so the private key could be committed"
    return None


def _existing(directory: Path) -> list[Path]:
    place = directory.resolve()
    return [folder for folder in (place, *place.parents) if folder.is_dir()]


def _is_open_to_others(folder: Path) -> str | None:
    """Say what lets others rename or remove what is in *folder*; None if nothing does."""
    if sys.platform == "win32":  # access lists, which Python does not read
        return None
    status = folder.stat()
    if status.st_uid not in {os.geteuid(), 0}:
        return "belongs to another user"
    if status.st_mode & stat.S_ISVTX:  # as in /tmp: everybody adds, but only owners rename and remove
        return None
    if status.st_mode & stat.S_IWOTH:
        return "can be written by everybody"
    return "can be written by its group" if status.st_mode & stat.S_IWGRP and not _is_private(status) else None


def _is_private(status: os.stat_result) -> bool:
    """Whether the group of a directory is its owner's alone, as many systems make one for each user."""
    import grp
    import pwd

    try:
        group = grp.getgrgid(status.st_gid)
        return group.gr_name == pwd.getpwuid(status.st_uid).pw_name and not group.gr_mem
    except KeyError:
        return False


def store(
    standby: StandbyKey,
    hosts: Sequence[str],
    directory: Path,
    today: date,
    *,
    name: str | None = None,
    password: bytes | None = None,
) -> Stored:
    """
    Write the private key and its request into *directory*.

    The directory is made for its owner alone if it does not exist. Existing files and links are never touched.

    Args:
        standby: The key.

        hosts: Canonical; those of the request.

        directory: See `choose`.

        today: The day to name the files after.

        name: The name of the key, to name the files after; None for the first host.

        password: Encrypts the private key; None not to encrypt it.

    Raises:
        FileError: If one of them cannot be written; then neither file is left.
    """
    stem = f"{name or hosts[0].replace(':', '_')}-{today.isoformat()}"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise FileError(
            f"{directory} cannot be created: {error.strerror or error}", path=str(directory), hint=_ELSEWHERE
        ) from error
    private, request = standby.private_pem(password), standby.request_pem(hosts)
    for number in itertools.count(1):
        key = directory / f"{stem}{f'-{number}' if number > 1 else ''}.key"
        stored = Stored(key, key.with_suffix(".csr"))
        if _write_new(stored.key, private) and _write_or_take_back(stored, request):
            return stored
    raise AssertionError  # for the type checker: there is always one more number


def discard(stored: Mapping[Pin, Stored], pin_file: Path) -> None:
    """
    Remove the files of standby keys again, by their pins, except of those that *pin_file* contains.

    An interrupt may arrive just after the pin file was written, and a standby key in it must not lose its private key.
    """
    try:
        pins = {key.pin for key in pinfile.load(pin_file).keys} if pin_file.exists() else set()
    except PinsmithError:
        return  # it is not known which keys it contains
    for pin, made in stored.items():
        if pin not in pins:
            made.discard()


def _write_or_take_back(stored: Stored, request: bytes) -> bool:
    try:
        created = _write_new(stored.request, request)
    except BaseException:
        stored.key.unlink(missing_ok=True)
        raise
    if not created:
        stored.key.unlink(missing_ok=True)
    return created


def _write_new(path: Path, content: bytes) -> bool:
    """Create a file for its owner alone; say whether the name was free."""
    try:
        files.write_atomically(path, content, mode=0o600, exclusive=True)
    except FileError as error:
        if not isinstance(error.__cause__, FileExistsError):
            raise
        return False
    return True
