"""
The host has two certificates, one with an RSA and one with an ECDSA key; the one that it shows is pinned.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented
        ├── localhost          presented   ◀ pinned
        └── localhost          the other kind of key, for clients that take nothing else

A correct pinner accepts: it compares the key of the connection that it uses. Which one it is shown, the server chooses
from what the client offers. Who asks on one connection and talks on another may be shown two keys. The server speaks
TLS 1.2 alone if the pinned key is RSA, for in TLS 1.3 it would show the other one.
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
    "RSA and ECDSA on one host, the one shown is pinned",
    expected="accept",
    lacks="compare the key of the very connection that it sends on",
    source="RFC 8446 section 4.4.2.2: the server selects a certificate by the client's signature algorithms",
    set=_set,
)
