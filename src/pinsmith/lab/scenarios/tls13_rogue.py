"""
An authority that the client trusts vouches for a key that is not pinned. The server speaks only TLS 1.3.

::

    Rogue Root (trusted)
    └── localhost              presented over TLS 1.3, another key than the pinned one

A correct pinner refuses. An attacker who poses as the host also chooses the version. In TLS 1.3 the handshake ends with
a message of the client, and the request may be in the same packet. So a check after the handshake may be too late.
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
