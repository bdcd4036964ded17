"""
The host and an impostor answer connections in turn, at the same address and port. The host answers the first one.

::

    connection 1     Lab Root ── Lab Intermediate ── localhost   ◀ pinned      302 Location: https://localhost/again
    connection 2     Rogue Root (trusted) ────────── localhost   another key

An attacker on the path can let one connection pass and intercept the next. So a check on a separate connection proves
nothing about the connection that carries the request, and one result proves nothing about later connections. The host
closes the connection after its response, so that every client must make a second one. A correct pinner compares on
every connection. It may refuse the second one, or not follow the redirect. Sessions are not resumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario
from pinsmith.lab.servers.alternating import AlternatingServer
from pinsmith.lab.servers.site import OK, Site, redirect
from pinsmith.lab.witness import Part, bystander

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.servers.site import Answer, Request
    from pinsmith.lab.stage import Stage

_AGAIN: Final = "/again"


def _answer(request: Request) -> Answer:
    return OK if request.path == _AGAIN else redirect(f"https://{request.authority}{_AGAIN}")


def _set(stage: Stage) -> Scene:
    speak = Site(_answer, keeps_open=False)
    server = stage.start(AlternatingServer(stage.pki.genuine(), stage.pki.impostor(), speak=speak))
    even = Part(server, lambda: server.sent_to_even)
    return stage.scene(server, Act("withhold", stage.pinning(), guarded=(even, bystander(server))))


SCENARIO: Final = Scenario(
    "second-connection",
    "impostor on every second connection",
    expected="withhold",
    lacks="compare the key that was presented on every connection that carries a request",
    source="Cordova's SSLCertificateChecker checks a separate connection; CWE-367, time of check, time of use",
    set=_set,
)
