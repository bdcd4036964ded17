"""
The host has two certificates, one with an RSA and one with an ECDSA key. The one that it does not present is pinned.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented
        ├── localhost          presented
        └── localhost          the other type of key, for clients that support no other   ◀ pinned

A correct pinner refuses. The presented key is not pinned, and the client cannot know that the host has another one. A
client that asks for each type of key on a separate connection, and then sends on a connection that it did not check,
sends its request to a key that is not pinned. So a host that serves both types must pin both keys. The server speaks
only TLS 1.2 if it presents the RSA key, because in TLS 1.3 it would present the other one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario
from pinsmith.lab.servers.dual import DualServer, second_identity

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.refused(stage.start(DualServer(second_identity(stage.pki), stage.pki.genuine())))


SCENARIO: Final = Scenario(
    "dual-key-other",
    "RSA and ECDSA on one host, the other key pinned",
    expected="refuse",
    lacks="compare the key that was presented on the connection that carries the request",
    source="RFC 8446 section 4.4.2.2: the server selects a certificate by the client's signature algorithms",
    set=_set,
)
