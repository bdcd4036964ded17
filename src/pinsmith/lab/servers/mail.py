"""A mail server that speaks SMTP, in the clear and after STARTTLS inside TLS, with optional faults."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.lab.servers.server import RecordingServer

if TYPE_CHECKING:
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.connection import RecordedConnection
    from pinsmith.lab.servers.speaker import Speaker

Offer = Literal["offered", "absent", "refused"]
"""
Whether the server lets clients begin TLS.

``absent``: it does not announce STARTTLS, as if an attacker on the path had removed that line. ``refused``: it
announces STARTTLS, and then answers 454.
"""

INJECTED: Final = b"250-localhost\r\n250 AUTH PLAIN LOGIN\r\n"
"""A response to an EHLO that the client has not sent yet."""

# RFC 5321 and RFC 3207: the commands that a client may send to a stranger before TLS.
_HARMLESS: Final = frozenset({b"EHLO", b"HELO", b"NOOP", b"RSET", b"STARTTLS", b"QUIT"})
_HANDSHAKE_RECORD: Final = b"\x16"
_LONGEST_LINE: Final = 4096
_PLAIN_ANSWERS: Final = {
    b"HELO": b"250 localhost",
    b"MAIL": b"250 2.1.0 ok",
    b"RCPT": b"250 2.1.5 ok",
    b"NOOP": b"250 2.0.0 ok",
    b"RSET": b"250 2.0.0 ok",
    b"VRFY": b"252 2.0.0 send it and see",
}


class MailServer(RecordingServer):
    """
    Accept mail and passwords from everybody, and record them.

    All bytes inside TLS are disclosed, and in the clear all commands except EHLO, HELO, NOOP, RSET, STARTTLS and QUIT.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        offer: Offer = "offered",
        injects: bytes = b"",
        speak: Speaker | None = None,
    ) -> None:
        """
        Listen; ``with`` begins to serve.

        Args:
            identity: The identity after STARTTLS.

            offer: Whether STARTTLS is offered.

            injects: Bytes that an attacker appends to the response to STARTTLS, in the clear.

            speak: The speaker inside TLS; by default it also accepts mail there.
        """
        self._offer = offer
        self._injects = injects
        super().__init__(identity, starttls=self._in_the_clear, speak=speak or mail_speaker)

    @property
    def disclosed(self) -> bytes:
        """The bytes that a stranger must not get, in the clear or inside TLS."""
        return self.disclosed_in_the_clear + self.received

    @property
    def disclosed_size(self) -> int:
        """The number of these bytes, including those inside TLS that were not kept."""
        return len(self.disclosed_in_the_clear) + self.received_size

    @property
    def disclosed_in_the_clear(self) -> bytes:
        """The lines in the clear that do more than prepare TLS: credentials, addresses, mail."""
        return b"".join(
            beyond_greeting(connection.plain_bytes) + connection.stray_bytes for connection in self.connections
        )

    def _in_the_clear(self, sock: socket.socket) -> None:
        _say(sock, b"220 localhost ESMTP lab\r\n")
        capabilities = [] if self._offer == "absent" else [b"STARTTLS"]
        while sock.recv(1, socket.MSG_PEEK) != _HANDSHAKE_RECORD:
            line = _read_line(sock)
            if _verb(line) != b"STARTTLS":
                if not _answer(sock, line, [*capabilities, b"AUTH PLAIN LOGIN"]):
                    return
            elif self._offer == "offered":
                _say(sock, b"220 2.0.0 go ahead\r\n" + self._injects)
                return
            else:
                refusal = b"454 4.7.0 TLS is not available\r\n"
                _say(sock, refusal if self._offer == "refused" else b"502 5.5.1 not implemented\r\n")
        if self._offer != "offered":
            raise ConnectionAbortedError("the client began TLS, which was not offered")


def mail_speaker(sock: socket.socket, connection: RecordedConnection) -> None:
    """Accept mail inside TLS until the client leaves. A speaker, see `pinsmith.lab.servers.speaker`."""
    del connection
    while _answer(sock, _read_line(sock), [b"AUTH PLAIN LOGIN"]):
        pass


def unavailable_speaker(sock: socket.socket, connection: RecordedConnection) -> None:
    """Answer 421 to all commands, so that no correct client continues."""
    del connection
    while _read_line(sock):
        _say(sock, b"421 4.3.2 localhost is not available\r\n")


def beyond_greeting(said: bytes) -> bytes:
    """Return the commands of a client that disclose something."""
    return b"".join(line for line in said.splitlines(keepends=True) if _verb(line) not in _HARMLESS)


def _answer(sock: socket.socket, line: bytes, capabilities: list[bytes]) -> bool:
    """Answer one command. Return False if the client has left."""
    verb = _verb(line)
    if not line:
        return False
    if verb == b"EHLO":
        lines = [b"localhost", *capabilities, b"8BITMIME"]
        marks = [b"250-"] * (len(lines) - 1) + [b"250 "]
        _say(sock, b"".join(mark + text + b"\r\n" for mark, text in zip(marks, lines, strict=True)))
    elif verb == b"AUTH":
        _take_password(sock, line)
    elif verb == b"DATA":
        _say(sock, b"354 go ahead\r\n")
        while (text := _read_line(sock)).rstrip(b"\r\n") != b"." and text:
            pass
        _say(sock, b"250 2.0.0 taken\r\n")
    elif verb == b"QUIT":
        _say(sock, b"221 2.0.0 good-bye\r\n")
        return False
    else:
        _say(sock, _PLAIN_ANSWERS.get(verb, b"500 5.5.2 no such command") + b"\r\n")
    return True


def _take_password(sock: socket.socket, line: bytes) -> None:
    words = line.upper().split()
    # RFC 4616: one response, perhaps sent at once. LOGIN asks for the name, then for the password.
    questions = [b"VXNlcm5hbWU6", b"UGFzc3dvcmQ6"] if b"LOGIN" in words else [b""]
    for question in questions[len(words) - 2 :]:
        _say(sock, b"334 " + question + b"\r\n")
        _read_line(sock)
    _say(sock, b"235 2.7.0 welcome\r\n")


def _say(sock: socket.socket, answer: bytes) -> None:
    # If the client is gone, reading finds its last bytes.
    with suppress(OSError):
        sock.sendall(answer)


def _verb(line: bytes) -> bytes:
    return b"".join(line.upper().split()[:1])


def _read_line(sock: socket.socket) -> bytes:
    # Byte by byte, because the bytes after STARTTLS belong to TLS.
    line = b""
    while not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
        received = sock.recv(1)
        if not received:
            break
        line += received
    return line
