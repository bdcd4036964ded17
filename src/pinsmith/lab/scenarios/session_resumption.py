"""
The host redirects to itself and resumes the session on the second connection.

::

    connection 1    Lab Root ── Lab Intermediate ── localhost   ◀ pinned      302 Location: https://localhost/again
    connection 2    resumed: no certificate is presented

This is a control. A resumed handshake proves that the server is the same as before, without a certificate. A correct
pinner may accept it, if it checked that session with the same pins for the same host, or may make a full handshake. A
client that refuses it, because there is no chain to compare, locks users out from the second connection on. A client
that does not follow redirects, or never resumes, also passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario
from pinsmith.lab.servers.site import OK, Site, redirect

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.servers.site import Answer, Request
    from pinsmith.lab.stage import Stage

_AGAIN: Final = "/again"


def _answer(request: Request) -> Answer:
    return OK if request.path == _AGAIN else redirect(f"https://{request.authority}{_AGAIN}")


def _set(stage: Stage) -> Scene:
    speak = Site(_answer, keeps_open=False)
    return stage.accepted(stage.serve(stage.pki.genuine(), speak=speak))


SCENARIO: Final = Scenario(
    "session-resumption",
    "session resumption by the good server",
    expected="accept",
    lacks="accept a resumed session that it has checked before",
    source="RFC 8446 section 2.2; golang/go #77377; vsftpd's require_ssl_reuse, which demands it",
    set=_set,
)
