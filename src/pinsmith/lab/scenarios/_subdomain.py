"""Shared by scenarios about subdomains: a server for a name that needs a proxy, or an address to connect to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.lab.scenario import Act

if TYPE_CHECKING:
    from typing import Literal

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def at_subdomain(
    stage: Stage, identity: Identity, expected: Literal["accept", "refuse"], *, include_subdomains: bool
) -> Scene:
    """Serve *identity* as the subdomain, with the pins of the host above it."""
    server = stage.serve(identity)
    proxy = stage.start(ConnectProxy(route={f"{stage.pki.subdomain}:{server.port}": server.endpoint}))
    pinning = stage.pinning(include_subdomains=include_subdomains)
    if expected == "accept":
        act = Act(expected, pinning, wanted=(server,))
    else:
        act = Act(expected, pinning, guarded=(server,))
    return stage.scene(server, act, host=stage.pki.subdomain, proxy=proxy)
