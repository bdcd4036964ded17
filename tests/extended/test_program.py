"""The tests of real servers can rely on ports, logs and a clean end."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest

from tests.extended.program import Folder, Program, reserved_port
from tests.extended.server import run
from tests.extended.servers import SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.extended.server import RealServer
    from tests.tls.pki import PKI

pytestmark = pytest.mark.extended


@pytest.fixture
def folder() -> Iterator[Folder]:
    """Make the folder of a server."""
    made = Folder("nobody")
    yield made
    made.remove()


def test_a_reserved_port_waits_for_its_server() -> None:
    """A server that reuses addresses, as all do, can listen on the port; no other process gets it by chance."""
    with reserved_port() as port, socket.socket() as stranger, socket.socket() as server:
        with pytest.raises(OSError, match="in use") as caught:
            stranger.bind(("127.0.0.1", port))
        assert caught.value.errno == errno.EADDRINUSE
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen()
        socket.create_connection(("127.0.0.1", port), 10).close()


def test_a_server_that_does_not_start_shows_its_log(folder: Folder) -> None:
    """The error contains the last output of the server and its exit code."""
    command = ["/bin/sh", "-c", "echo the certificate is missing; exit 3"]
    with (
        reserved_port() as port,
        pytest.raises(RuntimeError, match=r"exit code 3, log:\nthe certificate is missing"),
        Program(folder, command, port),
    ):
        raise AssertionError("the server listens")


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.id)
def test_nothing_is_left_of_a_server(server: RealServer, pki: PKI) -> None:
    """After a test, the process, the port and the folder of its server are gone."""
    with run(server, pki.leaf) as running:
        assert running.program.is_alive()
    assert not running.program.is_alive()
    assert not running.folder.path.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", running.port), 10).close()
