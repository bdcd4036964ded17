"""No client falls back to clear text, neither after a refusal nor if the offer of TLS is removed."""

from __future__ import annotations

import contextlib
import ftplib
import imaplib
import poplib
import smtplib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import PinMismatchError, find
from tests.tls.clients.way import SECONDS
from tests.tls.services import loop
from tests.tls.services.databases import (
    MySQL,
    Postgres,
    ask_by_aiomysql,
    ask_by_asyncpg,
    ask_by_plain_aiomysql,
    ask_by_pymysql,
)
from tests.tls.services.files import FTP, ask_by_ftp
from tests.tls.services.mail import ask_by_imap, ask_by_pop3, ask_by_smtp, imap, pop3, smtp
from tests.tls.services.service import PASSWORD, USER, has_credentials

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.clients.way import Errand
    from tests.tls.pki import PKI
    from tests.tls.services.conftest import ErrandTo, Play
    from tests.tls.services.service import Script


def sent_in_the_clear(server: RecordingServer) -> bytes:
    """Return all bytes that clients sent outside TLS, after they have left."""
    return b"".join(connection.plain_bytes for connection in server.settled())


@dataclass(frozen=True)
class Stripped:
    """A client whose server does not offer TLS, or does so no more because of an attacker in between."""

    id: str
    ask: Callable[[Errand], Any]
    script: Callable[[], Script]
    error: str


STRIPPED = (
    Stripped("smtplib", ask_by_smtp, smtp("STARTTLS", offers_tls=False), "STARTTLS extension not supported"),
    Stripped("imaplib", ask_by_imap, imap("STARTTLS", offers_tls=False), "TLS not supported by server"),
    Stripped("poplib", ask_by_pop3, pop3("STLS", offers_tls=False), "STLS not supported by server"),
    Stripped("ftplib", ask_by_ftp, lambda: FTP(grants_tls=False), "534 not here"),
    Stripped(
        "asyncpg", lambda errand: loop.run(ask_by_asyncpg(errand)), lambda: Postgres(agrees=False), "rejected SSL"
    ),
    Stripped("pymysql", ask_by_pymysql, lambda: MySQL(offers_tls=False), "SSL is required"),
    Stripped(
        "aiomysql",
        lambda errand: loop.run(ask_by_aiomysql(errand)),
        lambda: MySQL(offers_tls=False),
        "offers no TLS",
    ),
)


@pytest.mark.parametrize("stripped", STRIPPED, ids=lambda stripped: stripped.id)
def test_a_client_that_is_offered_no_tls_does_not_log_in(
    stripped: Stripped, pki: PKI, play: Play, errand_to: ErrandTo
) -> None:
    """An attacker who removes the offer of TLS learns neither name nor password."""
    server = play(stripped.script(), pki.leaf)
    with pytest.raises(Exception, match=stripped.error):
        stripped.ask(errand_to(server))
    assert not has_credentials(sent_in_the_clear(server))
    assert len(server.connections) == 1


def test_aiomysql_itself_logs_in_without_tls(pki: PKI, play: Play, errand_to: ErrandTo) -> None:
    """
    The control, and the reason for the helper: aiomysql 0.3 takes a context as optional, and continues in the clear.

    The context is never used, so it cannot refuse.
    """
    server = play(MySQL(offers_tls=False), pki.leaf)
    with pytest.raises(Exception, match=r"Lost connection|Can't connect"):
        loop.run(ask_by_plain_aiomysql(errand_to(server)))
    assert has_credentials(sent_in_the_clear(server))


@dataclass(frozen=True)
class Stubborn:
    """A caller that catches the refusal and continues with the same object."""

    id: str
    connect: Callable[[Errand], Any]
    change: Callable[[Any, ssl.SSLContext], Any]
    log_in: Callable[[Any], Any]
    close: Callable[[Any], Any]
    script: Callable[[], Script]


STUBBORN = (
    Stubborn(
        "smtplib",
        lambda errand: smtplib.SMTP(errand.host, errand.port, "client.test", SECONDS),
        lambda client, context: client.starttls(context=context),
        lambda client: client.login(USER, PASSWORD),
        smtplib.SMTP.close,
        smtp("STARTTLS"),
    ),
    Stubborn(
        "imaplib",
        lambda errand: imaplib.IMAP4(errand.host, errand.port, SECONDS),
        lambda client, context: client.starttls(context),
        lambda client: client.login(USER, PASSWORD),
        imaplib.IMAP4.shutdown,
        imap("STARTTLS"),
    ),
    Stubborn(
        "poplib",
        lambda errand: poplib.POP3(errand.host, errand.port, SECONDS),
        lambda client, context: client.stls(context),
        lambda client: client.user(USER),
        poplib.POP3.close,
        pop3("STLS"),
    ),
)


@pytest.mark.parametrize("stubborn", STUBBORN, ids=lambda stubborn: stubborn.id)
def test_after_a_refusal_the_connection_sends_no_credentials(
    stubborn: Stubborn, pki: PKI, play: Play, errand_to: ErrandTo
) -> None:
    """A caller that catches the refusal and logs in gets another error, and the server receives no byte."""
    server = play(stubborn.script(), pki.rogue)
    errand = errand_to(server)
    client = stubborn.connect(errand)
    try:
        with pytest.raises(PinMismatchError):
            stubborn.change(client, errand.context)
        with pytest.raises((OSError, smtplib.SMTPException, imaplib.IMAP4.error)):
            stubborn.log_in(client)
    finally:
        with contextlib.suppress(OSError):  # there is no socket to shut down
            stubborn.close(client)
    (connection,) = server.settled()
    assert connection.application_bytes == b""
    assert not has_credentials(connection.plain_bytes)
    assert connection.end_error is None or isinstance(connection.end_error, ConnectionError)  # no clear text after TLS


def test_after_a_refusal_ftplib_sends_no_credentials(pki: PKI, play: Play, errand_to: ErrandTo) -> None:
    """This holds for FTP too, although the caller explicitly asks for clear text."""
    server = play(FTP(), pki.rogue)
    errand = errand_to(server)
    client = ftplib.FTP_TLS(context=errand.context, timeout=SECONDS)  # noqa: S321 - with TLS
    client.connect(errand.host, errand.port)
    try:
        with pytest.raises(PinMismatchError):
            client.auth()
        with pytest.raises(OSError, match="Bad file descriptor"):
            client.login(USER, PASSWORD, secure=False)
    finally:
        client.close()
    (connection,) = server.settled()
    assert connection.application_bytes == b""
    assert connection.plain_bytes == b"AUTH TLS\r\n"
    assert connection.end_error is None or isinstance(connection.end_error, ConnectionError)


def test_imaplib_in_a_with_block_hides_the_refusal(pki: PKI, play: Play, errand_to: ErrandTo) -> None:
    """The block tries to log out at its end, which fails too; `pinsmith.errors.find` returns the refusal."""
    server = play(imap("STARTTLS")(), pki.rogue)
    errand = errand_to(server)
    with pytest.raises(imaplib.IMAP4.abort) as caught, imaplib.IMAP4(errand.host, errand.port, SECONDS) as client:
        client.starttls(errand.context)
    assert isinstance(find(caught.value), PinMismatchError)
    (connection,) = server.settled()
    assert connection.application_bytes == b""
    assert not has_credentials(connection.plain_bytes)
    with contextlib.suppress(OSError):
        client.shutdown()
