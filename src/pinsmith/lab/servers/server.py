"""A TLS server on the loopback that records what each client did: the judge of every enforcement test."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Literal

from cryptography import x509

from pinsmith.lab.pki.identity import pem_of
from pinsmith.lab.servers.connection import PlainSocket, RecordedConnection, SecureSocket, TLSObject, take_leave
from pinsmith.lab.servers.listener import Link, Listener
from pinsmith.lab.servers.speaker import http_speaker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.speaker import Speaker

Versions = Literal["1.2", "1.3", "1.2+1.3"]
_VERSIONS = {
    "1.2": (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
    "1.3": (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3),
    "1.2+1.3": (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
}


class RecordingServer(Listener):
    """
    Serve TLS and record every connection: the SNI, the result of the handshake and all decrypted bytes.

    To assert that a client sent nothing, close the client and call `settled()`, which waits for the
    connections to end. Bytes that reached this machine are recorded even if the client ended with a
    reset. Bytes after a handshake that the *server* refused, for example without a client
    certificate, are not, because nobody decrypts them.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        presented: str | Sequence[x509.Certificate] | None = None,
        alpn: Sequence[str] = (),
        tls: Versions = "1.2+1.3",
        client_ca: Authority | None = None,
        starttls: Callable[[socket.socket], None] | None = None,
        speak: Speaker = http_speaker,
        sni: Mapping[str, Identity] | None = None,
        address: str = "127.0.0.1",
        port: int = 0,
        context_hook: Callable[[ssl.SSLContext], None] | None = None,
    ) -> None:
        """
        Listen; ``with`` begins to serve.

        Args:
            identity: The identity that the server presents, unless *sni* has one for the host.

            presented: PEM or certificates, leaf first, sent instead of the chain of the identity.

            alpn: The protocols that the server accepts, best first.

            tls: The versions that the server accepts.

            client_ca: The authority of required client certificates; None to require none.

            starttls: Called with the plain socket before the handshake. The bytes that it reads are recorded.

            speak: The speaker after the handshake.

            sni: Identities by host name; others get *identity*.

            address: An IP address of the loopback, ``127.0.0.1`` or ``::1``.

            port: The port; 0 to let the kernel choose.

            context_hook: Called last with every server context, to change it.
        """
        self._connections: list[RecordedConnection] = []
        self._starttls = starttls
        self._speak = speak
        self._alpn = alpn
        self._tls = tls
        self._client_ca = client_ca
        self._hook = context_hook
        self._by_name = {name: self._context(own) for name, own in (sni or {}).items()}
        self._default = self._context(identity, presented)
        super().__init__(address, port)  # last, so that an error above does not leave an open port

    @property
    def connections(self) -> tuple[RecordedConnection, ...]:
        """All connections so far, in order. Call `settled` first if they must have ended."""
        with self._changed:
            return tuple(self._connections)

    @property
    def received(self) -> bytes:
        """All application bytes so far. Call `settled` first to assert that there are none."""
        return b"".join(connection.application_bytes for connection in self.connections)

    @property
    def received_size(self) -> int:
        """The number of these bytes, including those that were not kept."""
        return sum(connection.application_size for connection in self.connections)

    @property
    def disclosed(self) -> bytes:
        """These bytes, and those that clients sent in the clear instead of TLS."""
        return self.received + b"".join(connection.stray_bytes for connection in self.connections)

    @property
    def disclosed_size(self) -> int:
        """The number of these bytes, including those that were not kept."""
        return self.received_size + sum(connection.stray_size for connection in self.connections)

    def settled(self, timeout_seconds: float = 10.0) -> tuple[RecordedConnection, ...]:
        """
        Wait until all connections have ended, and return them.

        Raises:
            TimeoutError: if a connection is still open. Close the client first.
        """
        self.wait_closed(timeout_seconds)
        return self.connections

    def _context(self, identity: Identity, presented: str | Sequence[x509.Certificate] | None = None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sslobject_class = TLSObject
        context.minimum_version, context.maximum_version = _VERSIONS[self._tls]
        if self._alpn:
            context.set_alpn_protocols(list(self._alpn))
        if self._client_ca is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=self._client_ca.pem)
        context.sni_callback = self._choose
        pem = presented if presented is None or isinstance(presented, str) else pem_of(presented)
        identity.load_into(context, pem)
        if self._hook is not None:
            self._hook(context)
        return context

    def _choose(self, sock: ssl.SSLSocket | ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        del context
        if isinstance(sock, TLSObject):
            sock.record.greeted = True
            sock.record.server_name = name
            sock.context = self._by_name.get(name or "", self._default_for(sock.record))

    def _default_for(self, record: RecordedConnection) -> ssl.SSLContext:
        """Return the context for names without an identity of their own."""
        del record
        return self._default

    def _serve(self, link: Link, accepted: socket.socket) -> None:
        record = RecordedConnection(link.peer, quota=self.quota)
        with self._changed:
            self._connections.append(record)
        try:
            secure = self._shake_hands(link, accepted, record)
            if secure is not None:
                self._converse(secure, record)
        finally:
            record.ended = True

    def _shake_hands(self, link: Link, accepted: socket.socket, record: RecordedConnection) -> SecureSocket | None:
        try:
            plain = PlainSocket(fileno=accepted.detach())
            plain.record = record
            link.adopt(plain)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._starttls is not None:
                self._starttls(plain)
            secure = SecureSocket.over(plain, self._default_for(record))
            link.adopt(secure)
            try:
                secure.do_handshake()
            except OSError:
                # A client that continues without TLS after a refusal does so now.
                take_leave(secure, record)
                raise
        except OSError as error:
            record.handshake_error = error.with_traceback(None)
            return None
        record.handshaken = True
        record.tls_version = secure.tls.version()
        record.alpn = secure.tls.selected_alpn_protocol()
        record.session_reused = bool(secure.tls.session_reused)
        if der := secure.tls.getpeercert(binary_form=True):
            record.client_certificate = x509.load_der_x509_certificate(der)
        return secure

    def _converse(self, secure: SecureSocket, record: RecordedConnection) -> None:
        try:
            self._speak(secure, record)
        except OSError as error:
            record.end_error = error.with_traceback(None)
        finally:
            # Bytes that the client still sends count, however the speaker ended.
            _hear_out(secure, record)


def _hear_out(secure: SecureSocket, record: RecordedConnection) -> None:
    try:
        secure.say_goodbye()
        while secure.recv(65536):
            pass
    except OSError as error:
        record.end_error = record.end_error or error.with_traceback(None)
