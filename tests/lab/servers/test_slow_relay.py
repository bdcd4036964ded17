"""The slow line: everything arrives, but in pieces."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.slow_relay import SlowRelay
from pinsmith.lab.servers.speaker import echo_speaker
from tests.lab.client import connected, trusting

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Authority.root()


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    """Start a server that echoes everything."""
    with RecordingServer(ROOT.issue("api.example.com"), speak=echo_speaker) as serving:
        yield serving


def line_to(server: RecordingServer, *, piece_bytes: int, pause_seconds: float = 0.001) -> SlowRelay:
    """Make a line that pauses at most twenty times."""
    return SlowRelay(
        server, piece_bytes=piece_bytes, pause_seconds=pause_seconds, pauses_in_all_seconds=20 * pause_seconds
    )


def client_hello() -> bytes:
    """Return the first flight of a client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trusting(ROOT).wrap_bio(incoming, outgoing, server_hostname="api.example.com")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("piece_bytes", [1, 100, 100_000])
def test_everything_arrives(server: RecordingServer, piece_bytes: int) -> None:
    """All bytes arrive in both directions, and the line records what the server read."""
    sent = bytes(range(256)) * 20
    with line_to(server, piece_bytes=piece_bytes) as line:
        with connected(line.endpoint, trusting(ROOT)) as secure:
            secure.sendall(sent)
            received = b""
            while len(received) < len(sent):
                received += secure.recv(65536)
        line.wait_closed()
        assert received == sent == line.disclosed
        assert len(line.connections) == len(server.connections) == 1


def test_pieces_have_the_given_size(server: RecordingServer) -> None:
    """The first read before a long pause returns one piece, although the server has sent its whole flight."""
    with (
        # Send one piece, then nothing for longer than any test takes.
        line_to(server, piece_bytes=7, pause_seconds=3600) as line,
        socket.create_connection(line.endpoint, 10) as plain,
    ):
        plain.sendall(client_hello())
        assert len(plain.recv(65536)) == 7


def test_a_line_that_pauses_ends_with_its_client(server: RecordingServer) -> None:
    """However long the pause is, the relay ends when both sides are gone."""
    with line_to(server, piece_bytes=1, pause_seconds=3600) as line:
        with socket.create_connection(line.endpoint, 10) as plain:
            plain.sendall(client_hello())
            assert len(plain.recv(65536)) == 1
        line.wait_closed()


def test_a_client_that_breaks_off_ends_the_relay(server: RecordingServer) -> None:
    """When the client leaves in the middle of its first flight, the connection to the server ends too."""
    with line_to(server, piece_bytes=1, pause_seconds=0.1) as line:
        with socket.create_connection(line.endpoint, 10) as plain:
            plain.sendall(b"\x16\x03\x01")
        line.wait_closed()
        assert line.disclosed == b""
