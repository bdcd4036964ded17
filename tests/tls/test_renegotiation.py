"""TLS 1.2 lets the server change its certificate in the middle of a connection, long after the judgement."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Chain
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.tls._chain import presented_ders
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import SECRET, Memory, gently
from tests.tls.pki import HOST, PKI
from tests.tls.renegotiating import ANSWER, CHANGED, RenegotiatingServer

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from tests.tls.conftest import MakeContext


@pytest.fixture
def server(pki: PKI) -> Iterator[RenegotiatingServer]:
    """Begin as the good server and go on as the rogue."""
    with RenegotiatingServer(pki.leaf, pki.rogue) as server:
        yield server


def begin(server: RenegotiatingServer, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Connect and exchange the first messages."""
    import socket

    plain: socket.socket = socket.create_connection(server.endpoint, timeout=10)
    tls = context.wrap_socket(plain, server_hostname=HOST)
    tls.sendall(b"hello")
    assert tls.recv(100) == ANSWER
    return tls


def expect_refusal(server: RenegotiatingServer, context: ssl.SSLContext) -> None:
    """State that the connection ends where the certificate would change."""
    with gently(begin(server, context)) as tls:
        with pytest.raises(ssl.SSLError):
            tls.recv(100)
        with pytest.raises((ssl.SSLError, BrokenPipeError)):
            tls.sendall(SECRET)
    server.wait_closed()
    assert server.received == [b"hello"]


def test_plain_tls_goes_along(pki: PKI, plain_context: ssl.SSLContext, server: RenegotiatingServer) -> None:
    """The hole itself: inside a read the certificate becomes the rogue's, and the next message goes there."""
    with gently(begin(server, plain_context)) as tls:
        assert tls.recv(100) == CHANGED
        leaf = Chain.of_der(presented_ders(tls)).leaf
        assert leaf is not None
        assert str(leaf.pin) == pki.rogue.pin
        tls.sendall(SECRET)
    server.wait_closed()
    assert server.received == [b"hello", SECRET]


def test_a_pinned_connection_does_not(context: MakeContext, server: RenegotiatingServer) -> None:
    """The connection ends instead."""
    expect_refusal(server, context())


def test_not_even_when_the_options_were_cleared(context: MakeContext, server: RenegotiatingServer) -> None:
    """Writing the options cannot bring renegotiation back."""
    pinned = context()
    pinned.options = 0
    pinned.options &= ~ssl.OP_NO_RENEGOTIATION
    expect_refusal(server, pinned)


def test_a_pins_only_connection_does_not(pki: PKI, context: MakeContext, server: RenegotiatingServer) -> None:
    """The context within, which verifies nothing, has the same option, cleared or not."""
    key = Key("leaf", Pin.parse(pki.leaf.pin))
    pinned = context(Policy((HostPins(HOST, (key,), trust="pins-only"),)))
    pinned.options = 0
    expect_refusal(server, pinned)


def test_a_memory_connection_does_not(context: MakeContext, server: RenegotiatingServer) -> None:
    """The same for memory BIOs."""
    with Memory(server, context()) as memory:
        memory.run("write", b"hello")
        assert memory.run("read", 100) == ANSWER
        with pytest.raises(ssl.SSLError):
            memory.run("read", 100)
    server.wait_closed()
    assert server.received == [b"hello"]


def test_a_process_with_pins_does_not(pki: PKI, plain_context: ssl.SSLContext, server: RenegotiatingServer) -> None:
    """With an injected policy, contexts that existed before it do not renegotiate either."""
    assert not plain_context.options & ssl.OP_NO_RENEGOTIATION
    inject(pki.policy())
    try:
        expect_refusal(server, plain_context)
    finally:
        extract()
