"""
The client asks for the pinned host with a dot at its end, and an impostor answers.

::

    pins.toml: localhost       the client asks for https://localhost.:PORT/
    Rogue Root (trusted)
    └── localhost          presented, another key than the pinned one

`localhost.` and `localhost` are the same host, so they have the same pins. A client that compares the names as text
finds no pins for `localhost.`, treats the host as unpinned, and sends its request. All versions of OkHttp up to 5.5.1
do that. The author of a link or a redirect chooses the spelling.

A client that refuses such names also passes, because it sends nothing. Not every resolver knows the name, so the client
gets the address to connect to, or uses the proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.lab.scenario import Act, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    host = stage.pki.host
    rogue = stage.serve(stage.pki.impostor())
    proxy = stage.start(ConnectProxy(route={f"{name}:{rogue.port}": rogue.endpoint for name in (host, f"{host}.")}))
    act = Act("refuse", stage.pinning(), guarded=(rogue,), may_stay_away=True)
    return stage.scene(rogue, act, host=f"{host}.", proxy=proxy)


SCENARIO: Final = Scenario(
    "trailing-dot",
    "host with a dot at its end, wrong key",
    expected="refuse",
    lacks="apply the pins of a host when its name is written with a dot at its end",
    source="RFC 3986 section 3.2.2; CVE-2026-129482 in OkHttp",
    set=_set,
    needs=frozenset({"address"}),
)
