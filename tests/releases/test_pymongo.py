"""Test pymongo, which connects with pyOpenSSL where that is installed; the nox session `releases` runs this."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.tls.inject import extract, inject
from tests.tls.attack import silent
from tests.tls.pki import HOST, PKI

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pinsmith.lab.servers.connection import RecordedConnection
    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import Serve

pytestmark = pytest.mark.releases


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Undo the injection after each test."""
    yield
    extract()


@pytest.fixture
def ping(pki: PKI, tmp_path: Path) -> Callable[[RecordingServer], Any]:
    """Return a function that connects with a plain client and returns the error that it raises."""
    roots = tmp_path / "roots.pem"
    roots.write_text(pki.trust, "ascii")
    pymongo: Any = import_module("pymongo")
    assert import_module("pymongo.ssl_support").HAVE_PYSSL

    def run(server: RecordingServer) -> Any:  # noqa: ANN401 - pymongo's own error
        limits = {"serverSelectionTimeoutMS": 2000, "connectTimeoutMS": 2000}
        client = pymongo.MongoClient(HOST, server.port, tls=True, tlsCAFile=str(roots), **limits)
        with client, pytest.raises(pymongo.errors.PyMongoError) as caught:
            client.admin.command("ping")
        return caught.value

    return run


def listen(sock: socket.socket, _: RecordedConnection) -> None:
    """Receive once, then end the connection, so that every client fails."""
    sock.recv(65536)


def test_pymongo_is_pinned_under_an_injection(pki: PKI, serve: Serve, ping: Callable[[RecordingServer], Any]) -> None:
    """Under an injection, the rogue server receives no byte, and the error gives the reason."""
    server = serve(pki.rogue, speak=listen)
    inject(pki.policy())
    assert "presented no pinned key" in str(ping(server))
    assert silent(server)


def test_pymongo_is_deceived_without_an_injection(
    pki: PKI, serve: Serve, ping: Callable[[RecordingServer], Any]
) -> None:
    """The control: without an injection, the rogue server receives the first command."""
    server = serve(pki.rogue, speak=listen)
    ping(server)
    assert b"hello" in server.received or b"ismaster" in server.received
