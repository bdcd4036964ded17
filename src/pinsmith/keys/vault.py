"""Where standby keys are kept: outside every repository, readable by their owner alone, never overwritten."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pinsmith import _file
from pinsmith.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pinsmith.keys.standby import StandbyKey

_ELSEWHERE = "name a directory outside it with --backup-dir, best on removable media"


@dataclass(frozen=True, slots=True)
class Stored:
    """The two files of a standby key."""

    key: Path
    request: Path

    def discard(self) -> None:
        """Remove both files again, as when what should refer to them could not be written."""
        for path in (self.key, self.request):
            path.unlink(missing_ok=True)


def default_directory() -> Path:
    """
    Name the directory of this user for standby keys; nothing is created.

    Source:
        XDG Base Directory Specification 0.8; on macOS and Windows the directories their vendors name for such data.
    """
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        base = Path(local) if local else Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        data = os.environ.get("XDG_DATA_HOME", "")
        # The specification: a relative path is invalid and is to be ignored.
        base = Path(data) if os.path.isabs(data) else Path.home() / ".local" / "share"  # noqa: PTH117 - a string
    return base / "pinsmith" / "keys"


def require_apart(directory: Path, pin_file: Path) -> None:
    """
    Raise if a key in *directory* would lie where the pin file lies or where git would pick it up.

    Raises:
        FileError: it would; the message says which.
    """
    place = directory.resolve()
    home = pin_file.resolve().parent
    if place.is_relative_to(home):
        raise FileError(
            f"{directory} lies in the directory of {pin_file}: a private key there ends up where the pins go",
            path=str(directory),
            hint=_ELSEWHERE,
        )
    for parent in (place, *place.parents):
        if (parent / ".git").exists():
            raise FileError(
                f"{directory} lies in the git work tree {parent}: a private key there ends up in the repository",
                path=str(directory),
                hint=_ELSEWHERE,
            )


def store(standby: StandbyKey, hosts: Sequence[str], directory: Path, today: date) -> Stored:
    """
    Write the private key and its request into *directory*, named after the first host and the day.

    The directory is made for its owner alone if it does not exist. Existing files are never touched.

    Raises:
        FileError: something cannot be written; then neither file is left.
    """
    stem = f"{hosts[0].replace(':', '_')}-{today.isoformat()}"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise FileError(
            f"{directory} cannot be made: {error.strerror or error}", path=str(directory), hint=_ELSEWHERE
        ) from error
    key = _write_new(directory, stem, standby.private_pem())
    stored = Stored(key, key.with_suffix(".csr"))
    try:
        _file.write_atomically(stored.request, standby.request_pem(hosts), mode=0o600)
    except BaseException:
        key.unlink(missing_ok=True)
        raise
    return stored


def _write_new(directory: Path, stem: str, content: bytes) -> Path:
    number = 1
    while True:
        path = directory / f"{stem}{f'-{number}' if number > 1 else ''}.key"
        try:
            _file.write_atomically(path, content, mode=0o600, exclusive=True)
        except FileError as error:
            if not isinstance(error.__cause__, FileExistsError):
                raise
            number += 1
        else:
            return path
