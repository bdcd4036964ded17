"""
A mail server that does not offer STARTTLS: somebody in the middle has taken the line away.

::

    C: EHLO ...    S: 250-localhost
                      250-AUTH PLAIN LOGIN        no STARTTLS
                      250 8BITMIME

Without TLS there is no key, and nothing that a pin could be compared with. A correct pinner says that and leaves. A
client that takes TLS as an offer, and goes on without, hands its password to whoever took the offer away.
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
