"""
pins.toml and policies: `load` and `parse` read, `write` writes a new file, `Edit` changes a file in place.

Faults raise `pinsmith.errors.ParseError` with file, line and key path. A file that cannot be opened raises
`pinsmith.errors.FileError`.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.limit import MAX_BYTES
from pinsmith.pinfile._document import Allowed as Allowed, Option, Output, PinFile
from pinsmith.pinfile._read import parse_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.pinfile._edit import Edit
    from pinsmith.pinfile._schema import json_schema
    from pinsmith.pinfile._write import write
    from pinsmith.policy import Policy

__all__ = [
    "Edit",
    "Option",
    "Output",
    "PinFile",
    "json_schema",
    "load",
    "load_file",
    "parse",
    "parse_file",
    "write",
]

_MAX_CERTIFICATE_BYTES: Final = 1024 * 1024

# Programs that only enforce pins need none of these.
_HOMES: Final = {"Edit": "_edit", "json_schema": "_schema", "write": "_write"}


def load(path: str | os.PathLike[str]) -> Policy:
    """
    Read the policy from the pin file at *path*.

    A wrong pin file locks users out just as a wrong key does. Check it with ``pinsmith check`` before you deploy it.

    Args:
        path: The pin file. Paths of trust anchors in it are relative to its directory.

    Raises:
        ParseError: If the content is not a pin file. The error has line, key path and hint.
        FileError: If the file cannot be read or is too large.
    """
    return load_file(path).policy


def load_file(path: str | os.PathLike[str]) -> PinFile:
    """Read the whole pin file at *path*, including its outputs. Raises the same errors as `load`."""
    from pinsmith import files
    from pinsmith.pinfile._toml import decode

    file = os.fspath(path)
    content = files.read(file, most_bytes=MAX_BYTES, missing_hint="create one with `pinsmith init HOST`")
    return parse_file(decode(content, file=file), file=file, read_certificate=certificate_reader(file))


def parse(
    text: str,
    *,
    file: str = "pins.toml",
    read_certificate: Callable[[str], bytes] | None = None,
) -> Policy:
    """
    Read a policy from the *text* of a pin file. No file is opened.

    Args:
        text: The whole file.

        file: The name of the file in errors.

        read_certificate:
            A function that gets the path of a trust anchor, as written, and returns the content of that file.

    Raises:
        ParseError: If *text* is not a pin file. The error has the line and the key path of the first fault.
    """
    return parse_file(text, file=file, read_certificate=read_certificate).policy


def certificate_reader(path: str | os.PathLike[str]) -> Callable[[str], bytes]:
    """Return a function that reads the trust anchors of the pin file at *path*."""
    directory = Path(path).parent

    def read_certificate(name: str) -> bytes:
        from pinsmith import files

        return files.read(directory / name, most_bytes=_MAX_CERTIFICATE_BYTES)

    return read_certificate


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"pinsmith.pinfile.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
