"""
In TLS 1.2 the genuine server asks for a second handshake on the connection, and answers it as an impostor.

::

    first handshake    Lab Root ── Lab Intermediate ── localhost   ◀ pinned
    second handshake   Rogue Root (trusted) ────────── localhost   another key, on the same connection

A client that compares the pins only after the first handshake continues to send, but to somebody else. The TLS library
does the second handshake by itself, within a read. The server asks at once, so clients that read before they send are
asked before their first request. It answers with a redirect to itself that keeps the connection, so that other clients
send a second request. A correct pinner refuses to renegotiate, or compares again. It sends nothing under the second
certificate. Only a server with the keys of the first handshake can do this, such as one that passes connections on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario
from pinsmith.lab.servers.renegotiating import RenegotiatingServer

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    server = stage.start(RenegotiatingServer(stage.pki.genuine(), stage.pki.impostor()))
    return stage.scene(server, Act("withhold", stage.pinning(), guarded=(server,)))


SCENARIO: Final = Scenario(
    "renegotiation",
    "TLS 1.2 renegotiation to another certificate",
    expected="withhold",
    lacks="refuse a renegotiation, or compare the pins again after it",
    source="RFC 5746 section 5: a certificate may change; OpenSSL's manual on SSL_OP_NO_RENEGOTIATION",
    set=_set,
    needs=frozenset({"pyopenssl"}),
)
