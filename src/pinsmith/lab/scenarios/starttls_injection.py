"""
The genuine mail server, but an attacker on the path has appended a response to that of STARTTLS, in the clear.

::

    C: STARTTLS    S: 220 go ahead
                   ✗: 250 AUTH PLAIN LOGIN     in the same packet, before TLS
    ══ TLS ══      localhost                   ◀ pinned
    C: EHLO ...    S: 421                      the genuine response

Data that arrived before TLS must not be read as data inside TLS. The genuine response is 421, so a correct pinner,
which drops the appended response or ends the connection, sends nothing more. A client that keeps its buffer reads the
response of the attacker first, believes it, and continues.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario
from pinsmith.lab.servers.mail import INJECTED, MailServer, beyond_greeting, unavailable_speaker
from pinsmith.lab.witness import Part

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    server = stage.start(MailServer(stage.pki.genuine(), injects=INJECTED, speak=unavailable_speaker))
    believed = Part(server, lambda: server.disclosed_in_the_clear + beyond_greeting(server.received))
    return stage.scene(server, Act("refuse", stage.pinning(), guarded=(believed,)), scheme="smtp")


SCENARIO: Final = Scenario(
    "starttls-injection",
    "response injected in the clear before TLS begins",
    expected="refuse",
    lacks="drop data that the server sent before TLS began",
    source="CVE-2021-22947, the client's side of CVE-2011-0411; RFC 3207 section 4.2",
    set=_set,
    keys=("ec-p256",),
    protocol="smtp",
)
