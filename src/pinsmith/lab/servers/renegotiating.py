"""
A TLS 1.2 server that changes its identity in the middle of a connection.

The ssl module cannot do that. pyOpenSSL can, and is imported when a server is made.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from pinsmith.lab.servers.connection import RecordedConnection, take_leave
from pinsmith.lab.servers.listener import Link, Listener
from pinsmith.lab.servers.received import Received
from pinsmith.lab.servers.speaker import BODY

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from OpenSSL import SSL

    from pinsmith.lab.pki.identity import Identity

    Result = TypeVar("Result")

BAIT: Final = "/renegotiated"
"""The target of the redirect, after which the client sends again."""

_PATIENCE_SECONDS: Final = 1.0
_END_OF_HEAD: Final = b"\r\n\r\n"
_LONGEST_HEAD: Final = 65536


@dataclass(eq=False)
class Renegotiation(RecordedConnection):
    """The behaviour of one client, before and after the certificate changed."""

    renegotiated: bool = False
    """Whether the client renegotiated."""

    def __post_init__(self) -> None:
        """Begin without bytes."""
        super().__post_init__()
        self._afterwards = Received(self.quota)

    @property
    def afterwards(self) -> bytes:
        """The bytes after the renegotiation, decrypted; if there are many, the first ones."""
        return bytes(self._afterwards)

    @property
    def afterwards_size(self) -> int:
        """The number of these bytes, including those that were not kept."""
        return self._afterwards.size

    def add_application(self, received: bytes | memoryview) -> None:
        """Note bytes inside TLS, and the certificate under which they came."""
        super().add_application(received)
        if self.renegotiated:
            self._afterwards.add(received)


class RenegotiatingServer(Listener):
    """
    Complete a handshake with one identity, and at once request a second handshake, with another identity.

    A client that reads before it sends, like those with an event loop, gets this request before its first HTTP request.
    Others read it with the response, which comes after the second handshake. The response is a redirect to the same
    host, on the same connection, so that a second HTTP request follows. A client that ignores the request for a second
    handshake gets a normal response.
    """

    def __init__(self, before: Identity, after: Identity, *, address: str = "127.0.0.1") -> None:
        """
        Listen.

        Args:
            before: Presented in the first handshake.

            after: Presented in the second.

            address: An IP address of the loopback.

        Raises:
            ImportError: if pyOpenSSL is not installed.
        """
        self._context = _context(before, after)
        self._after = after
        self._connections: list[Renegotiation] = []
        super().__init__(address)

    @property
    def connections(self) -> tuple[Renegotiation, ...]:
        """All connections so far, in order."""
        with self._changed:
            return tuple(self._connections)

    @property
    def received(self) -> bytes:
        """All application bytes so far, under both certificates."""
        return b"".join(connection.application_bytes for connection in self.connections)

    @property
    def disclosed(self) -> bytes:
        """The bytes of clients under the second certificate, or in the clear."""
        return b"".join(connection.afterwards + connection.stray_bytes for connection in self.connections)

    @property
    def disclosed_size(self) -> int:
        """The number of these bytes, including those that were not kept."""
        return sum(connection.afterwards_size + connection.stray_size for connection in self.connections)

    def _serve(self, link: Link, accepted: socket.socket) -> None:
        from OpenSSL import SSL

        record = Renegotiation(link.peer, quota=self.quota)
        with self._changed:
            self._connections.append(record)
        tls = SSL.Connection(self._context)
        tls.set_accept_state()
        conversation = _Conversation(tls, accepted, record)
        try:
            conversation.play(self._after)
        except (SSL.Error, OSError) as error:
            record.end_error = error if isinstance(error, OSError) else ConnectionError(repr(error))
            with suppress(OSError):
                conversation.flush()  # the alert
            take_leave(accepted, record)
        finally:
            record.ended = True


class _Conversation:
    """One connection. It moves bytes between socket and pyOpenSSL itself, to send related messages together."""

    def __init__(self, tls: SSL.Connection, sock: socket.socket, record: Renegotiation) -> None:
        self._tls = tls
        self._sock = sock
        self._record = record

    def play(self, after: Identity) -> None:
        self._drive(self._tls.do_handshake, flush=False)
        self._record.handshaken = True
        self._record.tls_version = self._tls.get_protocol_version_name()
        self._record.server_name = (self._tls.get_servername() or b"").decode("latin-1") or None
        self._tls.use_certificate(after.certificate)
        self._tls.use_privatekey(after.key)
        self._tls.renegotiate()
        self._tls.do_handshake()  # writes the request behind the end of the first handshake
        self.flush()
        request = self._read_request(self._await_renegotiation())
        is_lured = self._record.afterwards or _path_of(request) == BAIT
        self._answer(request, b"302 Found" if not is_lured else b"200 OK")
        while not _asks_to_close(request) and (request := self._read_request()):
            self._answer(request, b"200 OK")

    def _await_renegotiation(self) -> bytes:
        """Return the bytes until the client renegotiates, or a complete request if it does not in time."""
        from OpenSSL import SSL

        early = b""
        while self._tls.renegotiate_pending():
            try:
                received = self._tls.recv(65536)
            except SSL.WantReadError:
                if not self._tls.renegotiate_pending():
                    break
                self._sock.settimeout(_PATIENCE_SECONDS if _END_OF_HEAD in early else None)
                try:
                    self._exchange()
                except TimeoutError:
                    self._sock.settimeout(None)
                    return early
            else:
                # OpenSSL returns the bytes of one record before it reads the next, so these came before the change.
                self._record.add_application(received)
                early += received[: max(0, _LONGEST_HEAD - len(early))]
        self._sock.settimeout(None)
        self.flush()
        self._record.renegotiated = True
        return early

    def _read_request(self, begun: bytes = b"") -> bytes:
        request = begun
        while _END_OF_HEAD not in request and len(request) < _LONGEST_HEAD:
            received = self._drive(lambda: self._tls.recv(65536))
            self._record.renegotiated = not self._tls.renegotiate_pending()  # a slow client may still renegotiate
            self._record.add_application(received)
            request += received
        return request

    def _answer(self, request: bytes, status: bytes) -> None:
        body = BODY if status.startswith(b"200") else b""
        head = [
            f"HTTP/1.1 {status.decode('ascii')}",
            "Content-Type: text/plain",
            f"Content-Length: {len(body)}",
            f"Connection: {'close' if _asks_to_close(request) else 'keep-alive'}",
        ]
        if not body:
            head.append(f"Location: https://{_host_of(request)}{BAIT}")
        self._tls.sendall("\r\n".join([*head, "", ""]).encode("latin-1") + body)
        if _asks_to_close(request):
            self._tls.shutdown()
        self.flush()

    def _drive(self, step: Callable[[], Result], *, flush: bool = True) -> Result:
        from OpenSSL import SSL

        while True:
            try:
                done = step()
            except SSL.WantReadError:
                self._exchange()
            else:
                if flush:
                    self.flush()
                return done

    def _exchange(self) -> None:
        self.flush()
        received = self._sock.recv(65536)
        if received:
            self._record.greeted = True
            self._record.add_wire(received)
            self._tls.bio_write(received)
        else:
            self._tls.bio_shutdown()

    def flush(self) -> None:
        from OpenSSL import SSL

        try:
            while pending := self._tls.bio_read(65536):
                self._sock.sendall(pending)
        except SSL.WantReadError:
            return  # nothing is left


def _path_of(request: bytes) -> str:
    words = request.split(b" ", 2)
    return words[1].decode("latin-1") if len(words) > 1 else ""


def _host_of(request: bytes) -> str:
    values = (line[5:].strip() for line in request.split(b"\r\n") if line[:5].lower() == b"host:")
    return next(values, b"localhost").decode("latin-1")


def _asks_to_close(request: bytes) -> bool:
    return b"\r\nconnection: close\r\n" in request.lower()


def _context(before: Identity, after: Identity) -> SSL.Context:
    from OpenSSL import SSL

    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    # A resumed handshake would show no other certificate.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_TICKET)
    context.use_certificate(before.certificate)
    context.use_privatekey(before.key)
    for issuer in dict.fromkeys((*before.issuers, *after.issuers)):
        context.add_extra_chain_cert(issuer)
    return context
