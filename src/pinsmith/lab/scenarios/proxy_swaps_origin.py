"""
An HTTP proxy claims to connect to the host, but connects to an impostor.

::

    client ── CONNECT localhost:A ──▶ proxy ─ ─ ✗ ─ ─ localhost:A   pinned key   ◀ pinned
                                        └──────────▶ impostor      Rogue Root (trusted)
                                                                   └── localhost   another key

A proxy is a machine in the middle by design. Inside the tunnel the client speaks TLS with the origin, so the pins of
the origin apply there. Some libraries make tunnelled connections in other code than direct ones, without the pins.
Others send an https request to the proxy in the clear, which also discloses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.lab.scenario import Act, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    rogue = stage.serve(stage.pki.impostor())
    proxy = stage.start(ConnectProxy(redirect_to=rogue.endpoint))
    good = stage.serve(stage.pki.genuine())
    # The proxy comes first, because bytes that are still in it are on their way to the rogue.
    return stage.scene(good, Act("refuse", stage.pinning(), guarded=(proxy, rogue)), proxy=proxy)


SCENARIO: Final = Scenario(
    "proxy-swaps-origin",
    "proxy that swaps the origin for an impostor",
    expected="refuse",
    lacks="check the pins of a connection through a proxy",
    source="RFC 9110 section 9.3.6; requests opens proxied connections in a separate pool",
    set=_set,
    needs=frozenset({"proxy"}),
)
