"""
A stranger's server redirects to the pinned host, answers there itself, and resumes the session that it made as itself.

::

    127.0.0.1:A    Lab Root ── Lab Intermediate ── 127.0.0.1    genuine, not pinned    302 Location: https://localhost:A/
    localhost:A    resumed: no certificate is shown             the same server, for the pinned host

No authority is deceived: the stranger has a certificate for its own host alone, and with a full handshake would be
found out by the name as well as by the pin. In a resumed one there is neither. So a client must offer a session only to
the host that it belongs to, not to whoever is at the same address.
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
    """Join what was sent to *host*, by the name in the handshake or by the one in the request."""
    asked = f"\r\nhost: {host}".encode()
    return b"".join(
        each.application_bytes
        for each in server.connections
        if each.server_name == host or asked in each.application_bytes.lower()
    )


def _set(stage: Stage) -> Scene:
    host = stage.pki.host

    def answer(request: Request) -> Answer:
        return OK if request.host == host else redirect(f"https://{host}:{server.port}/")

    # Its own key, certified for its own name: all is in order but who is meant.
    stranger = stage.pki.intermediate.issue(stage.pki.other_host, key=stage.pki.wrong_key)
    server = stage.serve(stranger, speak=Site(answer, keeps_open=False))
    posing = Part(server, partial(_sent_to, server, host))
    act = Act("withhold", stage.pinning(), wanted=(server,), guarded=(posing,))
    return stage.scene(server, act, host=stage.pki.other_host)


SCENARIO: Final = Scenario(
    "session-of-another-host",
    "session of another host resumed for the pinned one",
    expected="withhold",
    lacks="offer a session to the host alone that it belongs to",
    source="CVE-2026-48934 in Node; golang/go #77377, on checks that resumption skips",
    set=_set,
    needs=frozenset({"policy"}),
)
