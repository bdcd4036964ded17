"""
Matches of earlier handshakes, so that a chain that has not changed is not written out and judged again.

OpenSSL verifies each chain anew. Only the key that matched is remembered, because it follows from the policy and the
chain alone. The time and the name are compared in each handshake (see `pinsmith.tls._enforcer`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pinsmith.tls._chain import TLS, verified_objects

if TYPE_CHECKING:
    from pinsmith.certificate import Chain
    from pinsmith.policy import Policy
    from pinsmith.verdict import Matched

MAX_HOSTS: Final = 64
"""Hosts that are remembered; a chain takes some 50 kB inside OpenSSL."""


class KnownMatches:
    """The last match of each host under one policy. Threads may share it: a lost entry only costs time."""

    def __init__(self) -> None:
        self._known: tuple[Policy | None, dict[str, tuple[list[Any], Matched, Chain]]] = (None, {})

    def find(self, policy: Policy, host: str, tls: TLS) -> tuple[Matched, Chain] | None:
        """
        Return the match of *host* if its verified chain is the same as then, and *policy* is the same object.

        Args:
            policy: In force.
            host: Canonical.
            tls: A connection that was created with ``CERT_REQUIRED`` and has shaken hands in full.
        """
        known_policy, matches = self._known
        known = matches.get(host) if known_policy is policy else None
        if known is None:
            return None
        objects, matched, chain = known
        return (matched, chain) if verified_objects(tls) == objects else None

    def remember(self, policy: Policy, matched: Matched, chain: Chain, tls: TLS) -> None:
        """
        Remember that *chain*, which is the verified chain of *tls*, matches.

        Args:
            policy: By which it was judged.
            matched: The verdict, before the name was compared.
            chain: As it was judged.
            tls: As for `find`.
        """
        objects = verified_objects(tls)
        if objects is None or len(objects) != len(chain.certificates):
            return
        known_policy, matches = self._known
        if known_policy is not policy or len(matches) >= MAX_HOSTS:
            matches = {}
            self._known = (policy, matches)
        matches[matched.host] = (objects, matched, chain)
