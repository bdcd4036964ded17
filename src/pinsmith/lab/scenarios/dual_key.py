"""
The host has two certificates, one with an RSA and one with an ECDSA key. The one that it presents is pinned.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented
        ├── localhost          presented   ◀ pinned
        └── localhost          the other type of key, for clients that support no other

A correct pinner accepts, because it compares the key of the connection that it uses. The server chooses the certificate
by what the client offers. A client that asks on one connection and sends on another may get two keys. The server speaks
only TLS 1.2 if the pinned key is RSA, because in TLS 1.3 it would present the other one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario
from pinsmith.lab.servers.dual import DualServer, second_identity

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.accepted(stage.start(DualServer(stage.pki.genuine(), second_identity(stage.pki))))


SCENARIO: Final = Scenario(
    "dual-key",
    "RSA and ECDSA on one host, the presented key pinned",
    expected="accept",
    lacks="compare the key that was presented on the connection that carries the request",
    source="RFC 8446 section 4.4.2.2: the server selects a certificate by the client's signature algorithms",
    set=_set,
)
