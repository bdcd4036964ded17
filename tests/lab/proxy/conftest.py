"""The genuine side: one authority, one server of both hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.server import RecordingServer
from tests.lab.proxy.client import API, OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.pki.identity import Identity


@pytest.fixture(scope="session")
def root() -> Authority:
    """One genuine root for all; it is never changed."""
    return Authority.root("Genuine Root")


@pytest.fixture(scope="session")
def genuine(root: Authority) -> Identity:
    """Issue the certificate that the pins are of."""
    return root.issue(API, OPEN)


@pytest.fixture
def server(genuine: Identity) -> Iterator[RecordingServer]:
    """Serve both hosts, genuinely."""
    with RecordingServer(genuine, alpn=("http/1.1",)) as serving:
        yield serving
