"""Certificates for all requested hosts, from a rogue authority that exists only while the proxy runs."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from pinsmith.lab.pki import key as keys
from pinsmith.lab.pki.authority import Authority

if TYPE_CHECKING:
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.pki.key import KeyKind, PrivateKey

_MAX_KEPT: Final = 1024  # certificates, because a hostile client can ask for any number of names


class RogueIssuer:
    """
    Issues a leaf for a host on its first request, and keeps it. All hosts share one leaf key of each type.

    The key of the authority exists only in memory, and is never published.
    """

    def __init__(self, authority: Authority | None = None) -> None:
        """Issue with *authority*; by default with a new one, which nobody trusts yet."""
        # A new name for every run, because a device may still have the root of an earlier run, with another key.
        self.authority = authority or Authority.root(f"pinsmith lab rogue root {secrets.token_hex(3)}")
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
