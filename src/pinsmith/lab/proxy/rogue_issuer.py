"""Certificates for whatever host is asked for, from a rogue authority that exists only while the proxy runs."""

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

_MAX_KEPT: Final = 1024  # certificates; a hostile client can ask for names without end


class RogueIssuer:
    """
    Issues a leaf for each host on first sight and keeps it; one leaf key of each kind serves all hosts.

    The authority's key lives in memory only and is never handed out.
    """

    def __init__(self, authority: Authority | None = None) -> None:
        """Issue with *authority*; by default a fresh one that nobody trusts yet."""
        # A name of its own for each run: a device may still hold the root of the run before, with another key.
        self.authority = authority or Authority.root(f"pinsmith lab rogue root {secrets.token_hex(3)}")
        self._lock = threading.Lock()
        self._keys: dict[KeyKind, PrivateKey] = {}
        self._kept: OrderedDict[tuple[str, KeyKind], Identity] = OrderedDict()

    def identity_for(self, host: str, kind: KeyKind) -> Identity:
        """
        Return the leaf for *host*, the same one each time as long as it is kept.

        Args:
            host: A canonical host or IP address.

            kind: Of the leaf's key.
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
