from __future__ import annotations

import pickle
import socket
import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from pinsmith.errors import (
    ConnectError,
    FetchError,
    FileError,
    HandshakeError,
    HandshakeTimeoutError,
    NoCertificateError,
    PlaintextError,
)
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.probe import Trust
from pinsmith.probe.handshake import UntrustedError, handshake
from tests.probe.scripted import (
    PlainServer,
    alert,
    answers,
    certificate,
    half_a_handshake,
    half_a_handshake_by_rsa,
    record,
    reset,
    server_hello,
    tarpit,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.probe import Fetched

    Fetch = Callable[..., Fetched]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n<html>", "the port speaks plain HTTP"),
        (b"220 mail.test ESMTP\r\n", "--starttls smtp"),
        (b"220 files.test FTP server\r\n", "--starttls ftp"),
        (b"* OK IMAP4rev1\r\n", "--starttls imap"),
        (b"+OK ready\r\n", "--starttls pop3"),
        (b"J\0\0\0\x0a8.0.36\0", "--starttls mysql"),
        (b"SSH-2.0-OpenSSH_9\r\n", "the port speaks SSH, not TLS"),
        (b"\x16 not a record", None),
        (b"\0" * 500, None),
    ],
)
def test_a_port_without_tls_is_quoted(fetch_from: Fetch, words: bytes, hint: str | None) -> None:
    """The error quotes the first bytes that a plain port sends, and the hint names an option or port that may help."""
    with PlainServer(answers(words)) as server, pytest.raises(PlaintextError, match="does not speak TLS") as caught:
        fetch_from(server)
    assert caught.value.code == "not-tls"
    assert caught.value.said == words
    assert (hint is None) is (caught.value.hint is None)
    assert (hint or "") in str(caught.value.hint)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (40, "handshake_failure"),
        (70, "protocol_version"),
        (112, "unrecognized_name"),
        (80, "internal_error"),
        (200, "200"),
    ],
)
def test_an_alert_is_named(fetch_from: Fetch, number: int, name: str) -> None:
    """The error names the server's alert, or gives its number if it has no name."""
    with PlainServer(answers(alert(number))) as server, pytest.raises(HandshakeError) as caught:
        fetch_from(server)
    assert caught.value.alert == name
    assert str(caught.value).endswith(f"ended the TLS handshake with the alert {name}")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (server_hello() + certificate(b"no certificate"), "sent a certificate that cannot be read"),
        (server_hello() + certificate(b""), "sent a certificate that cannot be read"),
        (server_hello() + record(23, b"x" * 100), "broke the rules of the TLS handshake"),
        (alert(0, level=1), "closed the connection during the TLS handshake"),
        (server_hello() + record(22, b"\x0b\xff\xff\xff" + b"x" * 9000) * 40, "broke the rules of the TLS handshake"),
    ],
    ids=["garbage", "empty certificate", "application data", "close_notify", "oversized"],
)
def test_a_server_that_breaks_the_rules_is_reported(fetch_from: Fetch, words: bytes, message: str) -> None:
    """A server that violates TLS is reported in one line that describes the fault."""
    with PlainServer(answers(words)) as server, pytest.raises(HandshakeError, match=message) as caught:
        fetch_from(server)
    assert caught.value.alert is None
    assert "_ssl.c" not in str(caught.value)


def test_an_unreadable_certificate_beside_a_sound_one_is_reported(fetch_from: Fetch, identity: Identity) -> None:
    """OpenSSL rejects a chain if one certificate is not ASN.1; the error says that a certificate cannot be read."""
    words = server_hello() + certificate(identity.der, b"\x30\x03abc")
    with PlainServer(answers(words)) as server, pytest.raises(HandshakeError, match="certificate that cannot be read"):
        fetch_from(server)


def test_a_server_without_a_certificate_has_its_own_error(fetch_from: Fetch) -> None:
    """An empty certificate list is reported as such, and not as a violation of TLS."""
    words = server_hello() + certificate()
    with PlainServer(answers(words)) as server, pytest.raises(NoCertificateError, match="presented no certificate"):
        fetch_from(server)


@pytest.mark.parametrize("words", [b"", b"\x16", server_hello()], ids=["nothing", "one byte", "half a handshake"])
def test_a_server_that_leaves_is_reported(fetch_from: Fetch, words: bytes) -> None:
    """A server that closes the connection too early is reported as an error of the handshake."""
    play = answers(words, stays=False)
    with PlainServer(play) as server, pytest.raises(HandshakeError, match="closed the connection during") as caught:
        fetch_from(server)
    assert not isinstance(caught.value, HandshakeTimeoutError)


def test_a_reset_is_reported(fetch_from: Fetch) -> None:
    """The error distinguishes a reset in the middle of the handshake from an orderly end."""
    with PlainServer(reset) as server, pytest.raises(HandshakeError, match=r"broke off the TLS handshake: .*reset"):
        fetch_from(server)


def test_silence_ends_with_the_time_limit(fetch_from: Fetch) -> None:
    """A server that accepts and then sends nothing is given up at the time limit, and the hint reports its silence."""
    with PlainServer(tarpit) as server, pytest.raises(HandshakeTimeoutError) as caught:
        fetch_from(server, timeout_seconds=0.1)
    assert caught.value.code == "handshake-timeout"
    assert "sent nothing" in str(caught.value.hint)


def test_a_server_that_stops_halfway_ends_with_the_time_limit(fetch_from: Fetch) -> None:
    """The time limit covers the whole handshake."""
    with PlainServer(answers(server_hello())) as server, pytest.raises(HandshakeTimeoutError):
        fetch_from(server, timeout_seconds=0.1)


def test_a_server_that_stops_halfway_is_not_called_silent(trust: Trust) -> None:
    """The hint for a port that may not speak TLS is absent once the server has sent a record."""
    conversation = handshake(trust.verifying(None), "a.test")
    conversation.send(None)
    conversation.send(server_hello())
    with pytest.raises(HandshakeTimeoutError) as caught:
        conversation.throw(TimeoutError())
    assert caught.value.hint is None


def test_a_port_that_is_closed_is_refused(fetch_from: Fetch) -> None:
    """The error names the host, the port and the address."""
    server = PlainServer(tarpit)
    server.start()
    server.close()
    with pytest.raises(ConnectError) as caught:
        fetch_from(server)
    port = server.endpoint[1]
    assert str(caught.value) == f"a.test:{port} (127.0.0.1) refused the connection"
    assert (caught.value.host, caught.value.port, caught.value.address) == ("a.test", port, "127.0.0.1")


def test_a_handshake_without_end_is_cut_off(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends more than any honest handshake needs is cut off, however it splits the bytes into records."""
    monkeypatch.setattr("pinsmith.probe.handshake.MAX_BYTES", 3000)
    conversation = handshake(trust.showing(None), "a.test")
    conversation.send(None)
    conversation.send(server_hello())
    conversation.send(record(22, b"\x0b\x01\x00\x00" + bytes(1000)))
    conversation.send(record(22, bytes(1000)))
    with pytest.raises(HandshakeError, match="sent more than 3000 bytes"):
        conversation.send(record(22, bytes(1000)))


def test_a_copied_chain_is_not_shown(fetch_from: Fetch, intermediate: Authority) -> None:
    """A chain is shown only if the server signs with the leaf's key; a signature with another key is refused."""
    own, copied = rsa.generate_private_key(65537, 2048), intermediate.issue("a.test", key="rsa-2048")
    assert isinstance(copied.key, rsa.RSAPrivateKey)
    ders = (copied.der, intermediate.der)
    with PlainServer(half_a_handshake(own, *ders)) as server, pytest.raises(HandshakeError, match="bad signature"):
        fetch_from(server)
    with PlainServer(half_a_handshake(copied.key, *ders)) as server:
        fetched = fetch_from(server)
    assert fetched.trusted
    assert fetched.demands_client_certificate


def test_a_copied_chain_with_rsa_key_exchange_is_not_shown(fetch_from: Fetch, intermediate: Authority) -> None:
    """A server that has not signed anything proves nothing by asking for a client certificate."""
    copied = intermediate.issue("a.test", key="rsa-2048")
    play = half_a_handshake_by_rsa(copied.der, intermediate.der)
    with PlainServer(play) as server, pytest.raises(HandshakeError, match="alert handshake_failure"):
        fetch_from(server)


def test_an_alert_without_a_request_for_a_client_certificate_is_a_failure(
    fetch_from: Fetch, intermediate: Authority
) -> None:
    """An alert from a server that did not ask for a client certificate is a failed handshake."""
    leaf = intermediate.issue("a.test", key="rsa-2048")
    assert isinstance(leaf.key, rsa.RSAPrivateKey)
    play = half_a_handshake(leaf.key, leaf.der, intermediate.der, asks=False)
    with PlainServer(play) as server, pytest.raises(HandshakeError, match="alert handshake_failure"):
        fetch_from(server)


def test_a_copied_chain_followed_by_an_alert_is_not_shown(fetch_from: Fetch, intermediate: Authority) -> None:
    """An alert before the server's signature does not count as a demand for a client certificate."""
    leaf = intermediate.issue("a.test", key="rsa-2048")
    words = server_hello() + certificate(leaf.der, intermediate.der) + alert(40)
    with PlainServer(answers(words)) as server, pytest.raises(HandshakeError) as caught:
        fetch_from(server)
    assert caught.value.alert == "handshake_failure"


def test_the_refused_server_receives_the_reason(trust: Trust, identity: Identity) -> None:
    """The driver receives the alert of a failed verification, so that it can send it."""
    with RecordingServer(identity) as server:
        conversation = handshake(trust.verifying(None), "b.test")
        with socket.create_connection(server.endpoint) as sock:
            sock.sendall(conversation.send(None))
            with pytest.raises(UntrustedError) as caught:
                _talk(conversation.send, sock)
            sock.sendall(caught.value.farewell)
        (connection,) = server.settled()
    assert caught.value.verify_code == 62
    assert "ALERT_BAD_CERTIFICATE" in str(connection.handshake_error)


def _talk(send: Callable[[bytes], bytes], sock: socket.socket) -> None:
    while True:
        sock.sendall(send(sock.recv(65536)))


def test_errors_of_retrieval_pickle(fetch_from: Fetch) -> None:
    """After pickling, an error has the same text and attributes."""
    with PlainServer(answers(alert(40))) as server, pytest.raises(FetchError) as caught:
        fetch_from(server)
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert isinstance(copy, HandshakeError)
    assert type(copy).__module__ == "pinsmith.errors"
    assert str(copy) == str(caught.value)
    assert copy.alert == "handshake_failure"


def test_trust_anchors_are_read_at_once(tmp_path: Path, root: Authority, identity: Identity) -> None:
    """A trust file that is missing or contains no certificate is an error before any connection."""
    missing, empty, good = tmp_path / "missing.pem", tmp_path / "empty.pem", tmp_path / "good.pem"
    empty.write_text("nothing\n")
    good.write_text(root.pem)
    with pytest.raises(FileError, match=r"missing\.pem cannot be read: it does not exist"):
        Trust(cafile=missing)
    with pytest.raises(FileError, match=r"empty\.pem contains no trust anchors"):
        Trust(cafile=empty)
    with pytest.raises(ValueError, match="trust anchors cannot be read"):
        Trust(cadata="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert Trust(cafile=good).verifying(None).cert_store_stats()["x509_ca"] == 1


def test_contexts_are_made_once(trust: Trust) -> None:
    """All hosts share one context, because loading trust anchors is expensive."""
    assert trust.verifying(None) is trust.verifying(None)
    assert trust.verifying("rsa") is trust.verifying("rsa")
    assert trust.showing(None) is trust.showing(None)
    assert trust.verifying(None).verify_mode is ssl.CERT_REQUIRED
    assert trust.verifying(None).check_hostname
    assert trust.verifying("rsa").check_hostname
