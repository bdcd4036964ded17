"""A lab service of two scenarios, and clients that know only what the service publishes."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import pytest

import pinsmith
from pinsmith.lab.live.service import LabService
from pinsmith.lab.scenarios import SCENARIOS
from tests.lab.client import ask
from tests.lab.live.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pinsmith.lab.live.event import Event
    from pinsmith.lab.live.service import Served
    from pinsmith.lab.scenario import Scenario


def named(*ids: str) -> tuple[Scenario, ...]:
    """Return the scenarios with these ids."""
    known = {scenario.id: scenario for scenario in SCENARIOS}
    return tuple(known[scenario_id] for scenario_id in ids)


class Guests:
    """Clients of a service."""

    def __init__(self, service: LabService, folder: Path) -> None:
        self.service = service
        self._folder = folder

    def of(self, scenario_id: str) -> Served:
        """Return the served scenario with this id."""
        return next(served for served in self.service.served if served.scenario.id == scenario_id)

    def unpinned(self) -> ssl.SSLContext:
        """Make a client that trusts both roots and pins nothing."""
        return ssl.create_default_context(cadata=self.service.pki.trusted_pem)

    def pinned(self, scenario_id: str) -> ssl.SSLContext:
        """Make a client that enforces the scenario's pin file."""
        path = self._folder / f"{scenario_id}.toml"
        path.write_text(self.of(scenario_id).pinning.pin_file())
        return pinsmith.PinnedSSLContext(pinsmith.load(path), cadata=self.service.pki.trusted_pem)

    def ask(self, scenario_id: str, context: ssl.SSLContext) -> bytes:
        """Send a request that contains a secret, and return the answer."""
        scene = self.of(scenario_id).scene
        return ask((scene.address, scene.port), context, scene.host)

    def events(self) -> tuple[Event, ...]:
        """Wait until every connection has ended, and return the new events of the service."""
        for served in self.service.served:
            for act in served.scene.acts:
                for witness in (*act.wanted, *act.guarded):
                    witness.wait_closed()
        return self.service.watch.take()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Guests]]:
    """Return a function that opens services, by default of leaf-pin and wrong-key; they are closed after the test."""
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
    """Open the service that most tests use."""
    return opened()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    """Return a function that starts the command; all commands end with the test."""
    started: list[Serving] = []

    def start(*words: str) -> Serving:
        started.append(Serving(tmp_path, *words))
        return started[-1]

    yield start
    for serving in started:
        serving.end()


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send Ctrl-C as soon as the command waits for clients."""

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pinsmith.cli.lab_serve.time.sleep", interrupted)
