"""SMTP, IMAP and POP3: with TLS from the start, and with a switch to TLS."""

from __future__ import annotations

import contextlib
import imaplib
import poplib
import smtplib
from typing import TYPE_CHECKING

from tests.tls.clients.way import SECONDS, Errand, Way
from tests.tls.services.service import PASSWORD, USER, Script, Service

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from pinsmith.lab.servers.connection import RecordedConnection


class Lines(Script):
    """
    A server that answers line by line.

    Args:
        greeting: Its first line; in the clear if the client switches to TLS later, else inside TLS.
        answers: The answer to each command; ``{tag}`` stands for the client's tag.
        change: The command that switches to TLS; None if TLS comes first.
        offers_tls: Whether it announces and grants the switch.
    """

    def __init__(
        self, greeting: str, answers: Mapping[str, str], change: str | None = None, *, offers_tls: bool = True
    ) -> None:
        self._greeting = greeting
        self._answers = answers
        self._change = change
        self._offers_tls = offers_tls

    def to_tls(self, sock: socket.socket) -> None:
        if self._change is None:
            return
        self._say(sock, self._greeting)
        while received := sock.recv(4096):
            tag, command = self._read(received)
            self._answer(sock, tag, command)
            if command == self._change and self._offers_tls:
                return
        raise ConnectionAbortedError("the client left before TLS")

    def speak(self, sock: socket.socket, connection: RecordedConnection) -> None:
        if self._change is None:
            self._say(sock, self._greeting)
        while received := sock.recv(4096):
            tag, command = self._read(received)
            self._answer(sock, tag, command)
            if command in {"QUIT", "LOGOUT"}:
                return

    def _read(self, line: bytes) -> tuple[str, str]:
        words = line.decode("ascii").split()
        tag = words.pop(0) if any("{tag}" in answer for answer in self._answers.values()) else ""
        return tag, words[0].upper()

    def _answer(self, sock: socket.socket, tag: str, command: str) -> None:
        self._say(sock, self._answers[command].format(tag=tag))

    def _say(self, sock: socket.socket, words: str) -> None:
        if not self._offers_tls:
            words = words.replace("250-STARTTLS\r\n", "").replace(" STARTTLS", "").replace("STLS\r\n", "")
        sock.sendall(words.encode("ascii"))


SMTP = {
    "EHLO": "250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
    "STARTTLS": "220 go ahead\r\n",
    "AUTH": "235 welcome\r\n",
    "NOOP": "250 still here\r\n",
    "QUIT": "221 bye\r\n",
}
IMAP = {
    "CAPABILITY": "* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n",
    "STARTTLS": "{tag} OK begin\r\n",
    "LOGIN": "{tag} OK welcome\r\n",
    "NOOP": "{tag} OK still here\r\n",
    "LOGOUT": "* BYE\r\n{tag} OK done\r\n",
}
POP3 = {
    "CAPA": "+OK\r\nSTLS\r\nUSER\r\n.\r\n",
    "STLS": "+OK begin\r\n",
    "USER": "+OK\r\n",
    "PASS": "+OK welcome\r\n",
    "NOOP": "+OK still here\r\n",
    "QUIT": "+OK bye\r\n",
}
_SMTP_GREETING = "220 mail.test ESMTP\r\n"
_IMAP_GREETING = "* OK ready\r\n"
_POP3_GREETING = "+OK ready\r\n"


def smtp(change: str | None = None, *, offers_tls: bool = True) -> Callable[[], Lines]:
    """Return a function that makes an SMTP server."""
    return lambda: Lines(_SMTP_GREETING, SMTP, change, offers_tls=offers_tls)


def imap(change: str | None = None, *, offers_tls: bool = True) -> Callable[[], Lines]:
    """Return a function that makes an IMAP server."""
    return lambda: Lines(_IMAP_GREETING, IMAP, change, offers_tls=offers_tls)


def pop3(change: str | None = None, *, offers_tls: bool = True) -> Callable[[], Lines]:
    """Return a function that makes a POP3 server."""
    return lambda: Lines(_POP3_GREETING, POP3, change, offers_tls=offers_tls)


def ask_by_smtp(errand: Errand) -> bytes:
    """Switch to TLS, and log in."""
    with smtplib.SMTP(errand.host, errand.port, "client.test", SECONDS) as client:
        client.starttls(context=errand.context)
        return _say_by_smtp(client)


def ask_by_smtp_ssl(errand: Errand) -> bytes:
    """Log in."""
    with smtplib.SMTP_SSL(errand.host, errand.port, "client.test", timeout=SECONDS, context=errand.context) as client:
        return _say_by_smtp(client)


def _say_by_smtp(client: smtplib.SMTP) -> bytes:
    client.login(USER, PASSWORD)
    return client.noop()[1]


def ask_by_imap(errand: Errand) -> bytes:
    """Switch to TLS, and log in."""
    client = imaplib.IMAP4(errand.host, errand.port, SECONDS)
    try:
        client.starttls(errand.context)
        return _say_by_imap(client)
    finally:
        with contextlib.suppress(OSError):  # after a refusal there is no socket to shut down
            client.shutdown()


def ask_by_imap_ssl(errand: Errand) -> bytes:
    """Log in."""
    with imaplib.IMAP4_SSL(errand.host, errand.port, ssl_context=errand.context, timeout=SECONDS) as client:
        return _say_by_imap(client)


def _say_by_imap(client: imaplib.IMAP4) -> bytes:
    client.login(USER, PASSWORD)
    answer: bytes = client.noop()[1][0]
    return answer


def ask_by_pop3(errand: Errand) -> bytes:
    """Switch to TLS, and log in."""
    client = poplib.POP3(errand.host, errand.port, SECONDS)
    try:
        client.stls(errand.context)
        return _say_by_pop3(client)
    finally:
        with contextlib.suppress(OSError):  # after a refusal there is no socket to shut down
            client.close()


def ask_by_pop3_ssl(errand: Errand) -> bytes:
    """Log in."""
    client = poplib.POP3_SSL(errand.host, errand.port, timeout=SECONDS, context=errand.context)
    try:
        return _say_by_pop3(client)
    finally:
        client.close()


def _say_by_pop3(client: poplib.POP3) -> bytes:
    client.user(USER)
    client.pass_(PASSWORD)
    return client.noop()


MAIL = (
    Service(Way("smtplib:starttls", ask_by_smtp), smtp("STARTTLS"), rb"ehlo client\.test\r\nSTARTTLS\r\n"),
    Service(Way("smtplib", ask_by_smtp_ssl), smtp()),
    Service(Way("imaplib:starttls", ask_by_imap), imap("STARTTLS"), rb"(\w+) CAPABILITY\r\n\w+ STARTTLS\r\n"),
    Service(Way("imaplib", ask_by_imap_ssl), imap()),
    Service(Way("poplib:stls", ask_by_pop3), pop3("STLS"), rb"CAPA\r\nSTLS\r\n"),
    Service(Way("poplib", ask_by_pop3_ssl), pop3()),
)
