"""The record of one connection, and the sockets that write it."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography import x509


@dataclass(eq=False)
class Connection:
    """What one client did. Grows while the connection lives; final once `ended`."""

    peer: tuple[str, int]
    """The client's address and port."""

    handshaken: bool = False
    """Whether the server saw the handshake through."""

    handshake_error: OSError | None = None
    """Why not: often the alert that the client sent."""

    server_name: str | None = None
    """The SNI, as the client sent it."""

    client_certificate: x509.Certificate | None = None
    alpn: str | None = None
    session_reused: bool = False

    tls_version: str | None = None
    """As `ssl.SSLSocket.version` spells it: ``TLSv1.3``."""

    end_error: OSError | None = None
    """How it ended after the handshake, if not in good order: a reset, or the client's alert."""

    ended: bool = False
    _plain: bytearray = field(default_factory=bytearray, repr=False)
    _application: bytearray = field(default_factory=bytearray, repr=False)

    @property
    def plain_bytes(self) -> bytes:
        """What the client sent before TLS, in the clear, as far as it was read."""
        return bytes(self._plain)

    @property
    def application_bytes(self) -> bytes:
        """What the client sent inside TLS, decrypted."""
        return bytes(self._application)

    def add_plain(self, received: bytes | memoryview) -> None:
        """Note what came in the clear."""
        self._plain += received

    def add_application(self, received: bytes | memoryview) -> None:
        """Note what came inside TLS."""
        self._application += received


class PlainSocket(socket.socket):
    """Records what is received in the clear."""

    record: Connection

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receive and record; a peek is not recorded."""
        received = super().recv(bufsize, flags)
        if not flags & socket.MSG_PEEK:
            self.record.add_plain(received)
        return received

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0, /) -> int:  # noqa: ANN401 - as in socket
        """Receive and record; a peek is not recorded."""
        count = super().recv_into(buffer, nbytes, flags)
        if not flags & socket.MSG_PEEK:
            self.record.add_plain(memoryview(buffer)[:count])
        return count


class SecureSocket(ssl.SSLSocket):
    """Records what is decrypted, whoever reads it: every receiving method goes through `read`."""

    record: Connection

    def read(self, len: int = 1024, buffer: Any = None) -> Any:  # noqa: A002, ANN401 - as in ssl
        """Decrypt and record."""
        received: Any = super().read(len, buffer)  # bytes, or a count if there is a buffer
        self.record.add_application(received if buffer is None else memoryview(buffer)[:received])
        return received


def say_goodbye(sock: socket.socket) -> None:
    """End the sending side: close_notify if it is TLS, then FIN. What comes in can still be read."""
    if isinstance(sock, ssl.SSLSocket):
        before = sock.gettimeout()
        sock.settimeout(0)  # or unwrap() would wait for the client's own close_notify
        with suppress(OSError):
            sock.unwrap()
        sock.settimeout(before)
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_WR)
