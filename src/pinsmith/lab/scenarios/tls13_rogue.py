"""
An authority that the client trusts vouches for a key that is not pinned, on a server that speaks TLS 1.3 alone.

::

    Rogue Root (trusted)
    └── localhost              presented over TLS 1.3, another key than the pinned one

A correct pinner refuses: who can pose as the host also chooses the version. In TLS 1.3 the handshake ends with a
message of the client, and its request may travel in the same packet: there is no pause in which a check that is late
could still be in time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.refused(stage.serve(stage.pki.impostor(), tls="1.3"))


SCENARIO: Final = Scenario(
    "tls13-rogue",
    "TLS 1.3 only, wrong key",
    expected="refuse",
    lacks="check its pins with TLS 1.3",
    source="RFC 8446; CVE-2025-5025: curl compared no pin over one of its transports, QUIC with wolfSSL",
    set=_set,
)
