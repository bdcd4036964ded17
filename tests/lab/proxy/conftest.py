"""The genuine side: one authority, and one server for both hosts."""

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
    """Make one genuine root for all tests, which do not change it."""
    return Authority.root("Genuine Root")


@pytest.fixture(scope="session")
def genuine(root: Authority) -> Identity:
    """Issue the certificate whose key is pinned."""
    return root.issue(API, OPEN)


@pytest.fixture
def server(genuine: Identity) -> Iterator[RecordingServer]:
    """Serve both hosts with the genuine certificate."""
    with RecordingServer(genuine, alpn=("http/1.1",)) as serving:
        yield serving
