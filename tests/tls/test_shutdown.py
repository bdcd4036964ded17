"""After ``shutdown(SHUT_RD)`` ssl has no TLS object and sends in the clear, but a pinned socket does not."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from pinsmith.tls._guarded import GuardedSSLSocket
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import SECRET
from tests.tls.pki import HOST
from tests.tls.way import CLEAR_WRITES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.tls.conftest import MakeContext
    from tests.tls.pki import PKI


class Subclassed(GuardedSSLSocket):
    """A subclass, which keeps its class after the judgement."""


@pytest.fixture(params=["explicit", "subclass", "injected"])
def pinned(
    request: pytest.FixtureRequest, pki: PKI, context: MakeContext, plain_context: ssl.SSLContext
) -> Iterator[ssl.SSLContext]:
    """Return contexts of our own, and a plain one in a process with pins."""
    if request.param == "injected":
        inject(pki.policy())
        yield plain_context
        extract()
        return
    made = context()
    if request.param == "subclass":
        made.sslsocket_class = Subclassed
    yield made


def wire_after(context: ssl.SSLContext, identity: Path, way: Callable[[ssl.SSLSocket], object]) -> bytes:
    """Do the handshake, shut down the reading side, write, and return the bytes on the wire after the handshake."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(identity)
    server.num_tickets = 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        plain = socket.create_connection(listener.getsockname(), timeout=10)
        peer, _ = listener.accept()
    with peer:
        peer.settimeout(10)
        with context.wrap_socket(plain, server_hostname=HOST, do_handshake_on_connect=False) as tls:
            _shake(tls, server, peer)
            tls.shutdown(socket.SHUT_RD)
            with suppress(ssl.SSLError):
                way(tls)
        wire = b""
        with suppress(ConnectionResetError):
            while piece := peer.recv(65536):
                wire += piece
        return wire


def _shake(tls: ssl.SSLSocket, server: ssl.SSLContext, peer: socket.socket) -> None:
    """Act as the server over memory BIOs, so that the raw bytes on the wire can be read afterwards."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    end = server.wrap_bio(incoming, outgoing, server_side=True)
    tls.setblocking(False)  # noqa: FBT003 - as in socket
    done = False
    while True:
        with suppress(ssl.SSLWantReadError):
            tls.do_handshake()
            done = True
        peer.setblocking(False)  # noqa: FBT003
        with suppress(BlockingIOError):
            incoming.write(peer.recv(65536))
        with suppress(ssl.SSLWantReadError):
            end.do_handshake()
            if done:
                break
        peer.setblocking(True)  # noqa: FBT003
        peer.sendall(outgoing.read())
    peer.settimeout(10)
    tls.settimeout(10)


@pytest.fixture
def identity(pki: PKI, tmp_path: Path) -> Path:
    """Write the pinned leaf and its key to a file."""
    path = tmp_path / "server.pem"
    path.write_bytes(pki.leaf.private_pem() + pki.leaf.presented_pem().encode("ascii"))
    return path


@pytest.mark.parametrize("way", CLEAR_WRITES)
def test_nothing_is_sent_in_the_clear(pinned: ssl.SSLContext, identity: Path, way: str) -> None:
    """Each way to write raises an error instead."""
    assert SECRET not in wire_after(pinned, identity, CLEAR_WRITES[way])


def test_plain_ssl_sends_in_the_clear(plain_context: ssl.SSLContext, identity: Path) -> None:
    """The control: the secret is on the wire in the clear."""
    assert SECRET in wire_after(plain_context, identity, CLEAR_WRITES["sendall"])


def test_the_error_gives_the_reason(pinned: ssl.SSLContext, identity: Path) -> None:
    """The error names the shutdown to the caller."""

    def send(tls: ssl.SSLSocket) -> None:
        with pytest.raises(ssl.SSLEOFError, match=r"TLS ended with shutdown\(SHUT_RD\)"):
            tls.sendall(SECRET)

    wire_after(pinned, identity, send)
