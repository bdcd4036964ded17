"""
An authority that the client trusts vouches for a key that is not pinned. The server speaks only TLS 1.2.

::

    Rogue Root (trusted)
    └── localhost              presented over TLS 1.2, another key than the pinned one

A correct pinner refuses. An attacker who poses as the host also chooses the version. A check that depends on a part of
the handshake which exists only in TLS 1.3 does not run here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.refused(stage.serve(stage.pki.impostor(), tls="1.2"))


SCENARIO: Final = Scenario(
    "tls12-rogue",
    "TLS 1.2 only, wrong key",
    expected="refuse",
    lacks="check its pins with TLS 1.2",
    source="RFC 5246; CVE-2025-5025: curl compared no pin over one of its transports, QUIC with wolfSSL",
    set=_set,
)
