"""
pins.toml and policies: `load` and `parse` read, `write` writes anew, `Edit` changes a file in place.

Faults are `pinsmith.errors.ParseError` with file, line and key path; a file that cannot be opened
is a `pinsmith.errors.FileError`.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.limit import MAX_BYTES
from pinsmith.pinfile._document import Option, Output, PinFile
from pinsmith.pinfile._read import parse_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.pinfile._edit import Edit
    from pinsmith.pinfile._schema import json_schema
    from pinsmith.pinfile._write import write, write_proven
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
    "write_proven",
]

_MAX_CERTIFICATE_BYTES: Final = 1024 * 1024

# Reading for enforcement needs none of these.
_HOMES: Final = {"Edit": "_edit", "json_schema": "_schema", "write": "_write", "write_proven": "_write"}


def load(path: str | os.PathLike[str]) -> Policy:
    """
    Read the policy from the pin file at *path*.

    A wrong pin file locks users out as surely as a wrong key: check one with
    ``pinsmith check`` before you deploy it.

    Args:
        path: Trust anchors in it are read relative to its directory.

    Raises:
        ParseError: the content is not a pin file; says line, key path and what to do.
        FileError: the file cannot be read or is too large.
    """
    return load_file(path).policy


def load_file(path: str | os.PathLike[str]) -> PinFile:
    """Read everything the pin file at *path* says, its outputs too. Raises as `load` does."""
    from pinsmith import files
    from pinsmith.pinfile._toml import decode

    file = os.fspath(path)
    content = files.read(file, most_bytes=MAX_BYTES, missing_hint="write one with `pinsmith init HOST`")
    return parse_file(decode(content, file=file), file=file, read_certificate=certificate_reader(file))


def parse(
    text: str,
    *,
    file: str = "pins.toml",
    read_certificate: Callable[[str], bytes] | None = None,
) -> Policy:
    """
    Read a policy from the *text* of a pin file; touches no file by itself.

    Args:
        text: The whole file.

        file: What errors call it.

        read_certificate:
            Returns the content of a file of trust anchors, given its path as written.

    Raises:
        ParseError: with the line and the key path of the first fault.
    """
    return parse_file(text, file=file, read_certificate=read_certificate).policy


def certificate_reader(path: str | os.PathLike[str]) -> Callable[[str], bytes]:
    """Return what reads the certificates that the pin file at *path* names."""
    directory = Path(path).parent

    def read_certificate(name: str) -> bytes:
        from pinsmith import files

        return files.read(directory / name, most_bytes=_MAX_CERTIFICATE_BYTES)

    return read_certificate


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"pinsmith.pinfile.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
