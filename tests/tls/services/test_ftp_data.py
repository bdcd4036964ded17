"""Data channels of FTP, which are separate connections."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import PinMismatchError, SessionRefusedError
from pinsmith.lab.servers.speaker import silent_speaker
from tests.tls.services.files import CONTENT, FTP, ReusingFTP, log_in, store

if TYPE_CHECKING:
    import ssl

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import Serve
    from tests.tls.pki import PKI
    from tests.tls.services.conftest import ErrandTo, Play

every_version = pytest.mark.parametrize("tls", ["1.2", "1.3"])


@pytest.fixture
def rogue_data(pki: PKI, serve: Serve) -> RecordingServer:
    """Serve only the data channels, with the rogue key."""
    return serve(pki.rogue, speak=silent_speaker)


@every_version
def test_data_reaches_the_pinned_server(tls: str, pki: PKI, play: Play, errand_to: ErrandTo) -> None:
    """A data channel to the pinned server carries the file, after a handshake of its own."""
    server = play(FTP(), pki.leaf, tls=tls)
    assert store(log_in(errand_to(server))).startswith(b"226")
    _, data = server.settled()
    assert data.application_bytes == CONTENT
    assert not data.session_reused


def test_a_rogue_data_channel_receives_nothing(
    pki: PKI, play: Play, errand_to: ErrandTo, rogue_data: RecordingServer
) -> None:
    """The data channel is judged like the control channel."""
    server = play(FTP(rogue_data.port), pki.leaf)
    client = log_in(errand_to(server))
    with pytest.raises(PinMismatchError):
        store(client)
    assert len(rogue_data.settled()) == 1
    assert rogue_data.received == b""
    assert CONTENT not in server.received


def test_without_pins_a_rogue_data_channel_receives_the_file(
    pki: PKI, play: Play, errand_to: ErrandTo, rogue_data: RecordingServer, plain_context: ssl.SSLContext
) -> None:
    """The control: a context without pins sends the file to the address that the server gave."""
    server = play(FTP(rogue_data.port), pki.leaf)
    errand = dataclasses.replace(errand_to(server), context=plain_context)  # type: ignore[arg-type]
    assert store(log_in(errand))
    rogue_data.settled()
    assert rogue_data.received == CONTENT


@every_version
def test_a_data_channel_resumes_the_session_of_the_control_channel(
    tls: str, pki: PKI, play: Play, errand_to: ErrandTo
) -> None:
    """The resumed session keeps its judgement, so that servers which require resumption work."""
    server = play(FTP(), pki.leaf, tls=tls)
    client = log_in(errand_to(server), ReusingFTP)
    assert store(client).startswith(b"226")
    _, data = server.settled()
    assert client.reused  # type: ignore[attr-defined]
    assert data.session_reused
    assert data.application_bytes == CONTENT


@every_version
def test_a_rogue_data_channel_gets_the_session_and_receives_nothing(
    tls: str, pki: PKI, play: Play, errand_to: ErrandTo, serve: Serve
) -> None:
    """A server that cannot resume the session must show its key, and is refused."""
    rogue_data = serve(pki.rogue, speak=silent_speaker, tls=tls)
    server = play(FTP(rogue_data.port), pki.leaf, tls=tls)
    client = log_in(errand_to(server), ReusingFTP)
    with pytest.raises(PinMismatchError):
        store(client)
    (connection,) = rogue_data.settled()
    assert not connection.session_reused
    assert rogue_data.received == b""


@every_version
def test_a_session_of_an_earlier_policy_is_refused(tls: str, pki: PKI, play: Play, errand_to: ErrandTo) -> None:
    """After the policy was replaced, a data channel cannot rely on the judgement of the control channel."""
    server = play(FTP(), pki.leaf, tls=tls)
    errand = errand_to(server)
    client = log_in(errand, ReusingFTP)
    errand.context.policy = pki.policy()
    with pytest.raises(SessionRefusedError):
        store(client)
    assert CONTENT not in server.received
    server.settled()
    assert CONTENT not in server.received
