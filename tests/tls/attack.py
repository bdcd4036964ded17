"""The steps that enforcement tests repeat: connect, send the secret, and check that it did not arrive."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self, TypeVar

import pytest

from pinsmith.errors import EnforcementError
from tests.tls.pki import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.servers.listener import Listener
    from pinsmith.lab.servers.server import RecordingServer

Expected = type[BaseException] | tuple[type[BaseException], ...]
T = TypeVar("T", bound=socket.socket)
SECRET = b"GET /secret HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer SECRET\r\n\r\n"


def dial(server: Listener) -> socket.socket:
    """Connect without TLS."""
    return socket.create_connection(server.endpoint, timeout=10)


@contextmanager
def gently(tls: T) -> Iterator[T]:
    """
    Close *tls* without losing bytes that it has sent.

    A socket that is closed with unread bytes resets the connection, and then the server might never receive a leak.
    """
    try:
        yield tls
    finally:
        drain(tls)
        tls.close()


def drain(sock: socket.socket) -> None:
    """End the sending side, below TLS, and wait until the server ends too."""
    with suppress(OSError):
        socket.socket.settimeout(sock, 10)
        socket.socket.shutdown(sock, socket.SHUT_WR)
        while socket.socket.recv(sock, 65536):
            pass


@contextmanager
def connected(
    server: RecordingServer, context: ssl.SSLContext, name: str | None = HOST, **options: object
) -> Iterator[ssl.SSLSocket]:
    """Connect, and complete the handshake unless *options* postpone it."""
    with dial(server) as plain, gently(context.wrap_socket(plain, server_hostname=name, **options)) as tls:  # type: ignore[arg-type]
        yield tls


def ask(server: RecordingServer, context: ssl.SSLContext, name: str | None = HOST) -> bytes:
    """Send the secret and return the first part of the answer."""
    with connected(server, context, name) as tls:
        tls.sendall(SECRET)
        return tls.recv(4096)


def silent(server: RecordingServer) -> bool:
    """Return whether *server* was reached but received no application byte, after all connections have ended."""
    return bool(server.settled()) and server.received == b""


@contextmanager
def refused(
    server: RecordingServer, expected: Expected = EnforcementError, match: str | None = None
) -> Iterator[pytest.ExceptionInfo[BaseException]]:
    """Require that the block raises *expected*, and that *server* was reached but received no byte."""
    with pytest.raises(expected, match=match) as caught:
        yield caught
    assert silent(server)


class Memory:
    """A client that runs TLS through memory BIOs over a real socket, as asyncio, trio and proxies with TLS do."""

    def __init__(
        self, server: Listener, context: ssl.SSLContext, name: str | None = HOST, session: object = None
    ) -> None:
        self._plain = dial(server)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name, session=session)  # type: ignore[arg-type]
        except BaseException:
            self._plain.close()
            raise

    def run(self, method: str, *args: object) -> object:
        """Call a method of the `ssl.SSLObject`, and move bytes until it succeeds; send all bytes that it produces."""
        while True:
            try:
                return getattr(self.tls, method)(*args)
            except ssl.SSLWantReadError:
                self.flush()
                received = self._plain.recv(65536)
                if received:
                    self._incoming.write(received)
                else:
                    self._incoming.write_eof()
            finally:
                self.flush()

    def flush(self) -> None:
        """Send the bytes that the TLS object has produced."""
        self._plain.sendall(self._outgoing.read())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        drain(self._plain)
        self._plain.close()
