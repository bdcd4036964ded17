"""
A mail server begins in the clear and presents the pinned key after STARTTLS.

::

    C: EHLO ...    S: 250-STARTTLS       in the clear
    C: STARTTLS    S: 220
    ══ TLS ══      Lab Root (trusted)
                   └── Lab Intermediate
                       └── localhost     ◀ pinned
    C: EHLO, AUTH, MAIL, ...             inside TLS

This is the control for the other mail servers. Before TLS, a correct pinner sends no password and no address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario
from pinsmith.lab.servers.mail import MailServer
from pinsmith.lab.witness import Part

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    server = stage.start(MailServer(stage.pki.genuine()))
    inside, outside = Part(server, lambda: server.received), Part(server, lambda: server.disclosed_in_the_clear)
    return stage.scene(server, Act("accept", stage.pinning(), wanted=(inside,), guarded=(outside,)), scheme="smtp")


SCENARIO: Final = Scenario(
    "starttls-good",
    "mail server with the pinned key after STARTTLS",
    expected="accept",
    lacks="start TLS on a connection that began in the clear, and accept the pinned key there",
    source="RFC 3207",
    set=_set,
    protocol="smtp",
)
