"""A server that changes its identity: TLS goes on, and bytes sent after the change are recorded separately."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Certificate
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.renegotiating import BAIT, RenegotiatingServer
from tests.lab.client import REQUEST, connected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.pki.identity import Identity

NAME = "api.example.com"
AGAIN = REQUEST.replace(b"/secret", BAIT.encode())


@pytest.fixture(scope="module")
def root() -> Authority:
    """Make the root that every client here trusts."""
    return Authority.root()


@pytest.fixture(scope="module")
def before(root: Authority) -> Identity:
    """Make the first identity."""
    return root.intermediate().issue(NAME)


@pytest.fixture(scope="module")
def after(root: Authority) -> Identity:
    """Make the identity after the change."""
    return root.issue(NAME)


@pytest.fixture
def server(before: Identity, after: Identity) -> Iterator[RenegotiatingServer]:
    """Start the server."""
    with RenegotiatingServer(before, after) as server:
        yield server


@contextmanager
def client(server: RenegotiatingServer, root: Authority, options: ssl.Options | int = 0) -> Iterator[ssl.SSLSocket]:
    """Connect as a client that verifies the chain."""
    context = ssl.create_default_context(cadata=root.pem)
    context.options |= options
    with connected(server.endpoint, context, NAME) as tls:
        yield tls


def leaf(tls: ssl.SSLSocket) -> str:
    """Return the pin of the server's current certificate."""
    return str(Certificate(tls.getpeercert(binary_form=True) or b"").pin)


def test_a_client_that_sends_first_is_led_to_a_second_request(
    server: RenegotiatingServer, root: Authority, before: Identity, after: Identity
) -> None:
    """The first request goes to the first identity, the second to the other; only the second is disclosed."""
    with client(server, root) as tls:
        assert leaf(tls) == before.pin
        tls.sendall(REQUEST)
        answer = tls.recv(4096)
        assert answer.startswith(b"HTTP/1.1 302 ")
        assert f"Location: https://{NAME}{BAIT}\r\n".encode() in answer
        assert leaf(tls) == after.pin
        tls.sendall(AGAIN)
        assert tls.recv(4096).startswith(b"HTTP/1.1 200 ")
    server.wait_closed()
    assert server.received == REQUEST + AGAIN
    assert server.disclosed == AGAIN
    assert server.connections[0].renegotiated


def test_a_client_that_reads_first_sends_its_first_request_to_the_other_identity(
    server: RenegotiatingServer, root: Authority, after: Identity
) -> None:
    """The request to renegotiate comes with the end of the first handshake, so a client that reads first sees it."""
    with client(server, root) as tls:
        tls.settimeout(0)
        with pytest.raises(ssl.SSLWantReadError):
            tls.recv(1)
        tls.settimeout(10)
        tls.sendall(REQUEST)
        assert tls.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert leaf(tls) == after.pin
    server.wait_closed()
    assert server.disclosed == REQUEST


def test_a_client_that_refuses_discloses_nothing(server: RenegotiatingServer, root: Authority) -> None:
    """The connection ends, and the request before went to the genuine identity."""
    with client(server, root, ssl.OP_NO_RENEGOTIATION) as tls:
        tls.sendall(REQUEST)
        with pytest.raises(ssl.SSLError):
            tls.recv(4096)
    server.wait_closed()
    assert server.disclosed == b""
    assert server.received == REQUEST
    assert not server.connections[0].renegotiated


def test_a_client_that_ignores_the_renegotiation_is_answered(server: RenegotiatingServer, root: Authority) -> None:
    """RFC 5246 section 7.4.1.1 allows that: such a client stays with the first identity, and does not hang."""
    with client(server, root) as tls:
        tls.sendall(REQUEST)
        # OpenSSL cannot ignore it, but raw bytes can be left unread. The answer is longer than the HelloRequest.
        with socket.socket(fileno=tls.detach()) as plain:
            plain.settimeout(10)
            received = b""
            while len(received) < 120:
                received += plain.recv(65536)
    server.wait_closed()
    assert server.disclosed == b""
    assert server.received == REQUEST


def test_a_client_on_a_new_connection_gets_its_answer(server: RenegotiatingServer, root: Authority) -> None:
    """A client that follows the redirect on a new connection gets an answer and not another redirect."""
    with client(server, root) as tls:
        tls.sendall(AGAIN)
        assert tls.recv(4096).startswith(b"HTTP/1.1 200 ")
    server.wait_closed()
    assert server.disclosed == b""


def test_a_client_that_asks_to_close_is_not_renegotiated(server: RenegotiatingServer, root: Authority) -> None:
    """A client that reads until the end of the connection does not hang, and is not led to a second request."""
    with client(server, root) as tls:
        tls.sendall(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        answer = b""
        while received := tls.recv(4096):
            answer += received
    assert answer.startswith(b"HTTP/1.1 302 ")
    server.wait_closed()
    assert server.disclosed == b""


def test_a_client_that_leaves_at_once_causes_no_error(server: RenegotiatingServer) -> None:
    """A connection without a handshake is recorded and is not an error of the server."""
    socket.create_connection(server.endpoint).close()
    server.wait_closed()
    assert not server.errors
    assert server.connections[0].end_error is not None
