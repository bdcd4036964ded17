"""A forged leaf differs from a genuine one only in its signature."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.forge import forged_leaf
from pinsmith.lab.servers.server import RecordingServer
from tests.lab.client import ask, trusting

if TYPE_CHECKING:
    from pinsmith.lab.pki.key import KeyKind

NAME = "api.example.com"


@pytest.mark.parametrize("kind", ["ec-p256", "rsa-2048", "ed25519"])
def test_only_verification_detects_the_forgery(kind: KeyKind) -> None:
    """A client that trusts the root refuses the forged signature, and accepts a genuine leaf with the same key."""
    root = Authority.root(key=kind)
    issuer = root.intermediate(key=kind)
    forged = forged_leaf(issuer, NAME, key=kind)
    with RecordingServer(forged) as server:
        with pytest.raises(ssl.SSLCertVerificationError, match="signature failure"):
            ask(server.endpoint, trusting(root), NAME)
        assert server.settled()
        assert server.received == b""
    with RecordingServer(issuer.issue(NAME, key=forged.key)) as server:
        assert ask(server.endpoint, trusting(root), NAME)


def test_names_and_key_identifiers_are_the_issuers() -> None:
    """The names and key identifiers match those of the issuer, although its key did not sign the leaf."""
    issuer = Authority.root().intermediate()
    forged = forged_leaf(issuer, NAME)
    assert forged.certificate.issuer == issuer.certificate.subject
    assert forged.issuers == (issuer.certificate,)
    claimed = forged.certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert claimed == x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    with pytest.raises(InvalidSignature):
        forged.certificate.verify_directly_issued_by(issuer.certificate)
    assert isinstance(forged.key, ec.EllipticCurvePrivateKey)
