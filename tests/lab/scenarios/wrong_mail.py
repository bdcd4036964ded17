"""Wrong clients for mail servers with STARTTLS."""

from __future__ import annotations

import smtplib
import socket
from typing import TYPE_CHECKING, Final

from pinsmith.lab.trial import Ended
from tests.lab.scenarios.browsing import SECONDS, pinned
from tests.lab.scenarios.mailing import Mailer
from tests.lab.scenarios.wrong_key import NOBODYS_PIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.call import Call
    from pinsmith.lab.trial import ClientVerdict


def talks_before_tls(call: Call) -> Ended:
    """Log in first, and start TLS only for the mail."""
    try:
        with smtplib.SMTP(call.host, call.port, "client.test", SECONDS) as server:
            server.login("somebody", "secret")
            server.starttls(context=pinned(call))
            server.sendmail("a@client.test", ["b@localhost"], "Subject: secret\r\n\r\nsecret\r\n")
    except OSError as error:
        return Ended(well=False, words=repr(error))
    return Ended(well=True, words="the mail went out")


def keeps_its_buffer(call: Call) -> Ended:
    """Keep bytes that were read before TLS, and read them as the first bytes inside TLS."""
    conversation = _Buffered(socket.create_connection((call.host, call.port), SECONDS))
    try:
        with conversation:
            conversation.read()
            conversation.command(b"EHLO client.test")
            conversation.command(b"STARTTLS")
            conversation.sock = pinned(call).wrap_socket(conversation.sock, server_hostname=call.host)
            conversation.command(b"EHLO client.test")
            conversation.command(b"MAIL FROM:<a@client.test>")
    except OSError as error:
        return Ended(well=False, words=repr(error))
    return Ended(well=True, words="the mail was begun")


class _Buffered:
    """Reads answers line by line through one buffer, even when TLS starts on its connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._buffer = b""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *details: object) -> None:
        self.sock.close()

    def command(self, line: bytes) -> None:
        """Send a command and read its answer."""
        self.sock.sendall(line + b"\r\n")
        self.read()

    def read(self) -> None:
        """Read one answer, of one line or many; raise if it is not a success."""
        line = b"250-"
        while line[3:4] == b"-":
            while b"\n" not in self._buffer:
                received = self.sock.recv(65536)
                if not received:
                    raise ConnectionError("the server left")
                self._buffer += received
            line, _, self._buffer = self._buffer.partition(b"\n")
        if line[:1] != b"2":
            raise ConnectionError(f"the server answered {line!r}")


WRONG: Final[dict[str, tuple[tuple[Callable[[Call], Ended], ClientVerdict], ...]]] = {
    "starttls-good": (
        (Mailer(pinned_to=NOBODYS_PIN), "refuses-a-good-server"),
        (talks_before_tls, "accepts-a-rogue"),
    ),
    "starttls-rogue": (
        (Mailer(verifies=False), "accepts-a-rogue"),
        (Mailer(checks_late=True), "leaks-before-refusing"),
    ),
    "starttls-stripped": ((Mailer(insists=False), "accepts-a-rogue"),),
    "starttls-refused": ((Mailer(listens=False), "accepts-a-rogue"),),
    "starttls-injection": ((keeps_its_buffer, "leaks-before-refusing"),),
}
