"""Certificates for all requested hosts, from a rogue authority that exists only while the proxy runs."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cryptography.x509.oid import NameOID

from pinsmith.lab.pki import key as keys
from pinsmith.lab.pki.authority import Authority

if TYPE_CHECKING:
    from datetime import timedelta

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.pki.key import KeyKind, PrivateKey

_MAX_KEPT: Final = 1024  # certificates, because a hostile client can ask for any number of names


def new_authority(*, life: timedelta | None = None, former: Authority | None = None) -> Authority:
    """
    Make an authority that nobody trusts yet.

    Args:
        life: How long it is valid; by default as long as other roots of the lab.

        former: An authority to issue again, with its name and its key.
    """
    ends = datetime.now(UTC).replace(microsecond=0) + life if life is not None else None
    if former is not None:
        (name,) = former.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return Authority.root(str(name.value), key=former.key, not_after=ends)
    # A new name each time, because a device may still have the root of an earlier run, with another key.
    return Authority.root(f"pinsmith lab rogue root {secrets.token_hex(3)}", not_after=ends)


class RogueIssuer:
    """
    Issues a leaf for a host on its first request, and keeps it. All hosts share one leaf key of each type.

    The key of the authority is never published. It exists only in memory, unless the caller keeps it.
    """

    def __init__(self, authority: Authority | None = None) -> None:
        """Issue with *authority*; by default with a new one, which nobody trusts yet."""
        self.authority = authority or new_authority()
        self._lock = threading.Lock()
        self._keys: dict[KeyKind, PrivateKey] = {}
        self._kept: OrderedDict[tuple[str, KeyKind], Identity] = OrderedDict()

    def identity_for(self, host: str, kind: KeyKind) -> Identity:
        """
        Return the leaf for *host*, the same one while it is kept.

        Args:
            host: A canonical host or IP address.

            kind: The type of the key.
        """
        with self._lock:
            found = self._kept.get((host, kind))
            if found is None:
                if kind not in self._keys:
                    self._keys[kind] = keys.generate(kind)
                found = self._kept[host, kind] = self.authority.issue(host, key=self._keys[kind])
                if len(self._kept) > _MAX_KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end((host, kind))
            return found
