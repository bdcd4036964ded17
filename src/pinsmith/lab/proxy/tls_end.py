"""The server side of a TLS connection whose ClientHello the proxy has already read."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from pinsmith.lab.proxy.tunnel import CHUNK, Deadline
from pinsmith.lab.servers.connection import end_sending
from pinsmith.lab.servers.received import Records

if TYPE_CHECKING:
    from collections.abc import Callable

# The random of a ServerHello that is a HelloRetryRequest, RFC 8446 section 4.1.3.
_RETRY: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
_HANDSHAKE: Final = 0x16


class TLSEnd(socket.socket):
    """
    A non-blocking TLS server socket that records how far the client came.

    It does not keep decrypted bytes. It waits only if a deadline is given, and never longer.

    Attributes:
        tls: The TLS object, for `version` and so on.
        certificate_sent: Whether the client got the certificate, so that its end may be a refusal.
        ended: Whether the client has ended, by close_notify, FIN or reset.
        said_goodbye: Whether this side was the first to end.
        stray: The bytes that the client sent in the clear instead of TLS.
        refusal: The alert or reset with which the client broke off after the handshake, if it did.
    """

    tls: ssl.SSLObject
    certificate_sent: bool
    ended: bool
    said_goodbye: bool
    refusal: OSError | None
    stray: bytes
    _incoming: ssl.MemoryBIO
    _outgoing: ssl.MemoryBIO
    _left: bytes
    _parting: bool
    _deadline: Deadline | None
    _records: Records

    @classmethod
    def over(cls, plain: socket.socket, context: ssl.SSLContext, ahead: bytes) -> TLSEnd:
        """Take over the connection of *plain* before the handshake. *ahead* was already read."""
        end = cls(fileno=plain.detach())
        end.certificate_sent = end.ended = end.said_goodbye = end._parting = False
        end.refusal = end._deadline = None
        end._left = b""
        end._incoming, end._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        end._incoming.write(ahead)
        end._records = Records()
        end.stray = end._records.add(ahead)
        end.tls = context.wrap_bio(end._incoming, end._outgoing, server_side=True)
        return end

    def do_handshake(self, deadline: Deadline) -> None:
        """
        Complete the handshake.

        Raises:
            TimeoutError: if *deadline* is over.
            OSError: if the client refused or left, or if no version fits; an `ssl.SSLError` for an alert.
        """
        self._deadline = deadline
        try:
            self._drive(self.tls.do_handshake)
        finally:
            self._deadline = None

    def receive(self, deadline: Deadline) -> bytes:
        """
        Wait for bytes of the client. Returns no bytes after it has left, in any way (see `refusal`).

        Raises:
            TimeoutError: if *deadline* is over.
        """
        self._deadline = deadline
        try:
            return self.recv(CHUNK)
        finally:
            self._deadline = None

    @property
    def unsent(self) -> bool:
        """Whether bytes wait to be sent."""
        return bool(self._left)

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """
        Receive bytes inside TLS. Returns no bytes after the client has ended, in any way.

        Raises:
            ssl.SSLWantReadError: if there are none yet.
        """
        del flags
        while not self.ended:
            try:
                if (received := self._decrypt(bufsize)) is not None:
                    self.ended = not received
                    return received
            except ssl.SSLWantReadError:
                raise
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                self.ended = True
            except (ssl.SSLError, ConnectionError) as error:
                self.refusal, self.ended = error.with_traceback(None), True
        return b""

    def _decrypt(self, bufsize: int) -> bytes | None:
        try:
            return self.tls.read(bufsize)
        except ssl.SSLWantReadError:
            self._try_to_flush()
        self._take_in()
        return None

    def send(self, payload: Any, flags: int = 0, /) -> int:  # noqa: ANN401 - as in socket
        """
        Send *payload* inside TLS. Bytes that the kernel does not accept at once are kept; see `unsent`.

        Raises:
            BlockingIOError: if the bytes that were kept before could not be sent.
        """
        del flags
        self._flush()
        if not payload:
            return 0
        count = self.tls.write(payload)
        self._try_to_flush()
        return count

    def say_goodbye(self) -> None:
        """Send close_notify and FIN. Bytes can still be received."""
        self.said_goodbye = self.said_goodbye or not self.ended
        with suppress(ssl.SSLError, OSError):
            self.tls.unwrap()
        self._parting = True
        self._try_to_flush()

    def _drive(self, step: Callable[[], None]) -> None:
        while True:
            try:
                step()
            except ssl.SSLWantReadError:
                self._flush_unless_gone()
            except ssl.SSLError:
                self._try_to_flush()  # the alert
                raise
            else:
                self._flush_unless_gone()
                return
            self._take_in()

    def _take_in(self) -> None:
        self._mind_deadline()
        try:
            received = super().recv(CHUNK)
        except BlockingIOError:
            raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "no bytes yet") from None
        if received:
            self.stray = self.stray or self._records.add(received)
            self._incoming.write(received)
        else:
            self._incoming.write_eof()

    def hear_out(self, deadline: Deadline) -> None:
        """End the connection after a failed handshake. Bytes that the client now sends in the clear are `stray`."""
        self._parting = True
        self._deadline = deadline
        self._try_to_flush()
        with suppress(OSError):
            while not self.stray:
                self._mind_deadline()
                if not (received := super().recv(CHUNK)):
                    return
                self.stray = self._records.add(received)

    def _flush(self) -> None:
        if self._outgoing.pending:
            encrypted = self._outgoing.read()
            self.certificate_sent = self.certificate_sent or _shows_certificate(encrypted)
            self._left += encrypted
        while self._left:
            self._mind_deadline()
            self._left = self._left[super().send(self._left) :]
        if self._parting:
            end_sending(self)

    def _try_to_flush(self) -> None:
        # If the client is gone, reading finds its last bytes, and then the end.
        with suppress(OSError):
            self._flush()

    def _flush_unless_gone(self) -> None:
        try:
            self._flush()
        except ConnectionError:
            self._left = b""  # the last bytes of the client can still be read

    def _mind_deadline(self) -> None:
        self.settimeout(self._deadline.seconds_left if self._deadline else 0)


def _shows_certificate(sent: bytes) -> bool:
    """Say whether a first flight holds more than a HelloRetryRequest or an alert."""
    return sent[:1] == bytes([_HANDSHAKE]) and sent[11:43] != _RETRY
