"""
The genuine host, whose part of the handshake takes a second.

::

    localhost ── 100 bytes ── 80 ms ── 100 bytes ── 80 ms ── ... ──▶ client      pinned key   ◀ pinned

A correct pinner waits for a reasonable time. A client that treats a time-out as a match, or sends before the check is
complete, does not pin on slow connections. A client that gives up after half a second does not work there.
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
    relay = stage.start(SlowRelay(good, piece_bytes=100, pause_seconds=0.08, pauses_in_all_seconds=1.0))
    return stage.scene(relay, Act("accept", stage.pinning(), wanted=(relay,)))


SCENARIO: Final = Scenario(
    "slow-handshake",
    "good server with a slow handshake",
    expected="accept",
    lacks="wait for a slow server",
    source="RFC 6298: retransmission alone takes a second",
    set=_set,
    slow=True,
)
