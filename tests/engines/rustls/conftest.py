"""Fixtures: one trusted hierarchy, and a server that presents the leaf of the name that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.probe import Target, Trust

if TYPE_CHECKING:
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
def trust(root: Authority) -> Trust:
    """Trust only the root."""
    return Trust(cadata=root.pem)


def at(server: Listener, name: str = "a.test", **options: object) -> Target:
    """Return a target that dials *server* under *name*."""
    return Target(name, server.port, address=server.address, **options)  # type: ignore[arg-type]
