"""Shared by formats that take certificate files: the names, content and folder of these files."""

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
"""The names that `file_name` returns. The group is the beginning of the pin."""


def folder_option(default: str, meaning: str) -> OutputOption:
    """Return the option for the folder of the certificates."""
    return OutputOption(
        _FOLDER,
        f"the folder of the certificates, relative to the output; in the app, they are in {meaning}",
        str,
        default,
    )


def folder(export: Export) -> str:
    """Return the folder of the certificates, relative to the output."""
    return str(export.options[_FOLDER])


def file_name(key: Key, suffix: str) -> str:
    """
    Name the file of a key after the plain letters of its name and the beginning of its pin, so that names differ.

    No name of a key puts the file outside of the folder, hides it, or makes quotes necessary.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", key.name.lower())[:_MAX_LETTERS].strip("-") or "key"
    return f"{plain}-{key.pin.hex[:8]}{suffix}"


def files(export: Export, suffix: str) -> dict[str, bytes]:
    """Return the DER certificates by the names of their files."""
    return {name: content for entry in export.entries for name, content in of_host(export, entry, suffix).items()}


def of_host(export: Export, entry: Entry, suffix: str) -> dict[str, bytes]:
    """Return the DER certificates of one host by the names of their files, one for each pin."""
    keys = {key.pin: key for key in reversed(entry.keys)}.values()
    return {file_name(key, suffix): export.certificates[key.name] for key in reversed(keys)}


def attached(export: Export, suffix: str) -> Mapping[str, bytes]:
    """Return the DER certificates by path relative to the output."""
    return {posixpath.join(folder(export), name): content for name, content in files(export, suffix).items()}
