from __future__ import annotations

import selectors
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.probe import Fetched, Target, Trust, driver, fetch

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.listener import Listener


@pytest.fixture(scope="session")
def root() -> Authority:
    """Make the trusted root."""
    return Authority.root("Good Root")


@pytest.fixture(scope="session")
def intermediate(root: Authority) -> Authority:
    """Make an authority below the trusted root."""
    return root.intermediate("Good Intermediate")


@pytest.fixture(scope="session")
def identity(intermediate: Authority) -> Identity:
    """Make a valid server certificate for a.test and the loopback addresses."""
    return intermediate.issue("a.test", "127.0.0.1", "::1")


@pytest.fixture(scope="session")
def trust(root: Authority) -> Trust:
    """Trust only the root."""
    return Trust(cadata=root.pem)


@pytest.fixture
def fetch_from(trust: Trust) -> Callable[..., Fetched]:
    """Return a function that fetches from a listener on the loopback, by default under the name a.test."""

    def fetch_it(
        server: Listener, name: str = "a.test", *, timeout_seconds: float = 20.0, **options: object
    ) -> Fetched:
        address, port = server.endpoint
        target = Target(name, port, address=address, **options)  # type: ignore[arg-type]
        return fetch(target, trust=trust, timeout_seconds=timeout_seconds)

    return fetch_it


class Clock:
    """The clock of the driver. It runs as usual, and any thread can move it on, so that no test races a time limit."""

    def __init__(self) -> None:
        self._ahead_seconds = 0.0

    def monotonic(self) -> float:
        """Return the seconds since some moment."""
        return time.monotonic() + self._ahead_seconds

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass at once."""
        self._ahead_seconds += seconds


class _Watchful(selectors.DefaultSelector):
    """Return often, because the clock may have moved on in the meantime."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(0.005 if timeout is None else min(timeout, 0.005))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Give the driver a clock that the test can move on."""
    made = Clock()
    monkeypatch.setattr(driver, "time", made)
    monkeypatch.setattr(
        driver, "selectors", SimpleNamespace(DefaultSelector=_Watchful, EVENT_READ=selectors.EVENT_READ)
    )
    return made
