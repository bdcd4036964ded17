"""Requests and certificates that a key signs where it is: they are valid, and are of the pinned key."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pinsmith.certificate import Certificate
from pinsmith.certificate.placeholder import is_placeholder
from pinsmith.certificate.signature import is_signed_by
from pinsmith.custody.signer import Signer
from pinsmith.errors import MaterialError
from pinsmith.errors.custody import CustodyError
from pinsmith.material import read_material
from pinsmith.policy import Key
from pinsmith.rotation import self_issue

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
HOSTS = ["api.example.com", "192.0.2.1"]
P256, P384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)
ED25519, ED448 = ed25519.Ed25519PrivateKey.generate(), ed448.Ed448PrivateKey.generate()
PSS = padding.PSS(padding.MGF1(hashes.SHA512()), padding.PSS.DIGEST_LENGTH)
WAYS: dict[str, tuple[PrivateKeyTypes, Callable[[bytes], bytes], str]] = {
    "P-256": (P256, lambda message: P256.sign(message, ec.ECDSA(hashes.SHA256())), "ecdsa-with-SHA256"),
    "P-384, SHA-384": (P384, lambda message: P384.sign(message, ec.ECDSA(hashes.SHA384())), "ecdsa-with-SHA384"),
    "PKCS#1": (RSA, lambda message: RSA.sign(message, padding.PKCS1v15(), hashes.SHA256()), "sha256WithRSAEncryption"),
    "PSS, SHA-512": (RSA, lambda message: RSA.sign(message, PSS, hashes.SHA512()), "rsassaPss"),
    "Ed25519": (ED25519, ED25519.sign, "ed25519"),
    "Ed448": (ED448, ED448.sign, "ed448"),
}


def _spki(private: PrivateKeyTypes) -> bytes:
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _key(signer: Signer) -> Key:
    return Key("hsm", signer.pin, "leaf")


@pytest.mark.parametrize("way", WAYS)
def test_what_a_key_signs_elsewhere_is_valid_and_names_its_scheme(way: str) -> None:
    """The scheme is that of the service, which may not be the first that pinsmith expects."""
    private, sign, scheme = WAYS[way]
    signer = Signer("command", _spki(private), sign)
    pem = self_issue.request_pem(_key(signer), signer, HOSTS)
    (request,) = read_material(pem)
    assert (request.pin, request.names, request.possession_proven) == (signer.pin, tuple(HOSTS), True)
    assert x509.load_pem_x509_csr(pem).signature_algorithm_oid._name == scheme
    (made,) = read_material(self_issue.certificate_pem(_key(signer), signer, HOSTS, NOW))
    certificate = Certificate(made.certificate.der) if made.certificate else None
    assert certificate is not None
    assert is_signed_by(certificate, signer.spki)
    assert is_placeholder(certificate)
    refused = self_issue.obstacle(pem)
    assert (refused is not None) == (scheme in {"rsassaPss", "ed25519", "ed448"})


@pytest.mark.parametrize("private", [ED25519, P384], ids=["Ed25519", "P-384"])
def test_a_key_of_a_file_signs_itself(private: PrivateKeyTypes) -> None:
    """It is not asked through the reference, which signs by other schemes."""

    def fail(message: bytes) -> bytes:
        raise AssertionError(message)

    signer = Signer("file", _spki(private), fail, private)
    (request,) = read_material(self_issue.request_pem(_key(signer), signer, HOSTS))
    assert (request.pin, request.possession_proven) == (signer.pin, True)


def test_a_key_that_signs_something_else_makes_nothing() -> None:
    """Signatures of another key and of another message, and a scheme that changes each time, are errors."""
    other = ec.generate_private_key(ec.SECP256R1())
    schemes = cycle([hashes.SHA384(), hashes.SHA512()])
    for sign, why in (
        (lambda message: other.sign(message, ec.ECDSA(hashes.SHA256())), "not one of the key"),
        (lambda message: P256.sign(message[1:], ec.ECDSA(hashes.SHA256())), "not one of the key"),
        (lambda _message: b"", "not one of the key"),
        (lambda message: P256.sign(message, ec.ECDSA(next(schemes))), "another scheme each time"),
    ):
        signer = Signer("command", _spki(P256), sign)
        with pytest.raises(CustodyError, match=why):
            self_issue.request_pem(_key(signer), signer, HOSTS)
        with pytest.raises(CustodyError, match=why):
            self_issue.certificate_pem(_key(signer), signer, HOSTS, NOW)


def test_an_unusual_encoding_of_the_public_key_is_refused() -> None:
    """The server would present the usual encoding, whose pin is another one, so clients would be locked out."""
    private, sign, _ = WAYS["PKCS#1"]
    usual = _spki(private)
    null = bytes.fromhex("300d06092a864886f70d0101010500")
    assert null in usual
    unusual = usual.replace(null, bytes.fromhex("300b06092a864886f70d010101"))
    unusual = unusual[:2] + (len(unusual) - 4).to_bytes(2) + unusual[4:]
    signer = Signer("command", unusual, sign)
    with pytest.raises(CustodyError, match="was not written"):
        self_issue.request_pem(_key(signer), signer, HOSTS)
    with pytest.raises(CustodyError, match="was not written"):
        self_issue.certificate_pem(_key(signer), signer, HOSTS, NOW)


def test_another_key_is_not_asked_to_sign() -> None:
    """The pin is compared first, and a key that cannot sign is named."""
    signer = Signer("command", _spki(P256), lambda _message: pytest.fail("it was asked"))
    with pytest.raises(MaterialError, match="expected the private key of hsm"):
        self_issue.request_pem(replace(_key(signer), pin=Signer("command", _spki(P384), bytes).pin), signer, HOSTS)
    exchange = Signer("command", _spki(x25519.X25519PrivateKey.generate()), bytes)
    with pytest.raises(CustodyError, match="cannot make certificates of a key of this kind"):
        self_issue.certificate_pem(_key(exchange), exchange, HOSTS, NOW)
