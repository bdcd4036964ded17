"""The lab's HTTP/3 server: it answers requests and records what it receives."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import TYPE_CHECKING

import pytest
from qh3.asyncio.client import connect
from qh3.asyncio.protocol import QuicConnectionProtocol
from qh3.h3.connection import H3Connection
from qh3.h3.events import DataReceived
from qh3.quic.configuration import QuicConfiguration

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers import datagram
from pinsmith.lab.servers.datagram import DatagramTrap, http3_or_trap
from pinsmith.lab.servers.http3 import HTTP3Server

if TYPE_CHECKING:
    from qh3.quic.events import QuicEvent

    from pinsmith.lab.pki.key import KeyKind

HEAD = [(b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"localhost"), (b":path", b"/secret")]


class Asking(QuicConnectionProtocol):
    """Send one request after the handshake, and keep the body of the answer."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.http = H3Connection(self._quic)
        self.body = b""
        self.answered = asyncio.Event()

    async def ask(self) -> bytes:
        """Send the request, and wait for the answer."""
        stream = self._quic.get_next_available_stream_id()
        self.http.send_headers(stream, HEAD)
        self.http.send_data(stream, b"body", end_stream=True)
        self.transmit()
        await asyncio.wait_for(self.answered.wait(), 10)
        return self.body

    def quic_event_received(self, event: QuicEvent) -> None:
        """Collect the answer."""
        for received in self.http.handle_event(event):
            if isinstance(received, DataReceived):
                self.body += received.data
                if received.stream_ended:
                    self.answered.set()


async def ask(server: HTTP3Server, trusted: Authority) -> bytes:
    """Send one request as a client that verifies the certificate."""
    configuration = QuicConfiguration(is_client=True, alpn_protocols=["h3"], server_name="localhost")
    configuration.load_verify_locations(cadata=trusted.pem.encode())
    async with connect("127.0.0.1", server.port, configuration=configuration, create_protocol=Asking) as client:
        assert isinstance(client, Asking)
        return await client.ask()


@pytest.mark.parametrize("kind", ["ec-p256", "rsa-2048"])
def test_a_request_is_answered_and_recorded(kind: KeyKind) -> None:
    """Head and body count as disclosed, and the datagrams show that a client connected."""
    root = Authority.root(key=kind)
    with HTTP3Server(root.intermediate(key=kind).issue("localhost", key=kind)) as server:
        assert asyncio.run(ask(server, root)) == b"ok\n"
        server.wait_closed()
        assert b":path: /secret" in server.disclosed
        assert server.disclosed.endswith(b"body")
        assert server.connections


def test_a_client_that_refuses_the_certificate_discloses_nothing() -> None:
    """The server recorded datagrams but no request."""
    with HTTP3Server(Authority.root().issue("localhost")) as server:
        with pytest.raises(ConnectionError):
            asyncio.run(ask(server, Authority.root()))
        server.wait_closed()
        assert server.connections
        assert server.disclosed == b""


def test_bytes_that_are_not_quic_are_recorded(caplog: pytest.LogCaptureFixture) -> None:
    """Garbage is recorded as datagrams and causes no error."""
    with caplog.at_level(logging.WARNING), HTTP3Server(Authority.root().issue("localhost")) as server:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for garbage in (b"", b"x", b"\xff" * 1200):
                sender.sendto(garbage, ("127.0.0.1", server.port))
        server.wait_closed()
        assert server.connections == (b"", b"x", b"\xff" * 1200)
    assert caplog.records == []


def test_without_the_library_a_trap_replaces_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trap records the clients that try, and never answers."""
    identity = Authority.root().issue("localhost")
    with http3_or_trap(identity) as server:
        assert isinstance(server, HTTP3Server)
    monkeypatch.setattr(datagram, "find_spec", lambda _: None)
    with http3_or_trap(identity) as trap:
        assert type(trap) is DatagramTrap


def test_an_error_in_the_thread_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is raised when the server is closed."""
    server = HTTP3Server(Authority.root().issue("localhost"))

    async def break_down() -> None:
        raise ValueError("broken")

    monkeypatch.setattr(server, "_serve", break_down)
    with pytest.raises(ExceptionGroup, match="HTTP3Server on port"), server:
        pass
