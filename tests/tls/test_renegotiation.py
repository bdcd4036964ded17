"""
In TLS 1.2 a server can change its certificate in the middle of a connection, after the judgement.

The server asks for it at once, so a client that reads first gets the request before it has sent anything.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Chain
from pinsmith.lab.servers.renegotiating import RenegotiatingServer
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.tls._chain import presented_ders
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import SECRET, Memory, dial, gently
from tests.tls.pki import HOST, PKI

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.tls.conftest import MakeContext

FIRST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def server(pki: PKI) -> Iterator[RenegotiatingServer]:
    """Start a server that begins as the good one and continues as the rogue."""
    with RenegotiatingServer(pki.leaf, pki.rogue) as server:
        yield server


def begin(server: RenegotiatingServer, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Connect and send a first request, with the first certificate."""
    tls = context.wrap_socket(dial(server), server_hostname=HOST)
    tls.sendall(FIRST)
    return tls


def expect_refusal(server: RenegotiatingServer, context: ssl.SSLContext) -> None:
    """Require that the connection ends where the certificate would change, whether bytes were sent before or not."""
    with gently(begin(server, context)) as tls:
        with pytest.raises(ssl.SSLError):
            tls.recv(4096)
        with pytest.raises((ssl.SSLError, BrokenPipeError)):
            tls.sendall(SECRET)
    server.wait_closed()
    assert server.received == FIRST
    with gently(context.wrap_socket(dial(server), server_hostname=HOST)) as tls:
        with pytest.raises(ssl.SSLError):
            tls.recv(4096)
        with pytest.raises((ssl.SSLError, BrokenPipeError)):
            tls.sendall(SECRET)
    server.wait_closed()
    assert server.received == FIRST
    assert [connection.handshaken for connection in server.connections] == [True, True]


def test_plain_tls_renegotiates(pki: PKI, plain_context: ssl.SSLContext, server: RenegotiatingServer) -> None:
    """The weakness itself: during a read the certificate becomes the rogue's, which then gets the next message."""
    with gently(begin(server, plain_context)) as tls:
        assert tls.recv(4096).startswith(b"HTTP/1.1 302 ")
        leaf = Chain.of_der(presented_ders(tls)).leaf
        assert leaf is not None
        assert str(leaf.pin) == pki.rogue.pin
        tls.sendall(SECRET)
    server.wait_closed()
    assert server.received == FIRST + SECRET
    assert server.disclosed == SECRET


def test_plain_tls_renegotiates_before_it_sends(plain_context: ssl.SSLContext, server: RenegotiatingServer) -> None:
    """If the client reads first, even its first message goes to the rogue."""
    with gently(plain_context.wrap_socket(dial(server), server_hostname=HOST)) as tls:
        tls.settimeout(0)
        with pytest.raises(ssl.SSLWantReadError):
            tls.recv(1)
        tls.settimeout(10)
        tls.sendall(SECRET)
    server.wait_closed()
    assert server.disclosed == SECRET


def test_a_pinned_connection_ends(context: MakeContext, server: RenegotiatingServer) -> None:
    """A pinned connection ends instead of accepting another certificate."""
    expect_refusal(server, context())


def test_clearing_the_options_changes_nothing(context: MakeContext, server: RenegotiatingServer) -> None:
    """Writing the options cannot enable renegotiation."""
    pinned = context()
    pinned.options = 0
    pinned.options &= ~ssl.OP_NO_RENEGOTIATION
    expect_refusal(server, pinned)


def test_a_pins_only_connection_ends(pki: PKI, context: MakeContext, server: RenegotiatingServer) -> None:
    """The inner context, which verifies nothing, has the same option, even after it was cleared."""
    key = Key("leaf", Pin.parse(pki.leaf.pin))
    pinned = context(Policy((HostPins(HOST, (key,), trust="pins-only"),)))
    pinned.options = 0
    expect_refusal(server, pinned)


@pytest.mark.parametrize("first", [FIRST, b""], ids=["sends", "reads"])
def test_a_memory_connection_ends(context: MakeContext, server: RenegotiatingServer, first: bytes) -> None:
    """A memory-BIO connection ends too, whether the client reads or writes first."""
    with Memory(server, context()) as memory:
        if first:
            memory.run("write", first)
        with pytest.raises(ssl.SSLError):
            memory.run("read", 100)
        with pytest.raises(ssl.SSLError):
            memory.run("write", SECRET)
    server.wait_closed()
    assert server.received == first


def test_a_connection_of_a_process_with_pins_ends(
    pki: PKI, plain_context: ssl.SSLContext, server: RenegotiatingServer
) -> None:
    """With an injected policy, contexts that existed before do not renegotiate either."""
    assert not plain_context.options & ssl.OP_NO_RENEGOTIATION
    inject(pki.policy())
    try:
        expect_refusal(server, plain_context)
    finally:
        extract()
