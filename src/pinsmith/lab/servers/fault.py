"""Servers with one fault each in TLS. All of them record the bytes of clients, and stop by themselves."""

from __future__ import annotations

import socket
import struct
import sys
from typing import Self

from pinsmith.lab.servers.connection import PlainSocket, RecordedConnection, end_sending
from pinsmith.lab.servers.listener import Link, Listener
from pinsmith.lab.servers.received import Records
from pinsmith.lab.servers.speaker import http_speaker

HANDSHAKE_FAILURE = 40  # RFC 8446 6
_HANDSHAKE_RECORD = 0x16


class Fault(Listener):
    """Base of the faulty servers, which call `misbehave` with the plain socket of every connection."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self._connections: list[RecordedConnection] = []
        super().__init__(address)

    @property
    def connections(self) -> tuple[RecordedConnection, ...]:
        """All connections so far, in order. Their bytes are in `plain_bytes`."""
        with self._changed:
            return tuple(self._connections)

    @property
    def received(self) -> bytes:
        """All bytes of all connections so far, including the ClientHello."""
        return b"".join(connection.plain_bytes for connection in self.connections)

    @property
    def disclosed(self) -> bytes:
        """The bytes of clients that were not TLS."""
        return b"".join(Records().add(connection.plain_bytes) for connection in self.connections)

    @property
    def disclosed_size(self) -> int:
        """The number of these bytes, as far as they were kept."""
        return len(self.disclosed)

    def misbehave(self, sock: PlainSocket) -> None:
        """Do the wrong thing. The socket is closed afterwards."""
        raise NotImplementedError

    def _serve(self, link: Link, accepted: socket.socket) -> None:
        record = RecordedConnection(link.peer, quota=self.quota)
        with self._changed:
            self._connections.append(record)
        plain = PlainSocket(fileno=accepted.detach())
        plain.record = record
        link.adopt(plain)
        try:
            self.misbehave(plain)
        except OSError as error:
            record.end_error = error.with_traceback(None)
        finally:
            record.ended = True


class Tarpit(Fault):
    """Accepts, reads and never answers, so that clients without a time limit hang."""

    def misbehave(self, sock: PlainSocket) -> None:
        """Read until the client gives up."""
        _drain(sock)


class PlainHTTP(Fault):
    """
    Speaks HTTP instead of TLS.

    It answers a ClientHello with 400, like web servers, and a request in the clear with 200, so
    that `received` shows a client that falls back to plain HTTP.
    """

    def misbehave(self, sock: PlainSocket) -> None:
        """Answer in the clear."""
        if _starts_tls(sock):
            _read_record(sock)
            sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        else:
            http_speaker(sock, sock.record)
        end_sending(sock)
        _drain(sock)


class Garbage(Fault):
    """Answers the first bytes, usually a ClientHello, with bytes that are not TLS."""

    def misbehave(self, sock: PlainSocket) -> None:
        """Send nonsense."""
        if _starts_tls(sock):
            _read_record(sock)
        else:
            sock.recv(65536)
        sock.sendall(bytes(range(255, -1, -1)))
        end_sending(sock)
        _drain(sock)


class AlertServer(Fault):
    """Answers the ClientHello with a fatal alert."""

    def __init__(self, description: int = HANDSHAKE_FAILURE, *, address: str = "127.0.0.1") -> None:
        """
        Listen.

        Args:
            description: The alert's number, of :rfc:`8446#section-6`.

            address: An IP address of the loopback.
        """
        self._alert = bytes([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, description])
        super().__init__(address)

    def misbehave(self, sock: PlainSocket) -> None:
        """Send the alert."""
        _read_record(sock)
        sock.sendall(self._alert)
        end_sending(sock)
        _drain(sock)


class CloseMidHandshake(Fault):
    """Begins a ServerHello and closes in the middle of it."""

    def __init__(self, *, reset: bool = False, address: str = "127.0.0.1") -> None:
        """
        Listen.

        Args:
            reset: End with RST instead of FIN.

            address: An IP address of the loopback.
        """
        self._reset = reset
        super().__init__(address)

    def misbehave(self, sock: PlainSocket) -> None:
        """Send the first bytes of a ServerHello of 118, then leave."""
        _read_record(sock)
        sock.sendall(bytes.fromhex("160303007a020000760303"))
        if self._reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _linger_zero())
            return
        end_sending(sock)
        _drain(sock)


class ClosedPort:
    """A port without a listener. It is held, so that no other program can listen there."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.address = address
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._held = socket.socket(family, socket.SOCK_STREAM)
        self._held.bind((address, 0))
        self.port: int = self._held.getsockname()[1]

    @property
    def endpoint(self) -> tuple[str, int]:
        """Address and port, as `socket.create_connection` takes them."""
        return self.address, self.port

    def close(self) -> None:
        """Release the port."""
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _drain(sock: socket.socket) -> None:
    while sock.recv(65536):
        pass


def _starts_tls(sock: socket.socket) -> bool:
    return sock.recv(1, socket.MSG_PEEK) == bytes([_HANDSHAKE_RECORD])


def _read_record(sock: socket.socket) -> None:
    # Unread bytes would turn the FIN into a RST, which could lose a response.
    header = _read_exactly(sock, 5)
    _read_exactly(sock, int.from_bytes(header[3:5]))


def _read_exactly(sock: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        chunk = sock.recv(count - len(received))
        if not chunk:
            raise ConnectionResetError("the client left before its first record was complete")
        received += chunk
    return received


def _linger_zero() -> bytes:
    return struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
