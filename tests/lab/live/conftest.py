"""A lab service of two scenarios, and clients that know what they are told and no more."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

import pinsmith
from pinsmith.lab.live.service import LabService
from pinsmith.lab.scenarios import SCENARIOS
from tests.lab.client import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pinsmith.lab.live.event import Event
    from pinsmith.lab.live.service import Served
    from pinsmith.lab.scenario import Scenario


def named(*ids: str) -> tuple[Scenario, ...]:
    """Pick scenarios of the family."""
    known = {each.id: each for each in SCENARIOS}
    return tuple(known[each] for each in ids)


class Guests:
    """Clients of a service."""

    def __init__(self, service: LabService, folder: Path) -> None:
        self.service = service
        self._folder = folder

    def of(self, scenario_id: str) -> Served:
        """Find what is served."""
        return next(each for each in self.service.served if each.scenario.id == scenario_id)

    def unpinned(self) -> ssl.SSLContext:
        """Make a client that trusts both roots and pins nothing."""
        return ssl.create_default_context(cadata=self.service.pki.trusted_pem)

    def pinned(self, scenario_id: str) -> ssl.SSLContext:
        """Make a client that does as the scenario's pin file says."""
        path = self._folder / f"{scenario_id}.toml"
        path.write_text(self.of(scenario_id).pinning.pin_file())
        return pinsmith.PinnedSSLContext(pinsmith.load(path), cadata=self.service.pki.trusted_pem)

    def ask(self, scenario_id: str, context: ssl.SSLContext) -> bytes:
        """Send a request with a secret in it."""
        scene = self.of(scenario_id).scene
        return ask((scene.address, scene.port), context, scene.host)

    def events(self) -> tuple[Event, ...]:
        """Wait until every connection has ended, and take what the service tells."""
        for each in self.service.served:
            for act in each.scene.acts:
                for witness in (*act.wanted, *act.guarded):
                    witness.wait_closed()
        return self.service.watch.take()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Guests]]:
    """Open services, of leaf-pin and wrong-key unless a test wants others, and leave them."""
    services: list[LabService] = []

    def opened(*ids: str, **options: object) -> Guests:
        service = LabService(named(*(ids or ("leaf-pin", "wrong-key"))), **options)  # type: ignore[arg-type]
        services.append(service.__enter__())
        return Guests(service, tmp_path)

    yield opened
    for service in services:
        service.__exit__(None, None, None)


@pytest.fixture
def guests(opened: Callable[..., Guests]) -> Guests:
    """Open the service that most tests need."""
    return opened()
