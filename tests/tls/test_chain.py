"""The judged chain is the one that OpenSSL verified, from the leaf to the trust anchor, not the one that was sent."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Chain
from pinsmith.errors import PinMismatchError
from pinsmith.lab.pki.authority import Authority
from pinsmith.tls._chain import presented_ders, verified_ders
from tests.tls.attack import SECRET, ask, connected, refused
from tests.tls.pki import HOST, NAMES, PKI, policy_of

if TYPE_CHECKING:
    from cryptography import x509

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext, Serve


def mess_of(pki: PKI) -> list[x509.Certificate]:
    """Return the good chain among unrelated certificates, in the wrong order."""
    authorities = (pki.stranger, pki.root, pki.intermediate, pki.rogue_intermediate)
    return [pki.leaf.certificate, *(authority.certificate for authority in authorities)]


def chains(server: RecordingServer, context: ssl.SSLContext) -> tuple[list[str], list[str]]:
    """Return the pins of the presented and of the verified chain, as pinsmith reads them."""
    with connected(server, context) as tls:
        return _pins(presented_ders(tls)), _pins(verified_ders(tls) or [])


def _pins(ders: list[bytes]) -> list[str]:
    return [line.split()[0] for line in Chain.of_der(ders).summary()]


class TestStuffed:
    """Genuine certificates appended to a rogue chain, an attack that defeats pins compared with the presented chain."""

    @pytest.mark.parametrize("pinned", ["leaf", "intermediate", "root"])
    def test_appended_genuine_certificates_do_not_match(
        self, pki: PKI, context: MakeContext, serve: Serve, plain_context: ssl.SSLContext, pinned: str
    ) -> None:
        """The pinned certificates are presented but not verified, so they do not match."""
        server = serve(pki.rogue, presented=pki.stuffed)
        presented, verified = chains(server, plain_context)
        assert getattr(pki, pinned).pin in presented
        assert verified == [pki.rogue.pin, pki.rogue_intermediate.pin, pki.rogue_root.pin]
        with refused(server, PinMismatchError) as caught:
            ask(server, context(policy_of(getattr(pki, pinned))))
        assert isinstance(caught.value, PinMismatchError)
        assert caught.value.presented is not None
        assert [line.split()[0] for line in caught.value.presented.summary()] == verified

    def test_appended_certificates_deceive_a_check_of_the_presented_chain(
        self, pki: PKI, serve: Serve, plain_context: ssl.SSLContext
    ) -> None:
        """The control: plain TLS accepts the chain with the appended certificates."""
        server = serve(pki.rogue, presented=pki.stuffed)
        assert ask(server, plain_context)
        server.settled()
        assert server.received == SECRET

    def test_unrelated_certificates_and_a_wrong_order_are_harmless(
        self, pki: PKI, context: MakeContext, serve: Serve
    ) -> None:
        """A genuine server with a bad configuration passes, because only the verified path counts."""
        server = serve(pki.leaf, presented=mess_of(pki))
        for pinned in (pki.leaf, pki.intermediate, pki.root):
            assert ask(server, context(policy_of(pinned)))

    @pytest.mark.parametrize("pinned", ["stranger", "rogue_intermediate"])
    def test_unrelated_certificates_match_nothing(
        self, pki: PKI, context: MakeContext, serve: Serve, pinned: str
    ) -> None:
        """The pin of a certificate that is sent but not part of the path does not match."""
        server = serve(pki.leaf, presented=mess_of(pki))
        with refused(server, PinMismatchError):
            ask(server, context(policy_of(getattr(pki, pinned))))


class TestMissing:
    """Certificates that the server did not send."""

    def test_a_root_that_was_not_sent_matches(
        self, pki: PKI, context: MakeContext, good_server: RecordingServer
    ) -> None:
        """The trust anchor is part of the verified chain although the server does not send it."""
        presented, verified = chains(good_server, context(policy_of(pki.root)))
        assert pki.root.pin not in presented
        assert verified == [pki.leaf.pin, pki.intermediate.pin, pki.root.pin]

    def test_an_intermediate_of_the_store_matches(self, pki: PKI, context: MakeContext, serve: Serve) -> None:
        """An intermediate from the trust store is part of the verified chain, so its pin matches."""
        server = serve(pki.leaf, presented=[pki.leaf.certificate])
        assert ask(server, context(policy_of(pki.intermediate), cadata=pki.trust + pki.intermediate.pem))

    def test_a_missing_intermediate_is_refused_by_openssl(self, pki: PKI, context: MakeContext, serve: Serve) -> None:
        """The control: without that intermediate, OpenSSL finds no path."""
        server = serve(pki.leaf, presented=[pki.leaf.certificate])
        with refused(server, ssl.SSLCertVerificationError, "unable to get local issuer"):
            ask(server, context())

    def test_a_partial_chain_reaches_the_root_of_the_store(
        self, pki: PKI, context: MakeContext, good_server: RecordingServer
    ) -> None:
        """With partial chains (the default since Python 3.13) each of the three keys still matches."""
        for pinned in (pki.leaf, pki.intermediate, pki.root):
            partial = context(policy_of(pinned), cadata=pki.root.pem + pki.intermediate.pem)
            partial.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            assert ask(good_server, partial)


class TestTwins:
    """Two authorities with the same name."""

    def spoof(self, pki: PKI) -> Authority:
        """Make a rogue intermediate with the name of the genuine one."""
        return pki.rogue_root.intermediate("Good Intermediate")

    def test_the_same_name_is_not_the_same_key(self, pki: PKI, context: MakeContext, serve: Serve) -> None:
        """The rogue authority has the genuine name, and the genuine certificate is sent too."""
        spoof = self.spoof(pki)
        server = serve(leaf := spoof.issue(*NAMES), presented=[*leaf.chain, pki.intermediate.certificate])
        with refused(server, PinMismatchError):
            ask(server, context(policy_of(pki.intermediate)))

    def test_the_genuine_certificate_first_is_refused_too(self, pki: PKI, context: MakeContext, serve: Serve) -> None:
        """The order of the certificates does not matter."""
        leaf = self.spoof(pki).issue(*NAMES)
        server = serve(leaf, presented=[leaf.certificate, pki.intermediate.certificate, *leaf.issuers])
        with refused(server, ssl.SSLCertVerificationError):
            ask(server, context(policy_of(pki.intermediate)))


class TestCrossSigned:
    """One key with two certificates: a pin is of the key, so either certificate matches."""

    @pytest.mark.parametrize("trusted", ["old", "new", "both"])
    def test_a_pin_of_the_newer_root_matches_whatever_is_trusted(
        self, context: MakeContext, serve: Serve, trusted: str
    ) -> None:
        """The cross-signed certificate and the self-signed one have the same key."""
        old, new = Authority.root("Old Root"), Authority.root("New Root")
        leaf = new.issue(*NAMES)
        server = serve(leaf, presented=[leaf.certificate, old.cross_sign(new).certificate])
        trust = {"old": old.pem, "new": new.pem, "both": old.pem + new.pem}[trusted]
        assert ask(server, context(policy_of(new), cadata=trust))
        if trusted == "old":
            assert ask(server, context(policy_of(old), cadata=trust))
        else:
            with pytest.raises(PinMismatchError):
                ask(server, context(policy_of(old), cadata=trust))

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_a_pin_of_a_cross_signed_intermediate_matches_in_any_order(
        self, context: MakeContext, serve: Serve, order: tuple[int, int]
    ) -> None:
        """The order of the sent certificates decides which of the two is used, but both have the same key."""
        one, two = Authority.root("One Root"), Authority.root("Two Root")
        under_one = one.intermediate("Shared")
        both: list[x509.Certificate] = [under_one.certificate, two.cross_sign(under_one).certificate]
        leaf = under_one.issue(*NAMES)
        server = serve(leaf, presented=[leaf.certificate, *(both[index] for index in order)])
        assert ask(server, context(policy_of(under_one), cadata=one.pem + two.pem))

    def test_a_renewed_certificate_of_the_same_key_matches(self, pki: PKI, context: MakeContext, serve: Serve) -> None:
        """A renewal that keeps the key needs no new pin, also with another issuer."""
        server = serve(pki.root.issue(HOST, key=pki.leaf.key))
        assert ask(server, context(policy_of(pki.leaf)))


@pytest.mark.parametrize("kind", ["rsa-2048", "ec-p384", "ed25519", "rsa-pss-2048"])
def test_every_kind_of_key_matches(pki: PKI, context: MakeContext, serve: Serve, kind: str) -> None:
    """A pin is a hash of bytes, so every kind of key works."""
    leaf = pki.intermediate.issue(*NAMES, key=kind)  # type: ignore[arg-type]
    assert ask(serve(leaf), context(policy_of(leaf)))
