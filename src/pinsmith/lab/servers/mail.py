"""A mail server that speaks SMTP, in the clear and, after STARTTLS, inside TLS; and its ways to get that wrong."""

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

``absent``: it does not announce STARTTLS, as when somebody in the middle took the line away. ``refused``: it announces
it, and then answers 454.
"""

INJECTED: Final = b"250-localhost\r\n250 AUTH PLAIN LOGIN\r\n"
"""An answer to EHLO that nobody has asked yet."""

# RFC 5321 and RFC 3207: what a client may say to a stranger before TLS.
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
    Take mail and passwords from everybody, and record them.

    What a client says in the clear beyond EHLO, HELO, NOOP, RSET, STARTTLS and QUIT is disclosed, and so is every byte
    inside TLS.
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
            identity: What the server presents after STARTTLS.

            offer: Whether there is STARTTLS.

            injects: Sent in the clear, in one piece with the answer to STARTTLS: what an attacker appends.

            speak: What it says inside TLS; by default it takes mail there too.
        """
        self._offer = offer
        self._injects = injects
        super().__init__(identity, starttls=self._in_the_clear, speak=speak or mail_speaker)

    @property
    def disclosed(self) -> bytes:
        """What a stranger must not get, in the clear or inside TLS."""
        return self.disclosed_in_the_clear + self.received

    @property
    def disclosed_size(self) -> int:
        """How many bytes that is, those too inside TLS that were not kept."""
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
            raise ConnectionAbortedError("the client began TLS, which was not to be had")


def mail_speaker(sock: socket.socket, connection: RecordedConnection) -> None:
    """Take mail inside TLS until the client leaves. A speaker, see `pinsmith.lab.servers.speaker`."""
    del connection
    while _answer(sock, _read_line(sock), [b"AUTH PLAIN LOGIN"]):
        pass


def unavailable_speaker(sock: socket.socket, connection: RecordedConnection) -> None:
    """Answer 421 to everything: no client that listens goes on."""
    del connection
    while _read_line(sock):
        _say(sock, b"421 4.3.2 localhost is not available\r\n")


def beyond_greeting(said: bytes) -> bytes:
    """Leave out of what a client *said* the commands that disclose nothing."""
    return b"".join(line for line in said.splitlines(keepends=True) if _verb(line) not in _HARMLESS)


def _answer(sock: socket.socket, line: bytes, capabilities: list[bytes]) -> bool:
    """Answer one command; False once the client has left."""
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
    # RFC 4616: one word, perhaps sent at once. LOGIN asks for the name, then for the password.
    questions = [b"VXNlcm5hbWU6", b"UGFzc3dvcmQ6"] if b"LOGIN" in words else [b""]
    for question in questions[len(words) - 2 :]:
        _say(sock, b"334 " + question + b"\r\n")
        _read_line(sock)
    _say(sock, b"235 2.7.0 welcome\r\n")


def _say(sock: socket.socket, answer: bytes) -> None:
    # If the client is gone, reading on finds what it sent before.
    with suppress(OSError):
        sock.sendall(answer)


def _verb(line: bytes) -> bytes:
    return b"".join(line.upper().split()[:1])


def _read_line(sock: socket.socket) -> bytes:
    # Byte by byte: what comes after STARTTLS belongs to TLS.
    line = b""
    while not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
        received = sock.recv(1)
        if not received:
            break
        line += received
    return line
