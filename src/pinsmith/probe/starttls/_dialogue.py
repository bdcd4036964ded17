"""The parts of every STARTTLS dialogue: bytes in, bytes out, bounded; no socket and no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.errors import StartTLSError
from pinsmith.errors.fetch import quote

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Generator
    from typing import TypeVar

    T = TypeVar("T")
    Dialogue = Generator[bytes, bytes | None, T]

MAX_BYTES: Final = 64 * 1024
MAX_LINE: Final = 8 * 1024


class Flush(bytes):
    """
    Bytes to send on their own, after which the sender speaks again without waiting for an answer.

    MySQL's client sends its request and then at once the first TLS message. They must not share a write, because a
    server that reads ahead would take the TLS message for a part of the request.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Protocol:
    """
    A protocol that starts in the clear and changes to TLS.

    Attributes:
        id: The name that users type.
        title: Its usual name.
        port: Where it usually listens.
        spec: The standard or manual the dialogue was written from.
        dialogue: Speaks on a `Talk` until the server has agreed to change to TLS.
    """

    id: str
    title: str
    port: int
    spec: str
    dialogue: Callable[[Talk], Dialogue[None]]

    def converse(self, host: str) -> Dialogue[None]:
        """
        Make a server change to TLS.

        This generator yields bytes to send (`Flush`: do not wait), and is sent the bytes that came (empty: the server
        closed the connection; None: nothing yet).

        Args:
            host: The canonical host, for protocols that name it.

        Raises:
            StartTLSError: If the server refused, gave another or too long an answer, or sent bytes behind its
                agreement. An attacker in the middle could have inserted those in the clear, so that the client later
                takes them as if they had come through TLS (:cve:`2011-0411`, :cve:`2021-23222`).
        """
        talk = Talk(self.id, host)
        yield from self.dialogue(talk)
        if talk.unread:
            raise talk.failed(
                "sent bytes in the clear after it had agreed to TLS, which an attacker may have inserted",
                said=talk.unread,
            )
        if talk.unsent:
            yield Flush(talk.unsent)


class Talk:
    """
    One conversation in the clear.

    Attributes:
        host: The server's host.
        unread: The bytes that have come and were not read.
        unsent: The bytes that have not been sent; they go out when the dialogue waits for an answer.
    """

    def __init__(self, protocol: str, host: str) -> None:
        self.host = host
        self.unread = b""
        self.unsent = b""
        self._protocol = protocol
        self._received = 0

    def say(self, message: bytes) -> None:
        """Add *message* to the bytes that will be sent."""
        self.unsent += message

    def line(self) -> Dialogue[bytes]:
        """Read one line, without its end."""
        while (end := self.unread.find(b"\n")) < 0:
            if len(self.unread) > MAX_LINE:
                raise self.failed("sent a line without an end", said=self.unread)
            yield from self._more()
        line, self.unread = self.unread[:end], self.unread[end + 1 :]
        return line.rstrip(b"\r")

    def exactly(self, count: int) -> Dialogue[bytes]:
        """Read *count* bytes."""
        if count > MAX_BYTES:
            raise self.failed(f"announced a message of {count} bytes", said=self.unread)
        while len(self.unread) < count:
            yield from self._more()
        head, self.unread = self.unread[:count], self.unread[count:]
        return head

    def until(self, pattern: re.Pattern[bytes]) -> Dialogue[re.Match[bytes]]:
        """Read up to the end of the first match of *pattern*."""
        while (match := pattern.search(self.unread)) is None:
            yield from self._more()
        self.unread = self.unread[match.end() :]
        return match

    def failed(self, reason: str, *, said: bytes = b"", hint: str | None = None) -> StartTLSError:
        """Make the error that ends the conversation, quoting what the server *said*."""
        text = f"{reason} ({self._protocol}): {quote(said)}" if said else f"{reason} ({self._protocol})"
        return StartTLSError(text, protocol=self._protocol, said=said[:MAX_LINE], hint=hint)

    def _more(self) -> Dialogue[None]:
        message, self.unsent = self.unsent, b""
        try:
            received = yield message
        except TimeoutError as error:
            raise self.failed("did not agree to TLS in time", said=self.unread) from error
        except OSError as error:
            raise self.failed(f"broke off before TLS, {error.strerror or error}", said=self.unread) from error
        if not received:
            raise self.failed("closed the connection before TLS", said=self.unread)
        self._received += len(received)
        self.unread += received
        if self._received > MAX_BYTES:
            raise self.failed(f"sent more than {MAX_BYTES} bytes before TLS", said=self.unread)
