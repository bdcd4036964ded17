"""
The pins change between two starts of the client, and the server of before resumes the session of before.

::

    first start     pins: the host's key    Lab Root ── Lab Intermediate ── localhost   ◀ pinned
    second start    pins: other keys        resumed: no certificate is shown            the key is pinned no more

The key was removed from the pins because it was lost. Who holds it, and the session keys, resumes; a client that keeps
sessions on disk and takes a resumed handshake for one that was checked sends to him for as long as the session lasts. A
session may only be offered under the pins it was judged by.
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
