"""
An unpinned server redirects to the pinned host, answers there itself, and resumes the session of its own name.

::

    127.0.0.1:A    Lab Root ── Lab Intermediate ── 127.0.0.1    genuine, not pinned    302 Location: https://localhost:A/
    localhost:A    resumed: no certificate is presented         the same server as the pinned host

No authority is deceived. The server has a certificate only for its own host, and in a full handshake both the name and
the pin would reveal it. A resumed handshake checks neither. So a client must offer a session only to the host that the
session belongs to, and not to another host at the same address.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario
from pinsmith.lab.servers.site import OK, Site, redirect
from pinsmith.lab.witness import Part

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.servers.server import RecordingServer
    from pinsmith.lab.servers.site import Answer, Request
    from pinsmith.lab.stage import Stage


def _sent_to(server: RecordingServer, host: str) -> bytes:
    """Join the bytes that were sent to *host*, by the name in the handshake or in the request."""
    asked = f"\r\nhost: {host}".encode()
    return b"".join(
        connection.application_bytes
        for connection in server.connections
        if connection.server_name == host or asked in connection.application_bytes.lower()
    )


def _set(stage: Stage) -> Scene:
    host = stage.pki.host

    def answer(request: Request) -> Answer:
        return OK if request.host == host else redirect(f"https://{host}:{server.port}/")

    # A valid certificate for its own name and key, but not for the host that the client wants.
    stranger = stage.pki.intermediate.issue(stage.pki.other_host, key=stage.pki.wrong_key)
    server = stage.serve(stranger, speak=Site(answer, keeps_open=False))
    posing = Part(server, partial(_sent_to, server, host))
    act = Act("withhold", stage.pinning(), wanted=(server,), guarded=(posing,))
    return stage.scene(server, act, host=stage.pki.other_host)


SCENARIO: Final = Scenario(
    "session-of-another-host",
    "session of another host resumed for the pinned one",
    expected="withhold",
    lacks="offer a session only to the host that it belongs to",
    source="CVE-2026-48934 in Node; golang/go #77377, on checks that resumption skips",
    set=_set,
    needs=frozenset({"policy"}),
)
