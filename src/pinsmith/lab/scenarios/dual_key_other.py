"""
The host has two certificates, one with an RSA and one with an ECDSA key; the one that it does not show is pinned.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented
        ├── localhost          presented
        └── localhost          the other kind of key, for clients that take nothing else   ◀ pinned

A correct pinner refuses: the key that it is shown is not pinned, and that the host has another it cannot know. Who asks
for each kind of key on connections of their own, and talks on one that it did not compare, sends its request to a key
that nobody pinned. So whoever serves both kinds must pin both. The server speaks TLS 1.2 alone if the key that it shows
is RSA, for in TLS 1.3 it would show the other one.
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
    "RSA and ECDSA on one host, the other one is pinned",
    expected="refuse",
    lacks="compare the key of the very connection that it sends on",
    source="RFC 8446 section 4.4.2.2: the server selects a certificate by the client's signature algorithms",
    set=_set,
)
