"""The record of one connection, and the sockets that write it."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from pinsmith.lab.servers.received import Quota, Received, Records

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography import x509

Result = TypeVar("Result")

_FAREWELL_SECONDS: Final = 0.5


@dataclass(eq=False)
class RecordedConnection:
    """The behaviour of one client. Grows while the connection is open, and is final when `ended` is set."""

    peer: tuple[str, int]
    """The client's address and port."""

    greeted: bool = False
    """Whether the client began a handshake, and did not only try whether the port is open."""

    has_spoken: bool = False
    """Whether the client sent any bytes, such as a ClientHello."""

    handshaken: bool = False
    """Whether the server completed the handshake."""

    handshake_error: OSError | None = None
    """The reason if not, often an alert of the client."""

    server_name: str | None = None
    """The SNI, as the client sent it."""

    client_certificate: x509.Certificate | None = None
    alpn: str | None = None
    session_reused: bool = False

    tls_version: str | None = None
    """The version as `ssl.SSLSocket.version` spells it: ``TLSv1.3``."""

    end_error: OSError | None = None
    """The error with which it ended after the handshake: a reset, or an alert of the client."""

    ended: bool = False

    quota: Quota = field(default_factory=Quota, repr=False)
    """The quota that all connections of a server share."""

    _records: Records = field(default_factory=Records, repr=False)

    def __post_init__(self) -> None:
        """Begin without bytes."""
        self._plain = Received(self.quota)
        self._application = Received(self.quota)
        self._stray = Received(self.quota)

    @property
    def plain_bytes(self) -> bytes:
        """The bytes before TLS, in the clear, as far as they were read; if there are many, the first ones."""
        return bytes(self._plain)

    @property
    def application_bytes(self) -> bytes:
        """The bytes inside TLS, decrypted; if there are many, the first ones."""
        return bytes(self._application)

    @property
    def stray_bytes(self) -> bytes:
        """The bytes in the clear instead of TLS; if there are many, the first ones."""
        return bytes(self._stray)

    @property
    def plain_size(self) -> int:
        """The number of bytes before TLS, including those that were not kept."""
        return self._plain.size

    @property
    def application_size(self) -> int:
        """The number of bytes inside TLS, including those that were not kept."""
        return self._application.size

    @property
    def stray_size(self) -> int:
        """The number of bytes in the clear instead of TLS, including those that were not kept."""
        return self._stray.size

    @property
    def size(self) -> int:
        """The number of all bytes, in the clear and inside TLS."""
        return self.plain_size + self.application_size + self.stray_size

    def add_plain(self, received: bytes | memoryview) -> None:
        """Note bytes in the clear."""
        self.has_spoken = self.has_spoken or bool(received)
        self._plain.add(received)

    def add_application(self, received: bytes | memoryview) -> None:
        """Note bytes inside TLS."""
        self._application.add(received)

    def add_wire(self, received: bytes) -> None:
        """Note encrypted bytes. Those that are not TLS are in the clear."""
        self.has_spoken = self.has_spoken or bool(received)
        self._stray.add(self._records.add(received))


class PlainSocket(socket.socket):
    """Records bytes that are received in the clear."""

    record: RecordedConnection

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


class TLSObject(ssl.SSLObject):
    """A TLS object with its record, which the SNI callback needs."""

    record: RecordedConnection


class SecureSocket(socket.socket):
    """
    The server side of a TLS connection, which records decrypted bytes.

    It is not an `ssl.SSLSocket`, for two reasons. The unwrap() of that drops bytes that the client
    has sent. And it may not read the last bytes of a client that is gone if it cannot send to that
    client. A judge of leaks must not lose any of these bytes.
    """

    record: RecordedConnection
    tls: TLSObject
    """The TLS object, for `version`, `getpeercert` and so on."""

    _incoming: ssl.MemoryBIO
    _outgoing: ssl.MemoryBIO

    @classmethod
    def over(cls, plain: PlainSocket, context: ssl.SSLContext) -> SecureSocket:
        """Take over the connection of *plain*, before the handshake."""
        secure = cls(fileno=plain.detach())
        secure.record = plain.record
        secure._incoming = ssl.MemoryBIO()
        secure._outgoing = ssl.MemoryBIO()
        wrapped = context.wrap_bio(secure._incoming, secure._outgoing, server_side=True)
        secure.tls = cast("TLSObject", wrapped)
        secure.tls.record = plain.record
        return secure

    def do_handshake(self) -> None:
        """Complete the handshake. If it fails, the alert is sent first."""
        self._drive(self.tls.do_handshake)

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receive bytes inside TLS. Returns no bytes after the client has left, with or without notice."""
        if flags:
            raise ValueError("flags are not supported with TLS")
        try:
            received = self._drive(lambda: self.tls.read(bufsize))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        self.record.add_application(received)
        return received

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0, /) -> int:  # noqa: ANN401 - as in socket
        """Receive into *buffer*; see `recv`."""
        view = memoryview(buffer).cast("B")
        received = self.recv(nbytes or len(view), flags)
        view[: len(received)] = received
        return len(received)

    def send(self, payload: Any, flags: int = 0, /) -> int:  # noqa: ANN401 - as in socket
        """Send all of *payload*."""
        self.sendall(payload, flags)
        return memoryview(payload).nbytes

    def sendall(self, payload: Any, flags: int = 0, /) -> None:  # noqa: ANN401 - as in socket
        """Send *payload* inside TLS."""
        if flags:
            raise ValueError("flags are not supported with TLS")
        view = memoryview(payload).cast("B")
        while view:
            view = view[self.tls.write(view) :]
        super().sendall(self._outgoing.read())

    def say_goodbye(self) -> None:
        """Send close_notify and FIN. Bytes can still be received."""
        # unwrap() would drop bytes that have not been read.
        with suppress(ssl.SSLError):
            while received := self.tls.read(65536):
                self.record.add_application(received)
        with suppress(ssl.SSLError):
            self.tls.unwrap()
        self._flush()
        end_sending(self)

    def _drive(self, step: Callable[[], Result]) -> Result:
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                pass
            finally:
                self._flush()
            if received := super().recv(65536):
                self.record.add_wire(received)
                self._incoming.write(received)
            else:
                self._incoming.write_eof()

    def _flush(self) -> None:
        # If the client is gone, reading finds its last bytes, and then the end.
        with suppress(OSError):
            if self._outgoing.pending:
                super().sendall(self._outgoing.read())


def end_sending(sock: socket.socket) -> None:
    """Send FIN, without a TLS message. Bytes can still be received."""
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_WR)


def take_leave(sock: socket.socket, record: RecordedConnection) -> None:
    """
    End a connection on which TLS has failed, and note bytes that the client still sends in the clear.

    Does not wait for a client that neither sends nor leaves.
    """
    end_sending(sock)
    with suppress(OSError):
        sock.settimeout(_FAREWELL_SECONDS)
        while received := socket.socket.recv(sock, 65536):
            record.add_wire(received)
