"""
A mail server announces STARTTLS and then refuses it.

::

    C: EHLO ...    S: 250-STARTTLS
    C: STARTTLS    S: 454 TLS is not available      anybody on the path can send this

A correct pinner ends the connection. A client that ignores the response, or continues after such an error, sends
everything in the clear that it wanted to protect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario
from pinsmith.lab.servers.mail import MailServer

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    server = stage.start(MailServer(stage.pki.genuine(), offer="refused"))
    return stage.scene(server, Act("refuse", stage.pinning(), guarded=(server,)), scheme="smtp")


SCENARIO: Final = Scenario(
    "starttls-refused",
    "mail server that refuses STARTTLS",
    expected="refuse",
    lacks="stop when STARTTLS is refused",
    source="CVE-2016-0772",
    set=_set,
    keys=("ec-p256",),
    protocol="smtp",
)
