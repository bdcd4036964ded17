"""What formats share that take files of certificates: their names, their content and their folder."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from pinsmith.formats._format import OutputOption

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.formats._format import Entry, Export
    from pinsmith.policy import Key

_FOLDER: Final = "folder"
_MAX_LETTERS: Final = 40
NAMES: Final = re.compile(r"[a-z0-9][a-z0-9-]*-([0-9a-f]{8})\.(?:cer|der)")
"""What `file_name` returns; the group is the beginning of the pin."""


def folder_option(default: str, meaning: str) -> OutputOption:
    """Return the option that says where the certificates go."""
    return OutputOption(
        _FOLDER, f"where the certificates go, relative to the output; {meaning} in the app", str, default
    )


def folder(export: Export) -> str:
    """Return where the certificates go, relative to the output."""
    return str(export.options[_FOLDER])


def file_name(key: Key, suffix: str) -> str:
    """
    Name the file of a key: what its name has of plain letters, and enough of its pin that no two are the same.

    No name of a key leads out of the folder, hides the file or needs quotes.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", key.name.lower())[:_MAX_LETTERS].strip("-") or "key"
    return f"{plain}-{key.pin.hex[:8]}{suffix}"


def files(export: Export, suffix: str) -> dict[str, bytes]:
    """Return the DER certificates by the names of their files."""
    return {name: content for entry in export.entries for name, content in of_host(export, entry, suffix).items()}


def of_host(export: Export, entry: Entry, suffix: str) -> dict[str, bytes]:
    """Return the DER certificates of one host by the names of their files, each pin once."""
    keys = {key.pin: key for key in reversed(entry.keys)}.values()
    return {file_name(key, suffix): export.certificates[key.name] for key in reversed(keys)}


def attached(export: Export, suffix: str) -> Mapping[str, bytes]:
    """Return the DER certificates by path relative to the output."""
    return {posixpath.join(folder(export), name): content for name, content in files(export, suffix).items()}
