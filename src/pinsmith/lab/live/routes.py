"""Where the proxy of a lab service connects: to servers of the lab, by the names of scenarios, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.pki.lab_pki import LAB_DOMAIN
from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.lab.servers.listener import Listener
from pinsmith.lab.witness import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.proxy.connect import Endpoint
    from pinsmith.lab.proxy.seen import Destination
    from pinsmith.lab.scenario import Scene

USUAL_PORTS: Final = {"https": 443, "smtp": 587}
_BELOW: Final = f".{LAB_DOMAIN}"


class Routes:
    """The servers of each scene, by the first label below `LAB_DOMAIN`."""

    def __init__(self) -> None:
        """Begin without scenes."""
        self._scenes: dict[str, Scene] = {}
        self._endpoints: dict[str, dict[int, Endpoint]] = {}

    def add(self, scene: Scene, *hosts: str) -> None:
        """Lead *hosts* and their subdomains to *scene*. They are directly below `LAB_DOMAIN`."""
        endpoints = dict(_endpoints_of(scene))
        for host in hosts:
            label = host.removesuffix(_BELOW)
            self._scenes[label], self._endpoints[label] = scene, endpoints

    def endpoint_of(self, destination: Destination) -> Endpoint | None:
        """Return the server for *destination*; None if it is not a name and a port of a scene."""
        if not destination.host.endswith(_BELOW):
            return None
        label = destination.host.removesuffix(_BELOW).rpartition(".")[2]
        scene = self._scenes.get(label)
        if scene is None:
            return None
        port = scene.port if destination.port == USUAL_PORTS[scene.scheme] else destination.port
        if port == scene.port and scene.proxy is not None:
            # The proxy of the scene is part of the attack, so it chooses the server.
            return scene.proxy.endpoint_of(f"{scene.host}:{port}")
        return self._endpoints[label].get(port)


def _endpoints_of(scene: Scene) -> Iterator[tuple[int, Endpoint]]:
    yield scene.port, (scene.address, scene.port)
    for act in scene.acts:
        for witness in (*act.wanted, *act.guarded):
            server: object = witness.server if isinstance(witness, Part) else witness
            # A proxy would connect to any port of the loopback.
            if isinstance(server, Listener) and not isinstance(server, ConnectProxy):
                yield server.port, server.endpoint
