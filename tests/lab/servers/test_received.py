"""How a server keeps, counts and classifies the bytes that clients send."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers import received
from pinsmith.lab.servers.received import Received, Records
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.site import Request, Site
from tests.lab.client import REQUEST, connected, trusting

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "api.example.com"
HELLO = b"\x16\x03\x01\x00\x04\x01\x02\x03\x04"
ALERT = b"\x15\x03\x03\x00\x02\x02\x2a"


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    """Start a server whose root no client trusts."""
    with RecordingServer(Authority.root("Nobody's Root").issue(NAME)) as started:
        yield started


@pytest.mark.parametrize(
    ("sent", "in_the_clear"),
    [
        pytest.param(HELLO + ALERT, b"", id="records alone"),
        pytest.param(b"GET / HTTP/1.1", b"GET / HTTP/1.1", id="no record at all"),
        pytest.param(HELLO + ALERT + b"GET /", b"GET /", id="a request after the alert"),
        pytest.param(HELLO + b"\x16GET", b"\x16GET", id="bytes that only begin like a record"),
        pytest.param(
            HELLO + b"\x17\x03\x03\xff\xff secret", b"\x17\x03\x03\xff\xff secret", id="a record that is too long"
        ),
        pytest.param(HELLO[:7], b"", id="half a record"),
        pytest.param(b"\x17\x03\x03\x00\x00" + ALERT, b"", id="an empty record"),
    ],
)
def test_bytes_outside_tls_are_separated(sent: bytes, in_the_clear: bytes) -> None:
    """From the first byte that does not begin a TLS record, everything is in the clear, however it is split."""
    assert Records().add(sent) == in_the_clear
    piece_by_piece = Records()
    assert b"".join(piece_by_piece.add(sent[at : at + 1]) for at in range(len(sent))) == in_the_clear


def test_bytes_beyond_the_limit_are_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first bytes are kept, and the others are only counted."""
    monkeypatch.setattr(received, "KEPT_BYTES", 10)
    kept = Received()
    for _ in range(3):
        kept.add(b"1234567")
    assert (bytes(kept), kept.size) == (b"1234567123", 21)


def test_a_server_counts_what_it_does_not_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that sends without end costs no memory, and every byte counts as disclosed."""
    monkeypatch.setattr(received, "KEPT_BYTES", 1000)
    root = Authority.root("Good Root")
    sent = b"POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 300000\r\n\r\n" + bytes(300_000)
    with RecordingServer(root.issue(NAME)) as server:
        with connected(server.endpoint, trusting(root)) as secure:
            secure.sendall(sent)
            assert secure.recv(4096).startswith(b"HTTP/1.1 200")
        server.settled()
        assert (len(server.received), server.received_size, server.disclosed_size) == (1000, len(sent), len(sent))


def test_a_server_keeps_a_bounded_number_of_bytes_of_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes that are kept of all clients stay below one limit, and every byte is counted."""
    monkeypatch.setattr(received, "KEPT_IN_ALL_BYTES", 1000)
    root = Authority.root("Good Root")
    context = trusting(root)
    sent = 0
    with RecordingServer(root.issue(NAME)) as server:
        assert not server.quota.is_used_up
        for _ in range(20):
            request = b"POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 300\r\n\r\n" + bytes(300)
            with connected(server.endpoint, context) as secure:
                secure.sendall(request)
                assert secure.recv(4096).startswith(b"HTTP/1.1 200")
            sent += len(request)
        kept = sum(
            len(connection.application_bytes + connection.plain_bytes + connection.stray_bytes)
            for connection in server.settled()
        )
        assert (kept, server.received_size) == (1000, sent)
        assert server.quota.is_used_up


def test_a_site_keeps_a_bounded_number_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are kept completely or not at all."""
    monkeypatch.setattr(received, "KEPT_IN_ALL_BYTES", 100)
    site = Site()
    request = Request("GET", NAME, "/", (("host", NAME),))
    for _ in range(20):
        site.hear(request)
    assert 0 < sum(len(kept.text) for kept in site.requests) <= 100


def test_the_limits_agree_with_the_documentation() -> None:
    """A server keeps 1 MiB of each kind of bytes per connection, and 16 MiB in all."""
    assert (received.KEPT_BYTES, received.KEPT_IN_ALL_BYTES) == (2**20, 2**24)


def test_a_request_in_the_clear_is_disclosed(server: RecordingServer) -> None:
    """A client that talks to a TLS server without TLS has disclosed its request, which does not count as received."""
    with socket.create_connection(server.endpoint, timeout=10) as plain:
        plain.sendall(REQUEST)
        plain.shutdown(socket.SHUT_WR)
        while plain.recv(4096):
            pass
    server.settled()
    assert (server.received, server.disclosed, server.disclosed_size) == (b"", REQUEST, len(REQUEST))
    assert server.received_size == 0


def test_a_request_in_the_clear_after_the_alert_is_disclosed(server: RecordingServer) -> None:
    """A request without TLS after a refusal, on the same connection, is recorded."""
    with socket.create_connection(server.endpoint, timeout=10) as plain:
        plain.sendall(ALERT)
        assert plain.recv(4096)[:1] == ALERT[:1]  # the server has ended the handshake
        plain.sendall(REQUEST)
    server.settled()
    assert server.disclosed == REQUEST


def test_a_refusal_discloses_nothing(server: RecordingServer) -> None:
    """A handshake that ends with an alert consists of TLS records only."""
    with (
        pytest.raises(OSError, match="certificate verify failed"),
        connected(server.endpoint, trusting(Authority.root("Good Root"))),
    ):
        pass
    server.settled()
    assert (server.disclosed, server.disclosed_size) == (b"", 0)
