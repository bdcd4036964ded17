"""Fixtures that all tests of services share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from pinsmith.tls.context import PinnedSSLContext
from tests.tls.clients.way import Errand
from tests.tls.pki import HOST

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.server import RecordingServer
    from pinsmith.policy import Policy
    from tests.tls.conftest import Serve
    from tests.tls.pki import PKI
    from tests.tls.services.service import Script


class Play(Protocol):
    """Start a server that presents *identity* and plays *script*; *options* are those of `RecordingServer`."""

    def __call__(self, script: Script, identity: Identity, **options: Any) -> RecordingServer: ...  # noqa: ANN401


class ErrandTo(Protocol):
    """Return an errand to *server*; without *policy*, localhost's leaf and backup keys are pinned."""

    def __call__(self, server: RecordingServer, policy: Policy | None = None) -> Errand: ...


@pytest.fixture(scope="session")
def cafile(pki: PKI, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the trust anchors of every client here to a file."""
    path: Path = tmp_path_factory.mktemp("trust") / "roots.pem"
    path.write_text(pki.trust, "ascii")
    return str(path)


@pytest.fixture
def play(serve: Serve) -> Play:
    """Return a function that starts servers, which end with the test."""

    def start(script: Script, identity: Identity, **options: Any) -> RecordingServer:  # noqa: ANN401
        return serve(identity, starttls=script.to_tls, speak=script.speak, **options)

    return start


@pytest.fixture
def errand_to(pki: PKI, cafile: str) -> ErrandTo:
    """Return a function that makes errands."""

    def make(server: RecordingServer, policy: Policy | None = None) -> Errand:
        policy = pki.policy() if policy is None else policy
        return Errand(PinnedSSLContext(policy, cafile=cafile), policy, cafile, HOST, server.port)

    return make
