"""Signatures that prove the possession of a key: which schemes fit which key, and how they are verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

_HASHES: Final = ("sha256", "sha384", "sha512")
SCHEMES: Final = (
    *(f"ecdsa-{name}" for name in _HASHES),
    *(f"rsa-pss-{name}" for name in _HASHES),
    *(f"rsa-pkcs1-{name}" for name in _HASHES),
    "ed25519",
    "ed448",
)


def sign(private: PrivateKeyTypes, message: bytes) -> bytes | None:
    """Sign *message* with a key that is in memory, with SHA-256 if there is a choice; None if it cannot sign."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

    match private:
        case ec.EllipticCurvePrivateKey():
            return private.sign(message, ec.ECDSA(hashes.SHA256()))
        case rsa.RSAPrivateKey():
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
            return private.sign(message, pss, hashes.SHA256())
        case ed25519.Ed25519PrivateKey() | ed448.Ed448PrivateKey():
            return private.sign(message)
    return None


def scheme_of(spki: bytes, signature: bytes, message: bytes) -> str | None:
    """
    Return the scheme by which *signature* is one of the key over *message*; None if it is not one.

    Tokens and key management services fix the scheme of a key, so all that fit the key are tried.

    Raises:
        ValueError: If *spki* is not a public key.
        UnsupportedAlgorithm: If the library does not know its algorithm.
    """
    from cryptography.exceptions import InvalidSignature

    for scheme in SCHEMES:
        try:
            verify(spki, scheme, signature, message)
        except (InvalidSignature, SchemeError):
            continue
        return scheme
    return None


class SchemeError(ValueError):
    """A scheme does not fit a key."""


def verify(spki: bytes, scheme: str, signature: bytes, message: bytes) -> None:
    """
    Raise unless *signature* is one of the key over *message*.

    Raises:
        InvalidSignature: If it is not.
        SchemeError: If *scheme* does not fit the key.
        ValueError: If *spki* is not a public key.
        UnsupportedAlgorithm: If the library does not know its algorithm.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    public = load_der_public_key(spki)
    family, _, name = scheme.rpartition("-")
    if name in _HASHES:
        algorithm = _hash(name)
        if isinstance(public, ec.EllipticCurvePublicKey) and family == "ecdsa":
            return public.verify(signature, message, ec.ECDSA(algorithm))
        if isinstance(public, rsa.RSAPublicKey) and family == "rsa-pss":
            pss = padding.PSS(padding.MGF1(algorithm), padding.PSS.DIGEST_LENGTH)
            return public.verify(signature, message, pss, algorithm)
        if isinstance(public, rsa.RSAPublicKey) and family == "rsa-pkcs1":
            return public.verify(signature, message, padding.PKCS1v15(), algorithm)
    elif (isinstance(public, ed25519.Ed25519PublicKey) and scheme == "ed25519") or (
        isinstance(public, ed448.Ed448PublicKey) and scheme == "ed448"
    ):
        return public.verify(signature, message)
    raise SchemeError(f"the scheme {scheme} does not fit the key")


def _hash(name: str) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    return {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[name]
