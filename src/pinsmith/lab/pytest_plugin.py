"""Fixtures for the tests of other projects; pytest finds them wherever pinsmith is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.laboratory import Laboratory, LabServer
    from pinsmith.lab.world import Worlds

# Whatever is imported up here is imported by every run of pytest, used or not.


@pytest.fixture(scope="session")
def _lab_worlds() -> Worlds:
    from pinsmith.lab.world import Worlds

    return Worlds()


@pytest.fixture
def lab(_lab_worlds: Worlds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """Judge a client with hostile servers: ``lab.require(client)``. Keys are made once per session."""
    from pinsmith.lab.laboratory import Laboratory

    with Laboratory(tmp_path_factory.mktemp("pinsmith-lab"), worlds=_lab_worlds) as laboratory:
        yield laboratory


@pytest.fixture
def lab_server(lab: Laboratory) -> LabServer:
    """Serve TLS on the loopback with a key that is pinned; ``lab.server(rogue=True)`` makes its impostor."""
    return lab.server()
