from __future__ import annotations

import socket
import ssl

import pytest

from pinsmith.lab.servers.fault import AlertServer, ClosedPort, CloseMidHandshake, Garbage, PlainHTTP, Tarpit
from tests.lab.client import REQUEST, ask

ADDRESSES = ["127.0.0.1", "::1"]


def context() -> ssl.SSLContext:
    """Make a client that would accept any certificate, so that only the fault can stop it."""
    lenient = ssl.create_default_context()
    lenient.check_hostname = False
    lenient.verify_mode = ssl.CERT_NONE
    return lenient


def test_a_tarpit_answers_nothing() -> None:
    """The client reaches its own time limit, and its ClientHello was recorded."""
    with Tarpit() as server:
        with socket.create_connection(server.endpoint) as plain:
            plain.settimeout(0.05)
            with pytest.raises(TimeoutError):
                context().wrap_socket(plain)
        server.wait_closed()
        assert server.received[0] == 0x16


def test_plain_http_refuses_tls_in_the_clear() -> None:
    """A TLS client detects that the answer is not TLS."""
    with PlainHTTP() as server:
        with pytest.raises(ssl.SSLError, match=r"WRONG_VERSION_NUMBER|wrong version number|HTTP"):
            ask(server.endpoint, context())
        server.wait_closed()


def test_plain_http_answers_and_records_a_request_in_the_clear() -> None:
    """A client that falls back to plain HTTP gets an answer, and its request is recorded."""
    with PlainHTTP() as server:
        with socket.create_connection(server.endpoint, timeout=10) as plain:
            plain.sendall(REQUEST)
            assert plain.recv(4096).startswith(b"HTTP/1.1 200 OK")
        server.wait_closed()
        assert server.received == REQUEST


def test_garbage_is_not_tls() -> None:
    """A TLS client fails in the handshake."""
    with Garbage() as server:
        with pytest.raises(ssl.SSLError):
            ask(server.endpoint, context())
        server.wait_closed()


def test_garbage_answers_a_request_in_the_clear_too() -> None:
    """A client that falls back gets garbage too, does not hang, and its request is recorded."""
    with Garbage() as server:
        with socket.create_connection(server.endpoint, timeout=10) as plain:
            plain.sendall(REQUEST)
            assert plain.recv(4096)[:2] == b"\xff\xfe"
        server.wait_closed()
        assert server.disclosed == REQUEST


@pytest.mark.parametrize(
    ("description", "reason"),
    [(40, "HANDSHAKE_FAILURE"), (112, "UNRECOGNIZED_NAME"), (80, "INTERNAL_ERROR")],
)
def test_an_alert_reaches_the_client(description: int, reason: str) -> None:
    """The client receives the chosen alert."""
    with AlertServer(description) as server:
        with pytest.raises(ssl.SSLError) as caught:
            ask(server.endpoint, context())
        assert caught.value.reason.endswith(reason)
        server.wait_closed()


@pytest.mark.parametrize(("reset", "expected"), [(False, ssl.SSLEOFError), (True, ConnectionResetError)])
def test_closing_in_the_handshake_has_the_right_error(*, reset: bool, expected: type[OSError]) -> None:
    """FIN in the middle of a ServerHello is an unexpected end, and RST is a reset."""
    with CloseMidHandshake(reset=reset) as server:
        with pytest.raises(expected):
            ask(server.endpoint, context())
        server.wait_closed()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_closed_port_refuses(address: str) -> None:
    """Connecting fails at once, and no other program can take the port meanwhile."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with ClosedPort(address) as closed, socket.socket(family) as other:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(closed.endpoint, timeout=10)
        with pytest.raises(OSError, match="in use"):
            other.bind(closed.endpoint)


def test_a_client_that_leaves_early_is_not_an_error() -> None:
    """A client that sends less than one record is recorded, and is not an error of the server."""
    for make in (AlertServer, CloseMidHandshake, Garbage, PlainHTTP, Tarpit):
        with make() as server:
            with socket.create_connection(server.endpoint) as plain:
                plain.sendall(b"\x16\x03")
            server.wait_closed()
            assert server.received == b"\x16\x03"
            assert server.errors == []
