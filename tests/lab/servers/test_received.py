"""What a server keeps, counts and sorts of what clients send."""

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
    """Start a server that nobody trusts."""
    with RecordingServer(Authority.root("Nobody's Root").issue(NAME)) as started:
        yield started


@pytest.mark.parametrize(
    ("sent", "in_the_clear"),
    [
        pytest.param(HELLO + ALERT, b"", id="records alone"),
        pytest.param(b"GET / HTTP/1.1", b"GET / HTTP/1.1", id="no record at all"),
        pytest.param(HELLO + ALERT + b"GET /", b"GET /", id="a request after the alert"),
        pytest.param(HELLO + b"\x16GET", b"\x16GET", id="what begins like a record and is none"),
        pytest.param(HELLO + b"\x17\x03\x03\xff\xff secret", b"\x17\x03\x03\xff\xff secret", id="too long a record"),
        pytest.param(HELLO[:7], b"", id="half a record"),
        pytest.param(b"\x17\x03\x03\x00\x00" + ALERT, b"", id="an empty record"),
    ],
)
def test_what_is_no_tls_is_told_apart(sent: bytes, in_the_clear: bytes) -> None:
    """Records are skipped, and from the first byte that begins none all is in the clear, in any pieces."""
    assert Records().add(sent) == in_the_clear
    piece_by_piece = Records()
    assert b"".join(piece_by_piece.add(sent[at : at + 1]) for at in range(len(sent))) == in_the_clear


def test_much_is_counted_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The beginning stands in the record, and the rest is only counted."""
    monkeypatch.setattr(received, "KEPT_BYTES", 10)
    kept = Received()
    for _ in range(3):
        kept.add(b"1234567")
    assert (bytes(kept), kept.size) == (b"1234567123", 21)


def test_a_server_counts_what_it_does_not_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that sends without end costs no memory, and every byte speaks against it."""
    monkeypatch.setattr(received, "KEPT_BYTES", 1000)
    root = Authority.root("Good Root")
    sent = b"POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 300000\r\n\r\n" + bytes(300_000)
    with RecordingServer(root.issue(NAME)) as server:
        with connected(server.endpoint, trusting(root)) as secure:
            secure.sendall(sent)
            assert secure.recv(4096).startswith(b"HTTP/1.1 200")
        server.settled()
        assert (len(server.received), server.received_size, server.disclosed_size) == (1000, len(sent), len(sent))


def test_a_server_keeps_no_more_than_it_says_of_any_number_of_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many clients come and go, what is kept of all of them stays below one limit, and every byte counts."""
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
        kept = sum(len(each.application_bytes + each.plain_bytes + each.stray_bytes) for each in server.settled())
        assert (kept, server.received_size) == (1000, sent)
        assert server.quota.is_used_up


def test_a_site_keeps_no_more_requests_than_it_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are kept whole or not at all."""
    monkeypatch.setattr(received, "KEPT_IN_ALL_BYTES", 100)
    site = Site()
    request = Request("GET", NAME, "/", (("host", NAME),))
    for _ in range(20):
        site.hear(request)
    assert 0 < sum(len(each.text) for each in site.requests) <= 100


def test_the_limits_are_those_of_the_documentation() -> None:
    """A server keeps 1 MiB of each kind of one connection, and 16 MiB in all."""
    assert (received.KEPT_BYTES, received.KEPT_IN_ALL_BYTES) == (2**20, 2**24)


def test_a_request_in_the_clear_is_disclosed(server: RecordingServer) -> None:
    """Who talks to a TLS server without TLS has told it everything, but nothing that it read inside TLS."""
    with socket.create_connection(server.endpoint, timeout=10) as plain:
        plain.sendall(REQUEST)
        plain.shutdown(socket.SHUT_WR)
        while plain.recv(4096):
            pass
    server.settled()
    assert (server.received, server.disclosed, server.disclosed_size) == (b"", REQUEST, len(REQUEST))
    assert server.received_size == 0


def test_a_request_in_the_clear_after_the_alert_is_disclosed(server: RecordingServer) -> None:
    """Who refuses the certificate, and goes on without TLS on the same connection, is found out."""
    with socket.create_connection(server.endpoint, timeout=10) as plain:
        plain.sendall(ALERT)
        assert plain.recv(4096)[:1] == ALERT[:1]  # the server has broken off
        plain.sendall(REQUEST)
    server.settled()
    assert server.disclosed == REQUEST


def test_a_refusal_discloses_nothing(server: RecordingServer) -> None:
    """A handshake that ends with an alert is TLS to its end."""
    with (
        pytest.raises(OSError, match="certificate verify failed"),
        connected(server.endpoint, trusting(Authority.root("Good Root"))),
    ):
        pass
    server.settled()
    assert (server.disclosed, server.disclosed_size) == (b"", 0)
