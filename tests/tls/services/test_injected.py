"""`pinsmith.inject` and clients of services that get no pinned context: what it does, and what it cannot do."""

from __future__ import annotations

import dataclasses
import ftplib
import imaplib
import smtplib
from typing import TYPE_CHECKING

import pymysql
import pytest

from pinsmith.errors import EnforcementError, find
from pinsmith.tls import inject as injection
from tests.tls.clients.way import SECONDS
from tests.tls.services import loop
from tests.tls.services.databases import MySQL, Postgres, ask_by_asyncpg
from tests.tls.services.files import FTP
from tests.tls.services.mail import ask_by_smtp, imap, smtp
from tests.tls.services.service import PASSWORD, USER, has_credentials

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from tests.tls.clients.way import Errand
    from tests.tls.pki import PKI
    from tests.tls.services.conftest import ErrandTo, Play
    from tests.tls.services.service import Script


@pytest.fixture(autouse=True)
def injected(pki: PKI) -> Iterator[None]:
    """Pin localhost for the whole process."""
    injection.inject(pki.policy())
    try:
        yield
    finally:
        injection.extract()


def without_pins(errand: Errand, context: ssl.SSLContext) -> Errand:
    """Return the errand with a context without pins."""
    return dataclasses.replace(errand, context=context)  # type: ignore[arg-type]


def test_a_context_without_pins_is_judged(
    pki: PKI, play: Play, errand_to: ErrandTo, plain_context: ssl.SSLContext
) -> None:
    """A client with an ordinary context reaches the pinned server."""
    server = play(smtp("STARTTLS")(), pki.leaf)
    assert ask_by_smtp(without_pins(errand_to(server), plain_context))
    server.settled()
    assert has_credentials(server.received)


def test_a_rogue_server_is_refused_with_a_context_without_pins(
    pki: PKI, play: Play, errand_to: ErrandTo, plain_context: ssl.SSLContext
) -> None:
    """The same client sends no byte to the rogue server."""
    server = play(smtp("STARTTLS")(), pki.rogue)
    with pytest.raises(EnforcementError):
        ask_by_smtp(without_pins(errand_to(server), plain_context))
    server.settled()
    assert server.received == b""


def _smtp(errand: Errand) -> None:
    with smtplib.SMTP(errand.host, errand.port, "client.test", SECONDS) as client:
        client.starttls()
        client.login(USER, PASSWORD)


def _imap(errand: Errand) -> None:
    with imaplib.IMAP4_SSL(errand.host, errand.port, timeout=SECONDS) as client:
        client.login(USER, PASSWORD)


def _ftp(errand: Errand) -> None:
    with ftplib.FTP_TLS(timeout=SECONDS) as client:  # noqa: S321 - with TLS
        client.connect(errand.host, errand.port)
        client.login(USER, PASSWORD)


def _pymysql(errand: Errand) -> None:
    pymysql.connect(host=errand.host, port=errand.port, user=USER, password=PASSWORD, connect_timeout=SECONDS)


@pytest.mark.parametrize("served", ["leaf", "rogue"])
@pytest.mark.parametrize(
    ("ask", "script"),
    [(_smtp, smtp("STARTTLS")), (_imap, imap()), (_ftp, FTP), (_pymysql, MySQL)],
    ids=["smtplib", "imaplib", "ftplib", "pymysql"],
)
def test_a_client_that_verifies_nothing_is_refused_every_server(  # noqa: PLR0917 - parameters and fixtures
    served: str,
    ask: Callable[[Errand], None],
    script: Callable[[], Script],
    pki: PKI,
    play: Play,
    errand_to: ErrandTo,
) -> None:
    """Without a context these clients verify nothing, so there is no verified chain to judge, and they are refused."""
    server = play(script(), getattr(pki, served))
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each client has its own; looked at below
        ask(errand_to(server))
    assert isinstance(find(caught.value), EnforcementError)
    (connection,) = server.settled()
    assert connection.application_bytes == b""
    assert not has_credentials(connection.plain_bytes)


@pytest.mark.parametrize("served", ["leaf", "rogue"])
def test_asyncpg_that_prefers_tls_sends_the_name_in_the_clear(
    served: str, pki: PKI, play: Play, errand_to: ErrandTo
) -> None:
    """
    Asyncpg's default ssl="prefer" is a trap: it takes a refusal for a server without TLS, and connects without TLS.

    pinsmith cannot stop a connection that does not use ssl; with ssl=context, asyncpg requires TLS.
    """
    server = play(Postgres(), getattr(pki, served))
    with pytest.raises(Exception, match="connection was closed"):  # the script hangs up on clear text
        loop.run(ask_by_asyncpg(errand_to(server), ssl="prefer"))
    refused, unsecured = server.settled()
    assert not has_credentials(refused.plain_bytes)
    assert has_credentials(unsecured.plain_bytes)
    assert server.received == b""


def test_asyncpg_with_a_context_does_not_fall_back(
    pki: PKI, play: Play, errand_to: ErrandTo, plain_context: ssl.SSLContext
) -> None:
    """With any context, asyncpg makes a single connection and sends nothing in the clear."""
    server = play(Postgres(), pki.rogue)
    with pytest.raises(EnforcementError):
        loop.run(ask_by_asyncpg(without_pins(errand_to(server), plain_context)))
    (connection,) = server.settled()
    assert connection.application_bytes == b""
    assert not has_credentials(connection.plain_bytes)


def test_pymysql_without_an_offer_of_tls_logs_in_in_the_clear(pki: PKI, play: Play, errand_to: ErrandTo) -> None:
    """PyMySQL's default is the same trap; with ssl=context it is an error, see test_no_downgrade.py."""
    server = play(MySQL(offers_tls=False), pki.leaf)
    with pytest.raises(pymysql.err.OperationalError):
        _pymysql(errand_to(server))
    (connection,) = server.settled()
    assert has_credentials(connection.plain_bytes)
