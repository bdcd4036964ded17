"""
The pins change between two starts of the client, and the server resumes the session of the first start.

::

    first start     pins: the host's key    Lab Root ── Lab Intermediate ── localhost   ◀ pinned
    second start    pins: other keys        resumed: no certificate is presented        the key is not pinned any more

The key was removed from the pins because it was stolen. A thief with the key and the session keys resumes the session.
A client that keeps sessions on disk, and does not check resumed ones, sends to the thief until the session expires. A
client may offer a session only while the pins are those with which the session was checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    pki = stage.pki
    server = stage.serve(pki.genuine())
    before, after = stage.pinning(), stage.pinning(pki.impostor().pin)
    return stage.scene(
        server,
        Act("accept", before, wanted=(server,)),
        Act("refuse", after, guarded=(server,)),
    )


SCENARIO: Final = Scenario(
    "session-after-pins-change",
    "session resumption after the pins changed",
    expected="refuse",
    lacks="forget the sessions of a host whose pins have changed",
    source="golang/go #77377 and #77217, on checks that resumption skips; curl keys its sessions by the pins",
    set=_set,
    needs=frozenset({"state"}),
)
