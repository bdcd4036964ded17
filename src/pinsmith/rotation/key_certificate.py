"""The certificate of a key in a pin file: read it, or give the key another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith import files
from pinsmith.errors import MaterialError, PolicyError
from pinsmith.errors.base import about
from pinsmith.material import MAX_BYTES, read_material
from pinsmith.pinfile import Edit
from pinsmith.rotation.certificate_directory import discard, pem_of, store
from pinsmith.rotation.named_key import find_key
from pinsmith.rotation.standby_key import load_private_key, self_signed_pem
from pinsmith.sync.material import read_certificate

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pinsmith.policy import Key, Policy


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


def keep(pin_file: Path, name: str, source: Path, now: datetime) -> Path | None:
    """
    Give the key *name* the certificate that *source* contains, or one that the private key in *source* signs.

    Args:
        pin_file: Locked by the caller.

        name: The name of the key.

        source: A file in any form that `pinsmith.material.read_material` reads.

        now: Aware; the begin of a certificate that is made.

    Returns:
        The file of the certificate; None if the key has this certificate already.

    Raises:
        FileError: If a file cannot be read or written.
        MaterialError: If *source* contains neither a certificate nor the private key of the key, or contains more
            than the private key.
        ParseError: If the pin file is not valid.
        PolicyError: If there is no such key, or no host uses it and a certificate would have to be made.
    """
    edit = Edit.load(pin_file)
    policy = edit.result().policy
    key = find_key(policy, name)
    pem = _certificate_in(source, key, policy, now)
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


def _certificate_in(source: Path, key: Key, policy: Policy, now: datetime) -> bytes:
    content = files.read(source, most_bytes=MAX_BYTES)
    with about(source, MaterialError):
        found = read_material(content)
    of_key = [material for material in found if material.pin == key.pin]
    for material in of_key:
        if material.certificate is not None:
            return pem_of(material.certificate)
    if any(material.kind == "private-key" for material in of_key):
        if len(found) > 1:
            raise MaterialError(
                f"{source} contains {len(found)} keys or certificates, but one private key is needed",
                hint="pass a file with this private key alone",
            )
        hosts = [entry.host for entry in policy if key in entry.keys]
        if not hosts:
            raise PolicyError(
                f"no host uses the key {key.name}, so a certificate of it would name none",
                hint="add the key to a host first, or pass a certificate",
            )
        return self_signed_pem(load_private_key(content), hosts, now)
    raise MaterialError(
        f"{source} contains neither a certificate nor the private key of {key.name}, {key.pin}",
        hint=f"`pinsmith show {source}` lists the pins that it contains",
    )
