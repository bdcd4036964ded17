"""A plain TLS client: the ssl module on a loopback socket."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.pki.authority import Authority

REQUEST = b"GET /secret HTTP/1.1\r\nHost: api.example.com\r\n\r\n"


def trusting(authority: Authority) -> ssl.SSLContext:
    """Make a client context that trusts one root and verifies as strictly as OpenSSL can."""
    context = ssl.create_default_context(cadata=authority.pem)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


@contextmanager
def connected(
    endpoint: tuple[str, int],
    context: ssl.SSLContext,
    name: str = "api.example.com",
    session: ssl.SSLSession | None = None,
) -> Iterator[ssl.SSLSocket]:
    """Connect and complete the handshake."""
    with (
        socket.create_connection(endpoint, timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name, session=session) as secure,
    ):
        yield secure


def ask(endpoint: tuple[str, int], context: ssl.SSLContext, name: str = "api.example.com") -> bytes:
    """Send one request and return the first part of the answer."""
    with connected(endpoint, context, name) as secure:
        secure.sendall(REQUEST)
        return secure.recv(4096)


class Tunnelled:
    """TLS over any socket, even over one that already speaks TLS, which wrap_socket cannot do."""

    def __init__(self, outer: socket.socket, context: ssl.SSLContext, name: str) -> None:
        """Complete the handshake over *outer*."""
        self._outer = outer
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.inner = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        while True:
            try:
                self.inner.do_handshake()
            except ssl.SSLWantReadError:
                self._exchange()
            except ssl.SSLError:
                self._flush()
                raise
            else:
                self._flush()
                return

    def send(self, payload: bytes) -> None:
        """Send all of *payload*."""
        self.inner.write(payload)
        self._flush()

    def receive(self) -> bytes:
        """Return the next bytes, at most 64 KiB."""
        while True:
            try:
                return self.inner.read(65536)
            except ssl.SSLWantReadError:
                self._exchange()

    def _flush(self) -> None:
        self._outer.sendall(self._outgoing.read())

    def _exchange(self) -> None:
        self._flush()
        received = self._outer.recv(65536)
        if received:
            self._incoming.write(received)
        else:
            self._incoming.write_eof()
