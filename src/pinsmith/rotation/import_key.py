"""Take a key that exists: its entry in the pin file, and the proof that somebody can use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.errors.custody import UnfitKeyError
from pinsmith.policy import Key
from pinsmith.rotation.fitness import ANOTHER, require_fit
from pinsmith.rotation.possession import prove

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.custody.published import PublishedKeys
    from pinsmith.custody.signer import Signer
    from pinsmith.rotation.books import Books

IMPORTED: Final = "key-imported"


def take(
    books: Books,
    name: str,
    signer: Signer,
    published: PublishedKeys | None,
    *,
    hosts: Sequence[str],
    custody: str,
    nonce: bytes,
    now: datetime,
) -> Key:
    """
    Take a key, and write the pin file and the journal; the caller holds the lock of the pin file.

    Args:
        books: The pin file and its journal.

        name: The name of the key, which is free.

        signer: The private key.

        published: Keys whose private half somebody has published; None if there is no list.

        hosts: The hosts that may present it from now on; as users write them.

        custody: Where it is kept, in the words of its owner; may be empty.

        nonce: Random; see `prove`.

        now: Aware.

    Raises:
        CustodyError: If the private key cannot sign.
        FileError: If a file cannot be written.
        HostError: If one of *hosts* is not a host.
        MaterialError: If *custody* is not one line.
        ParseError: If the pin file would not be valid.
        PolicyError: If the name is taken, or a host is not in the file.
        UnfitKeyError: If the key must not be pinned.
    """
    require_fit("the key", signer.spki, books.policy, books.journal)
    if published is not None and (source := published.source_of(signer.spki)):
        raise UnfitKeyError("the key", f"was published (badkeys: {source})", hint=ANOTHER)
    key = Key(name, signer.pin, "leaf", signer.algorithm, standby=True)
    books.enter(key, hosts)
    proof = prove(key, signer, custody=custody, nonce=nonce, now=now)
    facts = {"kind": signer.kind, "algorithm": signer.algorithm}
    facts["published"] = f"not in the list of {published.date}" if published else "no list was compared"
    books.journal.add(IMPORTED, now, key=name, facts=facts, proof=proof)
    books.save()
    return key
