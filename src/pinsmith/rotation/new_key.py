"""Make a key of one's own: the private key, a request, a certificate, and its entry in the pin file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith import files
from pinsmith.custody.key_file import of_file
from pinsmith.errors import PolicyError
from pinsmith.host import canonical_host
from pinsmith.material import MAX_BYTES
from pinsmith.policy import Key
from pinsmith.rotation import certificate_directory, key_directory
from pinsmith.rotation.possession import prove
from pinsmith.rotation.self_issue import require_room
from pinsmith.rotation.standby_key import generate, self_signed_pem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from pinsmith.policy import Policy
    from pinsmith.rotation.books import Books
    from pinsmith.rotation.key_directory import Stored
    from pinsmith.rotation.standby_key import KeyKind


MADE: Final = "key-made"


@dataclass(frozen=True, slots=True)
class Made:
    """
    A key that was made.

    Attributes:
        key: Its entry.
        stored: The files of the private key and the request.
        names: The hosts that the request and the certificate name.
    """

    key: Key
    stored: Stored
    names: tuple[str, ...]


def make(
    books: Books,
    name: str,
    kind: KeyKind,
    directory: Path,
    *,
    hosts: Sequence[str],
    names: Sequence[str],
    password: bytes | None,
    custody: str,
    nonce: bytes,
    now: datetime,
) -> Made:
    """
    Make a key, and write everything; the caller holds the lock of the pin file.

    The file of the private key is read again and signs, so the journal says that what is on the disk is a key.

    Args:
        books: The pin file and its journal.

        name: The name of the key, which is free.

        kind: The kind of key.

        directory: See `pinsmith.rotation.key_directory`.

        hosts: The hosts that may present it from now on; as users write them.

        names: The hosts in the request and in the certificate, besides *hosts*; if there are none, all pinned hosts.

        password: Encrypts the private key; None not to encrypt it.

        custody: Where it is kept, in the words of its owner; may be empty.

        nonce: Random; see `prove`.

        now: Aware.

    Raises:
        FileError: If a file cannot be written; then none is left.
        HostError: If one of *hosts* or *names* is not a host.
        ParseError: If the pin file would not be valid.
        PolicyError: If the name is taken, or a host is not in the file.
    """
    named = _names_of(books.policy, [*hosts, *names])
    standby = generate(kind)
    key = Key(name, standby.pin, "leaf", standby.algorithm, standby=True)
    books.enter(key, hosts)
    stored = key_directory.store(standby, named, directory, now.date(), name=name, password=password)
    made: list[Path] = []
    try:
        pem = self_signed_pem(standby.private, named, now)
        certificate, file = certificate_directory.store(pem, name, books.path)
        made += [file] if file else []
        books.edit.set_key(name, "certificate", certificate)
        signer = of_file(files.read(stored.key, most_bytes=MAX_BYTES), password)
        proof = prove(key, signer, custody=custody, nonce=nonce, now=now)
        books.journal.add(MADE, now, key=name, facts={"kind": signer.kind, "algorithm": signer.algorithm}, proof=proof)
        books.save()
    except BaseException:
        certificate_directory.discard(made, books.path)
        key_directory.discard({standby.pin: stored}, books.path)
        raise
    return Made(key, stored, tuple(named))


def _names_of(policy: Policy, given: Sequence[str]) -> list[str]:
    """
    Return the hosts that a certificate of a new key names: those *given*, else all that are pinned.

    Raises:
        HostError: If one of *given* is not a host.
        PolicyError: If there is none, or there are too many for a certificate.
    """
    hosts = list(dict.fromkeys(map(canonical_host, given))) or [entry.host for entry in policy if entry.keys]
    if not hosts:
        raise PolicyError(
            "the certificate request would name no host", hint="name the hosts of the key with --for HOST"
        )
    require_room(hosts)
    return hosts
