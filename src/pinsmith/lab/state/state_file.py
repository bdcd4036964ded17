"""
A file of a state directory: JSON with a version and a checksum, replaced as a whole.

A file that cannot be read is an error and never a reason to make new keys. Every app that was built with the old pins
would then fail, and nobody would know why.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from pinsmith import files
from pinsmith.errors import FileError
from pinsmith.files import private

if TYPE_CHECKING:
    from pathlib import Path

    T = TypeVar("T")

VERSION: Final = 1
_MAX_BYTES: Final = 8 * 1024 * 1024


class _Envelope(msgspec.Struct, frozen=True):
    version: int
    sha256: str = ""
    content: msgspec.Raw = msgspec.Raw(b"null")


def load(path: Path, shape: type[T]) -> T | None:
    """
    Read the content of a state file; return None if it does not exist.

    Raises:
        FileError: If the file is damaged, has another version, or is not private.
    """
    octets = private.read(path, most_bytes=_MAX_BYTES)
    if octets is None:
        return None
    try:
        envelope = msgspec.json.decode(octets, type=_Envelope)
        if envelope.version != VERSION:
            raise _unusable(path, f"has version {envelope.version}, and this pinsmith reads version {VERSION}")
        if hashlib.sha256(envelope.content).hexdigest() == envelope.sha256:
            return msgspec.json.decode(envelope.content, type=shape)
    except msgspec.DecodeError:
        pass
    raise damaged(path)


def save(path: Path, content: msgspec.Struct) -> None:
    """
    Replace a state file, readable by its owner alone. The caller holds its lock.

    Raises:
        FileError: If it cannot be written. Then the old file is unchanged.
    """
    encoded = msgspec.json.encode(content)
    envelope = _Envelope(VERSION, hashlib.sha256(encoded).hexdigest(), msgspec.Raw(encoded))
    files.write_atomically(path, msgspec.json.encode(envelope) + b"\n", mode=0o600)


def damaged(path: Path) -> FileError:
    """Make the error for a file whose content is not what was written."""
    return _unusable(path, "is damaged or incomplete")


def _unusable(path: Path, why: str) -> FileError:
    return FileError(
        f"{path} {why}, so its keys cannot be used, and new keys would have other pins",
        path=os.fspath(path),
        hint="restore the file from a copy; or delete it, and build the app again with the pins of the new keys",
    )
