from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import StartTLSError
from pinsmith.lab.servers.server import RecordingServer
from tests.probe.scripted import PlainServer, reset, tarpit
from tests.probe.scripts import SCRIPTS, Script

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.probe import Fetched

    Fetch = Callable[..., Fetched]

every_protocol = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.protocol)


@pytest.fixture(scope="module")
def mail(intermediate: Authority) -> Identity:
    """Make the identity of the host in the scripts."""
    return intermediate.issue("mail.test")


@every_protocol
def test_the_chain_behind_starttls_is_fetched(fetch_from: Fetch, mail: Identity, script: Script) -> None:
    """After the dialogue of each protocol, a full handshake with SNI follows over a real socket."""
    with RecordingServer(mail, starttls=script.play) as server:
        fetched = fetch_from(server, "mail.test", starttls=script.protocol)
        (connection,) = server.settled()
    assert fetched.trusted
    assert str(fetched.presented.leaf.pin) == mail.pin  # type: ignore[union-attr]
    assert connection.server_name == "mail.test"
    assert connection.handshaken
    assert connection.plain_bytes == b"".join(words for who, words in script.steps if who == "hears")


@every_protocol
def test_an_untrusted_chain_behind_starttls_is_shown(fetch_from: Fetch, identity: Identity, script: Script) -> None:
    """The second connection repeats the whole dialogue."""
    with RecordingServer(identity, starttls=script.play) as server:
        fetched = fetch_from(server, "mail.test", starttls=script.protocol)
        assert len(server.settled()) == 2
    assert not fetched.trusted
    assert fetched.distrust is not None
    assert fetched.distrust.code == "wrong-name"


@every_protocol
def test_a_refusal_reaches_the_caller(fetch_from: Fetch, script: Script) -> None:
    """The error quotes the server's last words beside host and port."""
    spoken = [step for step in script.steps if step[0] == "says"]
    cut = script.steps.index(spoken[-1])
    refusing = Script(script.protocol, (*script.steps[:cut], ("says", script.refusal)), b"", "")

    def play(sock: socket.socket) -> None:
        refusing.play(sock)
        tarpit(sock)

    with PlainServer(play) as server, pytest.raises(StartTLSError) as caught:
        fetch_from(server, "mail.test", starttls=script.protocol)
    assert script.quoted in str(caught.value)
    assert str(caught.value).startswith(f"mail.test:{server.endpoint[1]} (127.0.0.1) ")


def test_bytes_slipped_in_before_tls_are_refused(fetch_from: Fetch) -> None:
    """An answer injected after the agreement to TLS ends the fetch."""
    smtp = SCRIPTS[0]
    injected = (*smtp.steps[:-1], ("says", smtp.steps[-1][1] + b"250 injected\r\n"))

    def play(sock: socket.socket) -> None:
        Script("smtp", injected, b"", "").play(sock)
        tarpit(sock)

    with PlainServer(play) as server, pytest.raises(StartTLSError, match="after it had agreed to TLS"):
        fetch_from(server, "mail.test", starttls="smtp")


def test_a_silent_server_ends_with_the_time_limit(fetch_from: Fetch) -> None:
    """The time limit also covers the conversation in the clear."""
    with PlainServer(tarpit) as server, pytest.raises(StartTLSError, match="did not agree to TLS in time"):
        fetch_from(server, starttls="smtp", timeout_seconds=0.1)


def test_a_reset_is_reported(fetch_from: Fetch) -> None:
    """A reset before TLS is an error of STARTTLS."""
    with PlainServer(reset) as server, pytest.raises(StartTLSError, match=r"broke off before TLS, .*reset"):
        fetch_from(server, starttls="postgres")


def test_a_server_that_never_stops_talking_is_left(fetch_from: Fetch) -> None:
    """The connection is closed when a greeting exceeds its size limit, long before the time limit."""

    def play(sock: socket.socket) -> None:
        while True:
            sock.sendall(b"220-and another line\r\n" * 100)

    with PlainServer(play) as server, pytest.raises(StartTLSError, match="sent more than 65536 bytes"):
        fetch_from(server, starttls="smtp")
