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
    """What one client did. Grows while the connection lives; final once `ended`."""

    peer: tuple[str, int]
    """The client's address and port."""

    greeted: bool = False
    """Whether the client began a handshake: somebody who only looks whether the port is open does not."""

    has_spoken: bool = False
    """Whether anything came from the client at all, be it a ClientHello."""

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

    quota: Quota = field(default_factory=Quota, repr=False)
    """What all connections of a server share."""

    _records: Records = field(default_factory=Records, repr=False)

    def __post_init__(self) -> None:
        """Begin with nothing received."""
        self._plain = Received(self.quota)
        self._application = Received(self.quota)
        self._stray = Received(self.quota)

    @property
    def plain_bytes(self) -> bytes:
        """What the client sent before TLS, in the clear, as far as it was read; of much, the beginning."""
        return bytes(self._plain)

    @property
    def application_bytes(self) -> bytes:
        """What the client sent inside TLS, decrypted; of much, the beginning."""
        return bytes(self._application)

    @property
    def stray_bytes(self) -> bytes:
        """What the client sent in the clear where TLS was due; of much, the beginning."""
        return bytes(self._stray)

    @property
    def plain_size(self) -> int:
        """How many bytes came before TLS, those too that were not kept."""
        return self._plain.size

    @property
    def application_size(self) -> int:
        """How many bytes came inside TLS, those too that were not kept."""
        return self._application.size

    @property
    def stray_size(self) -> int:
        """How many bytes came in the clear where TLS was due, those too that were not kept."""
        return self._stray.size

    @property
    def size(self) -> int:
        """How many bytes came, in the clear and inside TLS."""
        return self.plain_size + self.application_size + self.stray_size

    def add_plain(self, received: bytes | memoryview) -> None:
        """Note what came in the clear."""
        self.has_spoken = self.has_spoken or bool(received)
        self._plain.add(received)

    def add_application(self, received: bytes | memoryview) -> None:
        """Note what came inside TLS."""
        self._application.add(received)

    def add_wire(self, received: bytes) -> None:
        """Note what came, still encrypted, where TLS is due: what is none is in the clear."""
        self.has_spoken = self.has_spoken or bool(received)
        self._stray.add(self._records.add(received))


class PlainSocket(socket.socket):
    """Records what is received in the clear."""

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
    """Knows its record, for the SNI callback."""

    record: RecordedConnection


class SecureSocket(socket.socket):
    """
    The server's end of a TLS connection; records what is decrypted.

    Not an `ssl.SSLSocket`, for two reasons. Its unwrap() reads, and drops what the client sent
    meanwhile; and what it cannot send, to a client that is gone, can keep it from reading what that
    client had sent before. A judge of leaks must lose neither.
    """

    record: RecordedConnection
    tls: TLSObject
    """For `version`, `getpeercert` and the like."""

    _incoming: ssl.MemoryBIO
    _outgoing: ssl.MemoryBIO

    @classmethod
    def over(cls, plain: PlainSocket, context: ssl.SSLContext) -> SecureSocket:
        """Take over the connection of *plain*; the handshake is still to come."""
        secure = cls(fileno=plain.detach())
        secure.record = plain.record
        secure._incoming = ssl.MemoryBIO()
        secure._outgoing = ssl.MemoryBIO()
        wrapped = context.wrap_bio(secure._incoming, secure._outgoing, server_side=True)
        secure.tls = cast("TLSObject", wrapped)
        secure.tls.record = plain.record
        return secure

    def do_handshake(self) -> None:
        """Shake hands; a refusal sends its alert first."""
        self._drive(self.tls.do_handshake)

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receive what the client sent inside TLS; empty once it has left, with or without notice."""
        if flags:
            raise ValueError("no flags with TLS")
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
            raise ValueError("no flags with TLS")
        view = memoryview(payload).cast("B")
        while view:
            view = view[self.tls.write(view) :]
        super().sendall(self._outgoing.read())

    def say_goodbye(self) -> None:
        """Send close_notify and FIN. What comes in can still be received."""
        # unwrap() must find nothing to read, or it would drop that.
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
        # If the client is gone, reading on finds what it sent before, and then says so.
        with suppress(OSError):
            if self._outgoing.pending:
                super().sendall(self._outgoing.read())


def end_sending(sock: socket.socket) -> None:
    """Send FIN, without a word of TLS. What comes in can still be received."""
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_WR)


def take_leave(sock: socket.socket, record: RecordedConnection) -> None:
    """
    Take leave of a client with which TLS has failed, and note what it says in the clear, if it does.

    A client that neither speaks nor leaves is not waited for.
    """
    end_sending(sock)
    with suppress(OSError):
        sock.settimeout(_FAREWELL_SECONDS)
        while received := socket.socket.recv(sock, 65536):
            record.add_wire(received)
