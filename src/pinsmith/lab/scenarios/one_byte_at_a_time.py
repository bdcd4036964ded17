"""
The genuine host, over a connection that delivers one byte at a time.

::

    localhost ── 16 ── 03 ── 03 ── 00 ── 7a ── ... ──▶ client      pinned key   ◀ pinned

A correct pinner accepts, because TCP does not keep boundaries. A client that expects every read to return a whole
record, message or response sometimes refuses a good server, and people switch its pins off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Scenario
from pinsmith.lab.servers.slow_relay import SlowRelay

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    good = stage.serve(stage.pki.genuine())
    relay = stage.start(SlowRelay(good, piece_bytes=1, pause_seconds=0.0003, pauses_in_all_seconds=0.6))
    return stage.scene(relay, Act("accept", stage.pinning(), wanted=(relay,)))


SCENARIO: Final = Scenario(
    "one-byte-at-a-time",
    "good server, one byte at a time",
    expected="accept",
    lacks="join data that arrives in pieces",
    source="RFC 8446 section 5.1: fragments; RFC 9293 section 3.7: TCP keeps no boundaries",
    set=_set,
    keys=("ec-p256",),
    slow=True,
)
