"""Read the app packages that `pinsmith audit` is given."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from pinsmith.answers import answers_of_package, pinned_files
from pinsmith.audit import packages

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from pinsmith.answers import HostAnswer
    from pinsmith.rules import PinnedFile

_SUFFIXES: Final = (".aab", ".apk", ".apks", ".ipa", ".xapk")
_ZIP: Final = b"PK"


class Packages(NamedTuple):
    """The app packages among some paths, and the other paths. Digests are SHA-256, in hexadecimal, by file."""

    others: tuple[Path, ...]
    files: list[PinnedFile]
    answers: list[HostAnswer]
    digests: dict[str, str]


def read_packages(paths: Iterable[Path], *, today: date, domains: Iterable[str]) -> Packages:
    """
    Read the app packages among *paths*. A folder is not searched for packages.

    Args:
        paths: Files and folders.

        today: In UTC.

        domains: Domains of the owner, canonical.

    Raises:
        FileError: If a package cannot be read.
        FormatError: If it is damaged, hostile or too large.
    """
    found = Packages((), [], [], {})
    others = []
    for path in paths:
        if is_package(path):
            package = packages.read(path)
            with path.open("rb") as file:
                found.digests[str(path)] = hashlib.file_digest(file, "sha256").hexdigest()
            found.files.extend(pinned_files(package, today))
            found.answers.extend(answers_of_package(package, today, domains))
        else:
            others.append(path)
    return found._replace(others=tuple(others))


def is_package(path: Path) -> bool:
    """Return whether *path* is an app package, or at least an archive."""
    if not path.is_file():
        return False
    if path.suffix.lower() in _SUFFIXES:
        return True
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP
