"""
The host answers the first connection, and an impostor the second, at the same address and port, and so on in turn.

::

    connection 1     Lab Root ── Lab Intermediate ── localhost   ◀ pinned      302 Location: https://localhost/again
    connection 2     Rogue Root (trusted) ────────── localhost   another key

Who sits in the middle can let one connection pass and take the next. So a check on a connection of its own says nothing
of the one that carries the request, and what was found once says nothing of later. The host closes the connection after
its answer, so that a client which makes one only is brought to make a second. A correct pinner compares on each; to be
refused there, and not to follow, are both lawful. No session of the first connection is resumed on the second.
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
    lacks="compare the key of the very connection that carries the request, on each anew",
    source="Cordova's SSLCertificateChecker looks at a connection of its own; CWE-367, time of check, time of use",
    set=_set,
)
