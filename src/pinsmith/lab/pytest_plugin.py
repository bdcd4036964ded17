"""Fixtures for the tests of other projects. pytest finds them if pinsmith is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.laboratory import Laboratory, LabServer
    from pinsmith.lab.pki.lab_pki import PKICache

# Every run of pytest imports these modules, even if no test uses the fixtures.


@pytest.fixture(scope="session")
def _lab_pkis() -> PKICache:
    from pinsmith.lab.pki.lab_pki import PKICache

    return PKICache()


@pytest.fixture
def lab(_lab_pkis: PKICache, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """Judge a client with hostile servers: ``lab.require(client)``. Keys are made once for each session."""
    from pinsmith.lab.laboratory import Laboratory

    with Laboratory(tmp_path_factory.mktemp("pinsmith-lab"), pkis=_lab_pkis) as laboratory:
        yield laboratory


@pytest.fixture
def lab_server(lab: Laboratory) -> LabServer:
    """Serve TLS on the loopback with a pinned key. ``lab.server(rogue=True)`` starts an impostor."""
    return lab.server()
