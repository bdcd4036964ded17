"""
One server has one certificate for two hosts, and one of the hosts is pinned to another key.

::

    Lab Root (trusted)
    └── Lab Intermediate
        └── localhost, api.localhost    presented for both

    localhost        this key       ◀ pinned      302 Location: https://api.localhost:A/
    api.localhost    another key    ◀ pinned

HTTP/2 allows a client to send a request for another host on an open connection, if the certificate covers that host.
The pins of that host have not been checked there. A correct pinner checks them before it reuses the connection, as
OkHttp does, or makes a new connection, whose key does not match, and sends nothing.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Act, Pinning, Scenario
from pinsmith.lab.servers.site import OK, Site, redirect
from pinsmith.lab.witness import Part

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    first, second = stage.pki.host, stage.pki.subdomain
    both = stage.pki.genuine(*stage.pki.names, second)
    site = Site(lambda request: OK if request.host == second else redirect(f"https://api.{request.authority}/"))
    server = stage.serve(both, alpn=["h2", "http/1.1"], speak=site)
    pinning = stage.pinning(others=(Pinning((stage.pki.backup_pin,), second),))
    wanted, guarded = (Part(server, partial(site.requests_to, host)) for host in (first, second))
    return stage.scene(server, Act("withhold", pinning, wanted=(wanted,), guarded=(guarded,)))


SCENARIO: Final = Scenario(
    "coalescing-bait",
    "HTTP/2 connection that could serve another pinned host",
    expected="withhold",
    lacks="check the pins of every host that it sends a request for, even on a connection that is already open",
    source="RFC 9113 section 9.1.1, connection reuse; OkHttp checks the pins of the new host before it coalesces",
    set=_set,
    needs=frozenset({"policy", "h2"}),
)
