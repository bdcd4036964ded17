"""
The right mail server; but somebody in the middle has appended an answer to that of STARTTLS, in the clear.

::

    C: STARTTLS    S: 220 go ahead
                   ✗: 250 AUTH PLAIN LOGIN     in the same piece, before TLS
    ══ TLS ══      localhost                   ◀ pinned
    C: EHLO ...    S: 421                      the true answer

What came before TLS must not be taken for what comes inside it. The true answer is 421, so a correct pinner, which
drops the rest or breaks off, has nothing more to say. A client that keeps its buffer finds the answer of the stranger
first, believes it, and goes on.
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
    "answers in the clear, to be read inside TLS",
    expected="refuse",
    lacks="drop what the server said before TLS began",
    source="CVE-2021-22947, the client's side of CVE-2011-0411; RFC 3207 section 4.2",
    set=_set,
    keys=("ec-p256",),
    protocol="smtp",
)
