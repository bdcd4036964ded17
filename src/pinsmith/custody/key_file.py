"""Private keys in files, PEM or DER, that may be encrypted."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

from pinsmith.custody.signature import sign
from pinsmith.custody.signer import Signer
from pinsmith.errors import MaterialError
from pinsmith.errors.custody import CustodyError
from pinsmith.material import read_material

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes


def of_file(content: bytes, password: bytes | None) -> Signer:
    """
    Read a private key.

    Args:
        content: The whole file, with one private key and nothing else.

        password: None if it is not encrypted.

    Raises:
        MaterialError: If *content* is something else, or the key is of a kind that cannot sign here.
        PasswordError: If it is encrypted, and *password* is missing or wrong.
    """
    found = read_material(content, password=password)
    if [material.kind for material in found] != ["private-key"]:
        held = ", ".join(f"{material.kind.replace('-', ' ')} {material.pin}" for material in found)
        raise MaterialError(
            f"expected a private key and nothing else; got {held}", hint="pass the file of that private key alone"
        )
    private, is_encrypted = _load(content, password)
    if sign(private, b"") is None:
        raise MaterialError(
            "pinsmith cannot sign with a private key of this kind", hint="use a key of EC, RSA, Ed25519 or Ed448"
        )

    def signed(message: bytes) -> bytes:
        if (signature := sign(private, message)) is None:
            raise CustodyError("the private key does not sign", hint="take another copy of the key")
        return signature

    return Signer("encrypted-file" if is_encrypted else "file", found[0].spki, signed, private)


def exposure_of(path: Path) -> str | None:
    """Say how other users can read or replace the file *path*; None if they cannot. Links are followed."""
    if sys.platform == "win32":  # access lists, which Python does not read
        return None
    try:
        status = path.stat()
    except OSError:
        return None  # the error of reading it says more
    if not stat.S_ISREG(status.st_mode):
        return None
    if status.st_uid not in {os.geteuid(), 0}:
        return "belongs to another user"
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"can be used by other users of this machine (its mode is {stat.S_IMODE(status.st_mode):04o})"
    return None


def _load(content: bytes, password: bytes | None) -> tuple[PrivateKeyTypes, bool]:
    """Return the key, and whether it was encrypted; `read_material` has read it already."""
    from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

    load = load_pem_private_key if b"-----BEGIN" in content else load_der_private_key
    try:
        try:
            return load(content, None), False
        except TypeError:  # it is encrypted
            return load(content, password), True
    except ValueError:  # the cause is dropped, because a message about secret bytes must not reach a log
        raise MaterialError(
            "the file is not a private key in PEM or DER",
            hint="pass the private key as PEM, as `openssl pkey` writes it",
        ) from None
