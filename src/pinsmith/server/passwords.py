"""
The people who may see the pages: a file with a line ``NAME:HASH`` for each person.

Hashes are Argon2id with the parameters of OWASP's Password Storage Cheat Sheet (19 MiB, two passes, one lane).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from pinsmith.errors.service import SettingsError
from pinsmith.files import read
from pinsmith.limit import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MOST: Final = 1024  # bytes of a password
_SHORTEST: Final = 12  # characters, as OWASP's Authentication Cheat Sheet asks for without a second factor


class Passwords:
    """The people and the hashes of their passwords."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        """
        Keep the hashes.

        Args:
            hashes: By name, in the PHC string format.
        """
        self._hashes = dict(hashes)
        # Verified for a name that does not exist, so that the time does not tell.
        self._stranger = hash_password(os.urandom(16).hex())

    @classmethod
    def load(cls, path: Path) -> Passwords:
        """
        Read the file at *path*.

        Raises:
            SettingsError: If it contains no line, or a line that is not ``NAME:HASH``.
            FileError: If it cannot be read.
        """
        hashes: dict[str, str] = {}
        for number, line in enumerate(read(path, most_bytes=MAX_BYTES).decode().splitlines(), 1):
            name, colon, phc = line.strip().partition(":")
            if not line.strip():
                continue
            if not name or not colon or not phc.startswith("$argon2id$") or name in hashes:
                hint = "make a line with `pinsmith serve --new-password NAME`, and use a name once"
                raise SettingsError(f"line {number} is not NAME:HASH", file=str(path), hint=hint)
            hashes[name] = phc
        if not hashes:
            hint = "make a line with `pinsmith serve --new-password NAME`"
            raise SettingsError("it contains no password, so nobody could log in", file=str(path), hint=hint)
        return cls(hashes)

    def check(self, name: str, password: str) -> str | None:
        """Return *name* if the password is right, otherwise None. It takes about 20 ms and 19 MiB."""
        phc = self._hashes.get(name)
        try:
            Argon2id.verify_phc_encoded(password.encode()[:_MOST], phc or self._stranger)
        except InvalidKey:
            return None
        return name if phc else None


def password_line(name: str, password: str) -> str:
    """
    Make the line of *name* for the file.

    Raises:
        ValueError: If the name is empty or contains a colon, white space or a control character, or as `hash_password`.
    """
    if not name or not name.isprintable() or ":" in name or " " in name:
        raise ValueError(f"the name {name!r} is empty, or contains a colon, white space or a control character")
    return f"{name}:{hash_password(password)}"


def hash_password(password: str) -> str:
    """
    Hash *password* for the file.

    Raises:
        ValueError: If it is too short or too long.
    """
    if len(password) < _SHORTEST:
        raise ValueError(f"the password has {len(password)} characters, and at least {_SHORTEST} are needed")
    if len(password.encode()) > _MOST:
        raise ValueError(f"the password has more than {_MOST} bytes")
    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=2, lanes=1, memory_cost=19 * 1024)
    return kdf.derive_phc_encoded(password.encode())
