"""
A mail server begins in the clear and presents another key after STARTTLS.

::

    C: STARTTLS    S: 220
    ══ TLS ══      Rogue Root (trusted)
                   └── localhost     another key than the pinned one

The pins apply to the TLS session, however it began. In many libraries STARTTLS is in other code than TLS from the
start, and the context with the pins must be passed there again. Python's ``starttls()`` without a context verifies
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario
from pinsmith.lab.servers.mail import MailServer

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    server = stage.start(MailServer(stage.pki.impostor()))
    return stage.scene(server, Act("refuse", stage.pinning(), guarded=(server,)), scheme="smtp")


SCENARIO: Final = Scenario(
    "starttls-rogue",
    "mail server with another key after STARTTLS",
    expected="refuse",
    lacks="check the pins after STARTTLS",
    source="RFC 3207 section 4.1; python/cpython: smtplib's starttls() without a context does not verify",
    set=_set,
    protocol="smtp",
)
