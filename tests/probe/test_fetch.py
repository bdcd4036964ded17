from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from pinsmith.certificate import UnreadableCertificate
from pinsmith.errors import HandshakeError
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity, pem_of
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.probe.handshake import handshake

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.servers.server import Versions
    from pinsmith.probe import Fetched, Trust

    Fetch = Callable[..., Fetched]

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_trusted_chain_is_presented_and_verified(
    fetch_from: Fetch, identity: Identity, intermediate: Authority, root: Authority, tls: Versions
) -> None:
    """The presented chain is the one sent, the verified one ends in the trust anchor; both start with the leaf."""
    with RecordingServer(identity, tls=tls) as server:
        fetched = fetch_from(server)
        (connection,) = server.settled()
    assert fetched.trusted
    assert fetched.trust_error is None
    assert fetched.verified is not None
    pins = [identity.pin, intermediate.pin, root.pin]
    assert [str(certificate.pin) for certificate in fetched.presented] == pins[:2]  # type: ignore[union-attr]
    assert [str(certificate.pin) for certificate in fetched.verified] == pins  # type: ignore[union-attr]
    assert (fetched.host, fetched.port, fetched.address) == ("a.test", server.endpoint[1], "127.0.0.1")
    assert fetched.tls_version == f"TLSv{tls}"
    assert connection.server_name == "a.test"
    assert connection.handshaken
    assert connection.application_bytes == b""


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_server_sees_an_orderly_end(trust: Trust, identity: Identity, version: ssl.TLSVersion) -> None:
    """The last bytes of a fetch complete the server's handshake and contain close_notify, so that logs stay clean."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = version
    identity.load_into(context)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    client = handshake(trust.verifying(None), "a.test")
    message, end = client.send(None), None
    while end is None:
        incoming.write(message)
        with suppress(ssl.SSLWantReadError):
            server.do_handshake()
        try:
            message = client.send(outgoing.read())
        except StopIteration as stop:
            end = stop.value
    incoming.write(end.farewell)
    server.do_handshake()
    assert server.read() == b""


def test_an_extra_certificate_in_the_presented_chain_is_not_verified(
    fetch_from: Fetch, identity: Identity, root: Authority
) -> None:
    """A certificate that does not belong to the chain is part of the presented chain but not of the verified one."""
    stranger = Authority.root("Stranger")
    with RecordingServer(identity, presented=[*identity.chain, stranger.certificate]) as server:
        fetched = fetch_from(server)
    assert stranger.pin in [str(certificate.pin) for certificate in fetched.presented]  # type: ignore[union-attr]
    assert stranger.pin not in [str(certificate.pin) for certificate in fetched.verified or ()]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "sent"),
    [("a.test", "a.test"), ("A.Test.", "a.test"), ("127.0.0.1", None), ("[::1]", None)],
)
def test_names_are_sent_as_sni_and_addresses_are_not(
    fetch_from: Fetch, identity: Identity, name: str, sent: str | None
) -> None:
    """The SNI is the canonical host. An IP address is compared with the certificate but not sent as SNI."""
    with RecordingServer(identity) as server:
        fetched = fetch_from(server, name)
        (connection,) = server.settled()
    assert fetched.trusted
    assert connection.server_name == sent


@pytest.mark.skipif(not socket.has_ipv6, reason="not on systems without IPv6")
def test_ipv6_addresses_are_dialled(fetch_from: Fetch, identity: Identity) -> None:
    """A fetch reaches a server on ::1 by its address."""
    with RecordingServer(identity, address="::1") as server:
        fetched = fetch_from(server, "::1")
    assert fetched.trusted
    assert fetched.address == "::1"


def test_sni_chooses_the_certificate(fetch_from: Fetch, identity: Identity, intermediate: Authority) -> None:
    """A server shows the certificate of the requested name if two names share an address."""
    other = intermediate.issue("b.test")
    with RecordingServer(identity, sni={"b.test": other}) as server:
        assert str(fetch_from(server, "b.test").presented.leaf.pin) == other.pin  # type: ignore[union-attr]
        assert str(fetch_from(server, "a.test").presented.leaf.pin) == identity.pin  # type: ignore[union-attr]


def make_expired(intermediate: Authority) -> Identity:
    """Make a certificate that expired yesterday."""
    return intermediate.issue("a.test", not_after=YESTERDAY)


def make_early(intermediate: Authority) -> Identity:
    """Make a certificate that is valid from tomorrow."""
    return intermediate.issue("a.test", not_before=TOMORROW)


def make_misnamed(intermediate: Authority) -> Identity:
    """Make a certificate for another host."""
    return intermediate.issue("b.test")


def make_self_signed(intermediate: Authority) -> Identity:
    """Make a certificate that is signed by its own key."""
    return Identity.self_signed("a.test")


def make_untrusted(intermediate: Authority) -> Identity:
    """Make a certificate below a root that is neither trusted nor sent."""
    return Authority.root("Rogue").intermediate("Rogue Intermediate").issue("a.test")


def make_for_clients(intermediate: Authority) -> Identity:
    """Make a certificate for clients only."""
    from cryptography.x509.oid import ExtendedKeyUsageOID

    return intermediate.issue("a.test", usages=[ExtendedKeyUsageOID.CLIENT_AUTH])


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (make_expired, "expired", "a certificate has expired"),
        (make_early, "not-yet-valid", "a certificate is not valid yet"),
        (make_misnamed, "wrong-name", "the certificate is for other hosts"),
        (make_self_signed, "self-signed", "the certificate is self-signed and is not a trust anchor"),
        (make_untrusted, "unknown-issuer", "the chain leads to no trust anchor"),
        (make_for_clients, "invalid", "the chain is invalid"),
    ],
)
def test_a_chain_that_is_not_trusted_is_shown_and_marked(
    fetch_from: Fetch,
    intermediate: Authority,
    *,
    make: Callable[[Authority], Identity],
    code: str,
    words: str,
    tls: Versions,
) -> None:
    """The chain is presented in full and not called verified; the reason is given in plain words and in OpenSSL's."""
    odd = make(intermediate)
    with RecordingServer(odd, tls=tls) as server:
        fetched = fetch_from(server)
        refused, shown = server.settled()
    ders = [certificate.public_bytes(Encoding.DER) for certificate in odd.chain]
    assert [certificate.der for certificate in fetched.presented] == ders
    assert fetched.verified is None
    assert not fetched.trusted
    assert fetched.distrust is not None
    assert fetched.distrust.code == code
    assert fetched.trust_error is not None
    assert fetched.trust_error.startswith(words)
    assert "(OpenSSL: " in fetched.trust_error
    assert (refused.handshaken, shown.handshaken) == (False, True)
    assert refused.server_name == shown.server_name == "a.test"


def test_an_unknown_root_that_is_sent_along_has_a_reason_of_its_own(fetch_from: Fetch) -> None:
    """The reason differs between a server that sends its private root and a server whose issuer is missing."""
    odd = Authority.root("Rogue").issue("a.test")
    with RecordingServer(odd, presented=odd.presented_pem(root=True)) as server:
        fetched = fetch_from(server)
    assert fetched.distrust is not None
    assert fetched.distrust.code == "unknown-root"


def test_a_missing_intermediate_is_not_trusted(fetch_from: Fetch, identity: Identity) -> None:
    """A server that does not send its intermediate is untrusted, and the reason names that as a possible cause."""
    with RecordingServer(identity, presented=identity.pem) as server:
        fetched = fetch_from(server)
    assert not fetched.trusted
    assert "an intermediate may be missing" in str(fetched.trust_error)
    assert len(fetched.presented) == 1


def test_a_member_that_cannot_be_read_is_kept_in_its_place(fetch_from: Fetch, identity: Identity) -> None:
    """A certificate that OpenSSL accepts although it is not DER is kept as unreadable, and the others are shown."""
    lax = _with_long_length(Authority.root("Lax").der)
    text = identity.presented_pem() + ssl.DER_cert_to_PEM_cert(lax) + pem_of([identity.certificate])
    with RecordingServer(identity, presented=text) as server:
        fetched = fetch_from(server)
    assert fetched.trusted
    kinds = [isinstance(certificate, UnreadableCertificate) for certificate in fetched.presented]
    assert kinds == [False, False, True, False]


def _with_long_length(der: bytes) -> bytes:
    """Encode the length of the serial number in two bytes instead of one, and correct the lengths around it."""
    serial = der.index(b"\x02", 8 + 5)  # after the two headers and the version
    inner = der[8:serial] + b"\x02\x81" + der[serial + 1 :]
    tbs_length = int.from_bytes(der[6:8]) + 1
    return b"\x30\x82" + (int.from_bytes(der[2:4]) + 1).to_bytes(2) + b"\x30\x82" + tbs_length.to_bytes(2) + inner


def test_every_fetch_is_a_full_handshake(fetch_from: Fetch, identity: Identity) -> None:
    """No fetch resumes a session, so each one proves again that the server has the private key."""
    with RecordingServer(identity) as server:
        for _ in range(3):
            fetch_from(server)
        connections = server.settled()
    assert [connection.session_reused for connection in connections] == [False] * 3


@pytest.fixture(scope="module")
def rsa_identity(intermediate: Authority) -> Identity:
    """Make a certificate with an RSA key for the same name."""
    return intermediate.issue("a.test", key="rsa-2048")


@pytest.mark.parametrize(("key_type", "algorithm"), [("ecdsa", "EC P-256"), ("rsa", "RSA 2048")])
def test_the_kind_of_key_can_be_asked_for(
    fetch_from: Fetch, identity: Identity, rsa_identity: Identity, key_type: str, algorithm: str
) -> None:
    """A server that has both kinds of key shows the requested one."""
    with RecordingServer(identity, context_hook=rsa_identity.load_into) as server:
        fetched = fetch_from(server, key_type=key_type)
    assert fetched.trusted
    assert fetched.presented.leaf is not None
    assert fetched.presented.leaf.algorithm == algorithm
    assert fetched.tls_version == "TLSv1.2"


def test_a_server_without_that_kind_of_key_is_an_error(fetch_from: Fetch, identity: Identity) -> None:
    """If the server does not have the requested kind of key, the error names that kind."""
    with RecordingServer(identity) as server, pytest.raises(HandshakeError) as caught:
        fetch_from(server, key_type="rsa")
    assert caught.value.alert == "handshake_failure"
    assert "no rsa certificate" in str(caught.value.hint)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("name", ["a.test", "b.test"])
def test_a_demand_for_a_client_certificate_does_not_hide_the_chain(
    fetch_from: Fetch, identity: Identity, root: Authority, tls: Versions, name: str
) -> None:
    """The chain of a server that requires a client certificate is shown, trusted or not, before the server hangs up."""
    with RecordingServer(identity, client_ca=root, tls=tls) as server:
        fetched = fetch_from(server, name)
    assert len(fetched.presented) == 2
    assert fetched.trusted is (name == "a.test")
    assert fetched.demands_client_certificate is (tls == "1.2")


def test_old_suites_are_still_understood(fetch_from: Fetch, rsa_identity: Identity) -> None:
    """A fetch can read a server that supports only RSA key exchange."""

    def old(context: ssl.SSLContext) -> None:
        context.set_ciphers("AES256-SHA")

    with RecordingServer(rsa_identity, tls="1.2", context_hook=old) as server:
        fetched = fetch_from(server)
    assert fetched.trusted
    assert fetched.cipher == "AES256-SHA"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="only on machines with the openssl program")
@pytest.mark.parametrize("key", ["ec-p256", "rsa-2048"])
def test_pins_equal_those_of_the_openssl_program(fetch_from: Fetch, intermediate: Authority, key: str) -> None:
    """The command that the guides show prints the same pin for the leaf."""
    leaf = intermediate.issue("a.test", key=key)  # type: ignore[arg-type]
    with RecordingServer(leaf) as server:
        fetched = fetch_from(server)
        connect = f"127.0.0.1:{server.endpoint[1]}"
        shown = _openssl(["s_client", "-connect", connect, "-servername", "a.test"], b"")
    spki = _openssl(["pkey", "-pubin", "-outform", "DER"], _openssl(["x509", "-pubkey", "-noout"], shown))
    digest = _openssl(["base64"], _openssl(["dgst", "-sha256", "-binary"], spki))
    assert fetched.presented.leaf is not None
    assert str(fetched.presented.leaf.pin) == f"sha256/{digest.decode().strip()}"


def _openssl(arguments: list[str], fed: bytes) -> bytes:
    return subprocess.run(["openssl", *arguments], input=fed, capture_output=True, check=True).stdout  # noqa: S607
