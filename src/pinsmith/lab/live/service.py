"""The lab as a service: every scenario on its own ports, and a page that lists them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Self

from pinsmith._port import MAX_PORT
from pinsmith.errors import LabBrokenError
from pinsmith.host import is_address
from pinsmith.lab.live.information import InformationServer
from pinsmith.lab.live.place import Place, bracketed
from pinsmith.lab.live.routes import USUAL_PORTS, Routes
from pinsmith.lab.live.watch import Watch
from pinsmith.lab.pki.lab_pki import HOST, OTHER_HOST, LabPKI
from pinsmith.lab.run import missing_library
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.servers.dual_stack import has_ipv6
from pinsmith.lab.stage import LOOPBACK, Stage
from pinsmith.lab.updates import hosting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.lab.scenario import Pinning, Scenario, Scene

_LOOPBACK_HOSTS: Final = frozenset({HOST, OTHER_HOST, "::1"})
_ONE_ADDRESS: Final = "it needs a host with two addresses, but through the proxy of the lab each host has one"
_OPEN_PROXY: Final = "its proxy would let the network connect to servers on the loopback of this machine"


@dataclass(frozen=True, slots=True)
class Served:
    """
    One scenario that is served.

    Attributes:
        scenario: The scenario.
        scene: The scene, with its servers.
        pki: The keys and certificates of its host.
        url: The URL that the device opens.
        note: Conditions for a device to reach it, in words; empty if there are none.
    """

    scenario: Scenario
    scene: Scene
    pki: LabPKI
    url: str
    note: str = ""

    @property
    def pinning(self) -> Pinning:
        """The pins for the client."""
        return self.scene.acts[0].pinning


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A scenario that is not served, and the reason."""

    scenario: Scenario
    reason: str


class LabService:
    """
    Serve scenarios until the ``with`` block ends.

    Attributes:
        place: The address and the name.
        pki: The keys and authorities. The service never saves them.
        routes: The servers that devices reach through the proxy; none unless the place is proxied.
        served: The scenarios that are served.
        left_out: The scenarios that are not served.
        updates: The URL of the files of `folder`; None without it.
        watch: The events.
        problems: Errors of the servers, in words; complete after leaving.
    """

    def __init__(
        self,
        scenarios: Sequence[Scenario] = SCENARIOS,
        *,
        kind: KeyKind = "ec-p256",
        place: Place | None = None,
        port: int = 0,
        first_port: int | None = None,
        pki: LabPKI | None = None,
        folder: Path | None = None,
    ) -> None:
        """
        Make the keys; ``with`` begins to serve.

        Args:
            scenarios: The scenarios to serve.

            kind: The type of all keys.

            place: The address and the name; the loopback and ``localhost`` by default.

            port: The port of the page; 0 to let the kernel choose.

            first_port: The first of consecutive ports for the servers, in the order of *scenarios*; None to let the
                kernel choose.

            pki: Keys and authorities for a place that is proxied, which the caller keeps; new ones by default.

            folder: Files to serve over TLS; the place must not be proxied. They may still be written afterwards.
        """
        self.place = place or Place()
        host, *also = self.place.names
        new = LabPKI.of_domain if self.place.is_proxied else partial(LabPKI.of_kind, host=host, also=tuple(also))
        self.pki = pki or new(kind)
        self.routes = Routes()
        self.served: tuple[Served, ...] = ()
        self.left_out: tuple[LeftOut, ...] = ()
        self.updates: str | None = None
        self.watch = Watch()
        self.problems: list[str] = []
        self._scenarios, self._folder = scenarios, folder
        self._port = port
        self._ports = iter(range(first_port, MAX_PORT + 1)) if first_port is not None else None
        self._open = ExitStack()

    @property
    def urls(self) -> tuple[str, ...]:
        """The URLs of the page, the best one for a device first."""
        return self.place.urls(self._information.port)

    @property
    def proxy(self) -> str:
        """The address and port of the proxy, which are those of the page."""
        return f"{bracketed(self.place.address)}:{self.port}"

    @property
    def port(self) -> int:
        """The port of the page, and of the proxy."""
        return self._information.port

    def __enter__(self) -> Self:
        """
        Begin to serve.

        Raises:
            LabBrokenError: if the address or a port cannot be used.
        """
        with ExitStack() as opened:
            try:
                self._information = InformationServer(self, self._port)
                opened.enter_context(self._noting("the page"))
                opened.enter_context(self._information)
                for scenario in self._scenarios:
                    self._admit(scenario, opened)
                if self._folder is not None:
                    self.updates = self._host(self._folder, opened)
            except OSError as error:
                raise LabBrokenError(
                    f"cannot listen on {self.place.address}: {error.strerror or error}",
                    hint="choose an address of this machine, and free ports",
                ) from error
            self._open = opened.pop_all()
        return self

    def __exit__(self, *raised: object) -> None:
        """Note the last events, and end every server."""
        self.watch.close()
        self._open.__exit__(*raised)  # type: ignore[arg-type] # the three that Python gave

    def _admit(self, scenario: Scenario, opened: ExitStack) -> None:
        reason = self._obstacle(scenario)
        if reason is None:
            with ExitStack() as own:
                own.enter_context(self._noting(scenario.id))
                # Devices come through the proxy, so the servers stay on the loopback.
                address = LOOPBACK if self.place.is_proxied else self.place.address
                pki = self.pki.for_scenario(scenario.id) if self.place.is_proxied else self.pki
                stage = own.enter_context(Stage(pki, address=address, ports=self._ports))
                scene = scenario.set(stage)
                reason = self._objection(scene)
                if reason is None:
                    opened.push(own.pop_all())
                    self.watch.add(scenario, scene.acts[0])
                    if self.place.is_proxied:
                        self.routes.add(scene, pki.host, pki.other_host)
                    self.served += (Served(scenario, scene, pki, self._url(scene), self._note(scene)),)
        if reason is not None:
            self.left_out += (LeftOut(scenario, reason),)

    def _host(self, folder: Path, opened: ExitStack) -> str:
        opened.enter_context(self._noting("the updates"))
        stage = opened.enter_context(Stage(self.pki, address=self.place.address, ports=self._ports))
        server = stage.serve(self.pki.genuine(), speak=hosting.site_of(folder))
        return f"https://{bracketed(self.place.host)}:{server.port}{hosting.PATH}"

    def _obstacle(self, scenario: Scenario) -> str | None:
        """Return the reason why *scenario* cannot be served here, or None."""
        if self.pki.kind not in scenario.keys:
            return f"it does not run with {self.pki.kind} keys"
        if (missing := missing_library(scenario)) is not None:
            return missing
        if self.place.is_proxied:
            return _ONE_ADDRESS if "ipv6" in scenario.needs else None
        return self._obstacle_without_proxy(scenario)

    def _obstacle_without_proxy(self, scenario: Scenario) -> str | None:
        if {"proxy", "address"} & scenario.needs and self.place.is_open:
            return _OPEN_PROXY
        if "ipv6" in scenario.needs and (self.place.address != LOOPBACK or not has_ipv6()):
            return "it needs 127.0.0.1 and ::1"
        if "address" in scenario.needs and is_address(self.place.host):
            return "it needs a host name, but the service has an IP address"
        return None

    def _objection(self, scene: Scene) -> str | None:
        """Return the reason why *scene* cannot be served to an app that the lab does not start, or None."""
        if len({act.pinning for act in scene.acts}) > 1:
            return "its pins change between two starts of the client, which only `pinsmith lab run` can control"
        if self.place.is_proxied:
            return None
        if scene.proxy is not None and self.place.is_open:
            return _OPEN_PROXY
        if self.place.host not in _LOOPBACK_HOSTS and scene.host in _LOOPBACK_HOSTS:
            return f"a device that connects to {self.place.host} would reach itself at {scene.host}"
        return None

    def _url(self, scene: Scene) -> str:
        if not self.place.is_proxied:
            return scene.url
        usual = USUAL_PORTS[scene.scheme]
        return replace(scene, port=usual).url.replace(":443/", "/")

    def _note(self, scene: Scene) -> str:
        pinning = scene.acts[0].pinning
        notes = []
        if self.place.is_proxied:
            pass  # the proxy knows every name
        elif scene.proxy is not None:
            notes.append(f"through the proxy http://{scene.proxy.address}:{scene.proxy.port}")
        elif scene.host not in self.place.names and not is_address(scene.host):
            notes.append(f"the device must resolve {scene.host} to {self.place.address}")
        if pinning.host != scene.host:
            notes.append(f"the pins are for {pinning.host}")
        if pinning.include_subdomains:
            notes.append("and its subdomains")
        if pinning.compromised:
            notes.append("the pin file lists a compromised key")
        if pinning.mode != "enforce":
            notes.append(f"the pins are {pinning.mode}")
        if pinning.expires is not None:
            notes.append(f"the pins expired on {pinning.expires.isoformat()}")
        return ", ".join(notes)

    @contextmanager
    def _noting(self, what: str) -> Iterator[None]:
        """Collect the errors of a server, because a stranger who sends nonsense must not end the service."""
        try:
            yield
        except ExceptionGroup as broken:
            self.problems += [f"{what}: {error!r}" for error in broken.exceptions]
