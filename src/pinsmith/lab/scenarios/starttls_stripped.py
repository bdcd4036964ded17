"""
A mail server does not offer STARTTLS, because an attacker on the path has removed that line.

::

    C: EHLO ...    S: 250-localhost
                      250-AUTH PLAIN LOGIN        no STARTTLS
                      250 8BITMIME

Without TLS there is no key that could be compared with the pins. A correct pinner reports that and ends the connection.
A client for which TLS is optional continues without it, and sends its password to the attacker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario
from pinsmith.lab.servers.mail import MailServer

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    server = stage.start(MailServer(stage.pki.genuine(), offer="absent"))
    return stage.scene(server, Act("refuse", stage.pinning(), guarded=(server,)), scheme="smtp")


SCENARIO: Final = Scenario(
    "starttls-stripped",
    "mail server without STARTTLS",
    expected="refuse",
    lacks="insist on TLS when the server does not offer it",
    source="RFC 3207 section 6: deleting the STARTTLS response",
    set=_set,
    keys=("ec-p256",),
    protocol="smtp",
)
