"""The certificate of a key in a pin file: read it, or give the key another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith import files
from pinsmith.errors import MaterialError, PasswordError, PolicyError
from pinsmith.errors.base import about
from pinsmith.material import MAX_BYTES, read_material
from pinsmith.pinfile import Edit
from pinsmith.rotation.certificate_directory import discard, pem_of, store
from pinsmith.rotation.named_key import find_key
from pinsmith.sync.material import read_certificate

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.policy import Key


def read(pin_file: Path, name: str) -> bytes:
    """
    Return the certificate of the key *name*, PEM.

    Raises:
        ExportError: If its file holds no certificate of the key.
        FileError: If a file cannot be read.
        ParseError: If the pin file is not valid.
        PolicyError: If there is no such key, or it has no certificate.
    """
    from pinsmith.certificate import Certificate

    key = find_key(Edit.load(pin_file).result().policy, name)
    if key.certificate is None:
        raise PolicyError(
            f"the key {name} has no certificate", hint=f"give it one: `pinsmith key certificate {name} FILE`"
        )
    return pem_of(Certificate(read_certificate(key, pin_file.parent)))


def keep(pin_file: Path, name: str, pem: bytes) -> Path | None:
    """
    Give the key *name* a certificate.

    Args:
        pin_file: Locked by the caller.

        name: The name of the key.

        pem: A certificate of it: see `in_file`, and `pinsmith.rotation.self_issue.certificate_pem`.

    Returns:
        The file of the certificate; None if the key has this certificate already.

    Raises:
        FileError: If a file cannot be read or written.
        MaterialError: If the certificate is not of the key, which has changed meanwhile.
        ParseError: If the pin file is not valid.
        PolicyError: If there is no such key.
    """
    edit = Edit.load(pin_file)
    key = find_key(edit.result().policy, name)
    (material,) = read_material(pem)
    if material.pin != key.pin:
        raise MaterialError(f"the certificate is of {material.pin}, not of {name}", hint="run the command again")
    relative, made = store(pem, name, pin_file)
    if relative == key.certificate:
        return None
    try:
        edit.set_key(name, "certificate", relative)
        edit.save()
    except BaseException:
        discard([made] if made else [], pin_file)
        raise
    return pin_file.parent / relative


def in_file(source: Path, key: Key) -> bytes | None:
    """
    Return the certificate of a key in a file, PEM; None if the file has its private key alone, or an encrypted one.

    Args:
        source: A file in any form that `pinsmith.material.read_material` reads.

        key: The key of the pin file.

    Raises:
        FileError: If the file cannot be read.
        MaterialError: If it contains neither a certificate nor the private key of *key*, or several keys.
    """
    content = files.read(source, most_bytes=MAX_BYTES)
    try:
        with about(source, MaterialError):
            found = read_material(content)
    except PasswordError:
        return None
    of_key = [material for material in found if material.pin == key.pin]
    for material in of_key:
        if material.certificate is not None:
            return pem_of(material.certificate)
    if not any(material.kind == "private-key" for material in of_key):
        raise MaterialError(
            f"{source} contains neither a certificate nor the private key of {key.name}, {key.pin}",
            hint=f"`pinsmith show {source}` lists the pins that it contains",
        )
    if len(found) > 1:
        raise MaterialError(
            f"{source} contains {len(found)} keys or certificates, but one private key is needed",
            hint="pass a file with this private key alone",
        )
    return None
