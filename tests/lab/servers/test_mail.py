"""The lab's mail server: what it offers, what it accepts, and which bytes count as disclosed."""

from __future__ import annotations

import smtplib
import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.mail import INJECTED, MailServer, beyond_greeting, unavailable_speaker
from tests.lab.client import trusting

if TYPE_CHECKING:
    from pinsmith.lab.servers.mail import Offer

ROOT = Authority.root()
IDENTITY = ROOT.issue("localhost")
SECONDS = 10


def connected(server: MailServer) -> smtplib.SMTP:
    """Connect to the server."""
    return smtplib.SMTP("localhost", server.port, "client.test", SECONDS)


def test_mail_and_password_are_accepted_inside_tls_and_recorded() -> None:
    """If the client uses TLS correctly, no byte counts as disclosed in the clear."""
    with MailServer(IDENTITY) as server:
        with connected(server) as client:
            client.starttls(context=trusting(ROOT))
            client.login("somebody", "secret")
            client.sendmail("a@client.test", ["b@localhost"], "Subject: hello\r\n\r\n.dot\r\n")
            client.noop()
        server.wait_closed()
        assert server.disclosed_in_the_clear == b""
        assert b"AUTH" in server.received
        assert b"Subject: hello" in server.disclosed


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
@pytest.mark.parametrize("at_once", [True, False])
def test_passwords_in_the_clear_are_accepted_and_counted(mechanism: str, *, at_once: bool) -> None:
    """A client that logs in without TLS gets an answer, and its password is recorded in every form of the login."""
    with MailServer(IDENTITY, offer="absent") as server:
        with connected(server) as client:
            client.ehlo()
            client.user, client.password = "somebody", "secret"
            name = mechanism.removeprefix("auth_").upper()
            code, _ = client.auth(name, getattr(client, mechanism), initial_response_ok=at_once)
            assert code == 235
        server.wait_closed()
        assert b"c2VjcmV0" in server.disclosed or b"AHNvbWVib2R5AHNlY3JldA==" in server.disclosed
        assert b"ehlo" not in server.disclosed


def test_mail_in_the_clear_counts_as_disclosed() -> None:
    """Addresses and text are disclosed, but not the commands around them."""
    with MailServer(IDENTITY, offer="absent") as server:
        with connected(server) as client:
            client.sendmail("a@client.test", ["b@localhost"], "Subject: hello\r\n\r\ntext\r\n")
        server.wait_closed()
        disclosed = server.disclosed
    assert all(part in disclosed for part in (b"a@client.test", b"b@localhost", b"Subject: hello", b"text"))
    assert b"quit" not in disclosed.lower()


@pytest.mark.parametrize(("offer", "announced", "code"), [("absent", False, 502), ("refused", True, 454)])
def test_starttls_is_withheld_in_two_ways(offer: Offer, code: int, *, announced: bool) -> None:
    """STARTTLS is either not announced, or announced and then refused; asking for it discloses nothing."""
    with MailServer(IDENTITY, offer=offer) as server:
        with connected(server) as client:
            client.ehlo()
            assert client.has_extn("starttls") is announced
            assert client.docmd("STARTTLS")[0] == code
            assert client.docmd("HELP")[0] == 500
        server.wait_closed()
        assert server.disclosed == b"HELP\r\n"


def test_an_answer_is_injected_together_with_that_to_starttls() -> None:
    """A client that reads more than a line gets it before TLS begins; the real answer inside TLS is 421."""
    with MailServer(IDENTITY, injects=INJECTED, speak=unavailable_speaker) as server:
        with socket.create_connection(server.endpoint, SECONDS) as plain:
            assert plain.recv(4096).startswith(b"220 ")
            plain.sendall(b"STARTTLS\r\n")
            assert plain.recv(4096).endswith(INJECTED)
            with trusting(ROOT).wrap_socket(plain, server_hostname="localhost") as secure:
                secure.sendall(b"EHLO client.test\r\n")
                assert secure.recv(4096).startswith(b"421 ")
        server.wait_closed()
        assert server.disclosed_in_the_clear == b""


@pytest.mark.parametrize("offer", ["absent", "refused"])
def test_tls_that_was_withheld_cannot_be_started(offer: Offer) -> None:
    """A client that starts TLS all the same, as `openssl s_client` does, finds the connection closed."""
    with MailServer(IDENTITY, offer=offer) as server:
        with connected(server) as client:
            client.docmd("STARTTLS")
            assert client.sock is not None
            with pytest.raises(OSError, match=r"reset|EOF|closed"):
                trusting(ROOT).wrap_socket(client.sock, server_hostname="localhost")
        server.wait_closed()
        assert isinstance(server.connections[0].handshake_error, ConnectionAbortedError)


def test_tls_from_the_start_is_not_mail() -> None:
    """A client that starts TLS at once fails, and has disclosed nothing."""
    with MailServer(IDENTITY) as server:
        with socket.create_connection(server.endpoint, SECONDS) as plain, pytest.raises(ssl.SSLError):
            trusting(ROOT).wrap_socket(plain, server_hostname="localhost")
        server.wait_closed()
        assert server.disclosed == b""


def test_a_client_that_leaves_ends_the_conversation() -> None:
    """A client may leave in the clear, in the middle of a line, or in the middle of a mail."""
    with MailServer(IDENTITY, offer="absent") as server:
        for sent in (b"", b"EHL", b"EHLO client.test\r\nDATA\r\nhalf"):
            with socket.create_connection(server.endpoint, SECONDS) as plain:
                plain.sendall(sent)
            server.wait_closed()
        assert server.disclosed == b"EHLDATA\r\nhalf"


def test_the_commands_before_tls_disclose_nothing() -> None:
    """Their case does not matter, but a word that only begins with one of them counts as disclosed."""
    sent = b"ehlo a\r\nNOOP\r\nrset\r\nHELO b\r\nSTARTTLS\r\nQUITE secret\r\n\r\nquit\r\n"
    assert beyond_greeting(sent) == b"QUITE secret\r\n\r\n"
